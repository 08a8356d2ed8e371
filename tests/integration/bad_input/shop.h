// tests/integration/bad_input/shop.h
// A company's topics on any log, embedded or Kafka, and the verbs upon them as main() would call them.
//
//   Errors   a call that a test needs and that fails is a GoogleTest failure naming it
//   Clock    the log's own
//   Threads  one
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "stream/cli/wire.h"
#include "tests/bad_input/catalogue.h"
#include "tests/support/volatile_rows.h"

namespace due::test::bad_input {

// A record as it lies in a topic.
struct Stored {
  std::int32_t partition = 0;
  std::int64_t offset = 0;
  std::optional<std::string> key, value;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string header(std::string_view name) const;  // the last of that name; empty: none
  // Where the record of a dead letter lies: "invoices/2/17".
  std::string origin() const { return header("x-err.topic") + "/" + header("x-err.partition") + "/" + header("x-err.offset"); }
};

// Where a log is, made anew for each test.
struct Place {
  std::string uri, prefix;
  std::string directory;  // to be removed at the end; empty: none
};
struct PlaceFactory {
  std::string name;
  Place (*make)();
  std::string unavailable = {};  // why it cannot be tested here; its tests are skipped
};
inline std::string place_name(const testing::TestParamInfo<PlaceFactory>& info) { return info.param.name; }
inline void PrintTo(const PlaceFactory& factory, std::ostream* out) { *out << factory.name; }

class Shop : public testing::TestWithParam<PlaceFactory> {
 protected:
  static constexpr std::int32_t partitions = 3;

  void SetUp() override;
  void TearDown() override;

  std::unique_ptr<log::Log> open_log();
  cli::LogChoice choice() const { return choice_; }
  cli::Wire& wire() { return *wire_; }
  std::int64_t limit_of(const std::string& topic);  // its max.message.bytes

  // Where each record came to lie: "invoices/2/17". The topics hold nothing else than what this sends.
  std::vector<std::string> send(const std::vector<Record>& records);
  // To the end of what is there, from where the run before stopped; what it counted.
  topology::Counts run();
  std::vector<Stored> read(const std::string& topic);
  std::vector<Stored> letters() { return read("dead-letters"); }
  // What a verb printed to stderr, and its exit code.
  template <class Verb>
  std::pair<int, std::string> complaint_of(Verb verb) {
    testing::internal::CaptureStderr();
    testing::internal::CaptureStdout();
    const int code = verb();
    printed_ = testing::internal::GetCapturedStdout();
    return {code, testing::internal::GetCapturedStderr()};
  }
  const std::string& printed() const { return printed_; }  // to stdout, by the verb that was called last
  std::string file(const std::string& name, const std::string& content);  // its path

 private:
  std::unique_ptr<cli::Wire> wire_;
  cli::LogChoice choice_;
  Place place_;
  std::string folder_, printed_;
  std::map<std::string, std::shared_ptr<Disk>> disks_;  // of its tasks
};

// What embedded_test.cc and kafka_test.cc instantiate.
class BadInputOnALog : public Shop {};
class RedriveOnALog : public Shop {};

}  // namespace due::test::bad_input
