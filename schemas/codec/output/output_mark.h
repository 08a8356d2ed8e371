// schemas/codec/output/output_mark.h
// The header that every output carries: which task wrote it, under which number, at which task time. A reader that sees a number twice
// or misses one has lost or doubled a record.
//
//   Shape    header `duestream`, value "TASK SEQ T", e.g. "account-1 3 1795574880185000"
//   Units    seq: gapless from 1 per task, topic and partition; T: microseconds since 1970-01-01 UTC
//   Errors   parse: nullopt for any other form
//   Clock    none
#pragma once

#include <charconv>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "schemas/base/event_time.h"
#include "schemas/base/header_view.h"

namespace due {

struct OutputMark {
  static constexpr std::string_view header = "duestream";

  std::string_view task;
  std::int64_t seq = 0;
  EventTime time;

  static std::optional<OutputMark> parse(std::string_view value) {
    OutputMark m;
    const std::size_t first = value.find(' ');
    const std::size_t second = value.find(' ', first == std::string_view::npos ? first : first + 1);
    if (first == 0 || second == std::string_view::npos) return std::nullopt;
    m.task = value.substr(0, first);
    if (!number(value.substr(first + 1, second - first - 1), m.seq)) return std::nullopt;
    if (!number(value.substr(second + 1), m.time.micros)) return std::nullopt;
    return m;
  }
  // Of a record's headers. Ours is the last one of its name: a dead letter carries those of its sender too.
  static std::optional<OutputMark> of(std::span<const HeaderView> headers) {
    for (std::size_t i = headers.size(); i > 0; --i)
      if (headers[i - 1].name == header) return parse(headers[i - 1].value);
    return std::nullopt;
  }

 private:
  static bool number(std::string_view text, std::int64_t& value) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc{} && end == text.data() + text.size();
  }
};

}  // namespace due
