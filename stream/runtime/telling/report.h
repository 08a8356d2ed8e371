// stream/runtime/telling/report.h
// How the runtime tells what it does: one event with typed fields at a time. Who writes it where, and how, is the caller's business.
//
//   Shape    an event has a stable name such as commit.end; a field is a whole number or a text
//   Errors   none
//   Limits   below the wanted level nothing is formed: a field borrows what it names, until the call returns
//   Threads  as its writer: the worker's and others' call at once
#pragma once

#include <concepts>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace due::runtime {

enum class Level { debug, info, warning, error };

struct Field {
  std::string_view name;
  std::string_view text;  // where it is no number
  std::int64_t number = 0;
  bool is_number = false;

  Field(std::string_view n, std::integral auto value) : name(n), number(static_cast<std::int64_t>(value)), is_number(true) {}
  Field(std::string_view n, std::string_view value) : name(n), text(value) {}
  Field(std::string_view n, const std::string& value) : name(n), text(value) {}
  Field(std::string_view n, const char* value) : name(n), text(value) {}
};

class Report {
 public:
  using Write = std::function<void(Level level, std::string_view event, std::span<const Field> fields)>;

  Report(Level from, Write write) : from_(from), write_(std::move(write)) {}

  bool wants(Level level) const { return level >= from_; }
  void operator()(Level level, std::string_view event, std::initializer_list<Field> fields) const {
    if (wants(level)) write_(level, event, {fields.begin(), fields.size()});
  }
  void operator()(Level level, std::string_view event, std::span<const Field> fields) const {
    if (wants(level)) write_(level, event, fields);
  }

 private:
  Level from_;
  Write write_;
};

std::string as_text(std::string_view event, std::span<const Field> fields);  // event name=1 other="some words"
// One JSON object, with `time` as "ts".
std::string as_json(std::string_view time, Level level, std::string_view event, std::span<const Field> fields);
const char* name_of(Level level);

}  // namespace due::runtime
