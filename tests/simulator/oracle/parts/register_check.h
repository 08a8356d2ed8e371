// tests/simulator/oracle/parts/register_check.h
// What the steps of a register task must give, from docs/events.md: every request its number, its credit note and its outcome.
//
//   Shape    naive maps: the last number of each legal entity, document type and year; the answer to each request
#pragma once

#include <map>
#include <optional>
#include <string>

#include "tests/simulator/oracle/task_check.h"

namespace due::oracle {

class RegisterCheck final : public TaskCheck {
 public:
  RegisterCheck(const Evidence& evidence, OutputCursor& cursor, int task) : TaskCheck(evidence, parts()[1], cursor, task) {}

 protected:
  std::int64_t time() const override { return time_; }
  std::optional<Finding> tick(const ChronicleRun& run, const Entry& chronicle) override;
  std::optional<Finding> record(std::size_t input, const Entry& record, const Entry& chronicle) override;

 private:
  struct Answer {
    std::string data;           // of the request: asked again with other data, it is a conflict
    std::string number, date;   // none: refused
  };
  struct Series {
    std::int64_t day = 0;       // of the newest credit note
    std::int64_t last = 0;      // its number in the year of that day
  };
  std::optional<Finding> number(std::string_view request, Answer& answer, const Entry& chronicle);
  std::optional<Finding> outcome(std::string_view request, const Answer& answer, const Entry& chronicle);

  std::int64_t time_ = 0, wall_ = 0;
  std::map<std::string, Series> series_;
  std::map<std::string, Answer> answers_;
};

}  // namespace due::oracle
