#include "stream/cli/redrive/letter.h"

#include <charconv>

namespace due::cli {
namespace {

template <class Integer>
bool number(std::string_view text, Integer& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size();
}

}  // namespace

std::optional<DeadLetter> read_letter(std::int32_t partition, const log::Record& record) {
  DeadLetter letter;
  // Ours stand behind the sender's, who may have some of the same names: the last block counts.
  std::size_t ours = record.headers.size();
  while (ours > 0 && record.headers[ours - 1].name != "x-err.code") --ours;
  if (ours == 0) return std::nullopt;
  std::string_view offset;
  bool placed = false;
  for (const log::Header& h : record.headers.subspan(ours - 1)) {
    if (h.name == "x-err.code") letter.code = h.value;
    if (h.name == "x-err.topic") letter.topic = h.value;
    if (h.name == "x-err.partition") placed = number(h.value, letter.partition);
    if (h.name == "x-err.offset") offset = h.value;
    if (h.name == "x-err.truncated") letter.whole = false;
  }
  if (letter.topic.empty() || !placed || !number(offset, letter.offset)) return std::nullopt;
  letter.origin = letter.topic + "/" + std::to_string(letter.partition) + "/" + std::to_string(letter.offset);
  letter.place = std::to_string(partition) + "/" + std::to_string(record.offset.value);
  letter.refused = record.timestamp;
  if (record.key) letter.key = std::string(*record.key);
  if (record.value) letter.value = std::string(*record.value);
  for (const log::Header& h : record.headers.first(ours - 1)) letter.headers.emplace_back(h.name, h.value);
  return letter;
}

std::string_view origin_put_back(std::span<const log::Header> headers) {
  std::string_view origin;
  for (const log::Header& h : headers)
    if (h.name == redrive_origin) origin = h.value;  // the last time that it was put back
  return origin;
}

bool LetterFilter::matches(const DeadLetter& letter) const {
  const auto in = [](const std::set<std::string>& wanted, const std::string& one) { return wanted.empty() || wanted.contains(one); };
  if (!in(codes, letter.code) || !in(topics, letter.topic)) return false;
  if (!keys.empty() && (!letter.key || !keys.contains(*letter.key))) return false;
  return (!from || letter.refused >= *from) && (!to || letter.refused < *to);
}

}  // namespace due::cli
