#include "stream/postgres/rows/dead_letters.h"

#include <charconv>

#include "stream/postgres/rows/headers.h"

namespace due::postgres {
namespace {

std::optional<std::int64_t> number(std::string_view text) {
  std::int64_t n = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), n);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return n;
}

// RFC 3339, or milliseconds.
std::optional<EventTime> instant(std::string_view text) {
  if (const auto ms = number(text)) {
    std::int64_t micros = 0;
    if (!__builtin_mul_overflow(*ms, std::int64_t{1'000}, &micros) && TupleWriter::holds({micros})) return EventTime{micros};
    return std::nullopt;
  }
  return parse_time(text);
}

class DeadLetterMapper final : public RowMapper {
 public:
  std::optional<std::string> map(const log::Record& record, TupleWriter& row) override {
    // A dead letter that was published again carries headers of its first life: the last ones are the present ones.
    const auto last = [&record](std::string_view name) {
      std::string_view value;
      for (const log::Header& h : record.headers)
        if (h.name == name) value = h.value;
      return value;
    };
    const std::string_view code = last("x-err.code"), topic = last("x-err.topic");
    const auto partition = number(last("x-err.partition")), offset = number(last("x-err.offset"));
    if (code.empty()) return "it has no header x-err.code";
    if (topic.empty() || !partition || *partition < 0 || *partition > INT32_MAX || !offset)
      return "headers x-err.topic, x-err.partition and x-err.offset do not say where it was received";
    put_bytes(record.key, row);
    for (const std::string_view text : {code, last("x-err.field"), last("x-err.remedy"), last("x-err.stage"), topic})
      row.text(legible(text));
    row.integer(static_cast<std::int32_t>(*partition));
    row.bigint(*offset);
    if (const auto at = instant(last("x-err.timestamp"))) {
      row.timestamptz(*at);
    } else {
      row.null();
    }
    write_headers(record.headers, headers_);
    row.text(headers_);
    put_bytes(record.value, row);
    return std::nullopt;
  }

 private:
  std::string headers_;
};

}  // namespace

Table dead_letters_table() {
  return {"dead-letters",
          "dead_letters",
          Source::output,
          {"key", "code", "field", "remedy", "stage", "origin_topic", "origin_partition", "origin_offset", "origin_timestamp", "headers",
           "value"},
          []() -> std::unique_ptr<RowMapper> { return std::make_unique<DeadLetterMapper>(); }};
}

}  // namespace due::postgres
