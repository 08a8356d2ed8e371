// tests/bad_input/catalogue.h
// The catalogue of bad input, catalogue.txt, as records: each row with every event that it applies to.
//
//   Shape    the columns and the words of a change are explained at the head of catalogue.txt
//   Errors   a row that cannot be read ends the test run, naming its line
//   Threads  one
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace due::test::bad_input {

struct Row {
  int line = 0;
  std::string kind, given, change, verdict, field, remedy;
  std::vector<std::string> events;  // such as invoice-issued, by the names of schemas/json
  bool taken() const { return verdict == "taken"; }
};
const std::vector<Row>& catalogue();

struct Record {
  std::string topic;
  std::optional<std::string> key, value;
  std::vector<std::pair<std::string, std::string>> headers;
  bool astray = false;  // in a partition that its key does not name
};

enum class Mode { structured, binary };

// One row made into records of one event of one customer.
struct Case {
  const Row* row = nullptr;
  std::string event, customer;
  std::vector<Record> given;
  Record record;
  bool waits = false;  // its verdict comes when it has waited in vain
  std::string name() const;
};

// Every row with every event, structured, and in binary mode too where the row changes nothing but data. Each has a customer of its
// own. The case is gone when the call returns: some are large.
enum class Large { take, leave_out };  // those of megabytes
void each_case(const std::function<void(const Case&)>& take, Large large = Large::take);

// A valid event as the rows begin with it.
Record valid(const std::string& event, const std::string& customer, Mode mode = Mode::structured);
const std::vector<std::string>& documents();    // events that are decided on
const std::vector<std::string>& master_data();  // the others

}  // namespace due::test::bad_input
