#include "tests/fuzz/mutate.h"

#include <algorithm>
#include <iterator>

namespace due::fuzz {
namespace {

constexpr std::string_view words[] = {
    "null", "true", "false", "{}", "[]", "\"\"", "{", "}", "[", "]", ",", ":", "\"", "\\", "\\u0000", "\\ud800", "\\u0061", "\n", "\r\n",
    "\xff", "\xc0\x80", "\xed\xa0\x80", "\xe2\x80\xae", "\xef\xbb\xbf", "0", "-0", "-1", "1.0", "1e400", "9007199254740993",
    "9223372036854775807", "9223372036854775808", "-9223372036854775808", "\"EUR\"", "\"JPY\"", "\"DEM\"", "\"2025-02-29\"",
    "\"9998-12-31\"", "\"2025-03-01T12:30:00Z\"", "\"2016-12-31T23:59:60Z\"", "\"customer_id\"", "\"gross_minor\"", "\"lines\"",
    "\"data\"", "\"specversion\":\"1.0\"", "\"type\"", "\"1.50\"", "\"0.0000000000001\"", "{\"a\":1,\"a\":2}", "[[[[[[[[", "]]]]]]]]",
    "due.invoice.issued.v1", "due.control.record-skipped.v1", "ce_id: E1\n", "ce_specversion: 1.0\n", "content-type: application/json\n",
    "key: C1\n"};

class Mutation {
 public:
  Mutation(std::string& input, std::string_view other, Random& random) : input_(input), other_(other), random_(random) {}

  void change() {
    switch (below(10)) {
      case 0: return set_byte(static_cast<char>(below(256)));
      case 1: return flip_bit();
      case 2: return void(input_.insert(place(), word()));
      case 3: return replace_token();
      case 4: return void(input_.erase(place(), length(input_)));
      case 5: return repeat();
      case 6: return void(input_.insert(place(), piece_of(other_)));
      case 7: return change_digit();
      case 8: return overwrite(word());
      default: return void(input_.replace(place(), length(input_), piece_of(other_)));
    }
  }

 private:
  std::size_t below(std::size_t n) { return n == 0 ? 0 : random_() % n; }
  std::size_t place() { return below(input_.size() + 1); }
  // Mostly short.
  std::size_t length(std::string_view of) { return below(3) == 0 ? below(of.size() + 1) : below(17); }
  std::string_view word() { return words[below(std::size(words))]; }
  std::string piece_of(std::string_view text) {
    const std::size_t from = below(text.size() + 1);
    return std::string(text.substr(from, length(text)));
  }
  void set_byte(char c) {
    if (!input_.empty()) input_[below(input_.size())] = c;
  }
  void flip_bit() {
    if (!input_.empty()) input_[below(input_.size())] ^= static_cast<char>(1U << below(8));
  }
  void change_digit() {
    const std::size_t at = input_.find_first_of("0123456789", place());
    if (at != input_.npos) input_[at] = static_cast<char>('0' + below(10));
  }
  void overwrite(std::string_view by) {
    const std::size_t at = place();
    input_.replace(at, std::min(by.size(), input_.size() - at), by);
  }
  // A whole string or number of JSON by a word.
  void replace_token() {
    const std::size_t from = input_.find_first_of("\"-0123456789", place());
    if (from == input_.npos) return;
    std::size_t end = input_[from] == '"' ? input_.find('"', from + 1) : input_.find_first_not_of("-+.eE0123456789", from);
    if (end == input_.npos) end = input_.size();
    else if (input_[from] == '"') ++end;
    input_.replace(from, end - from, word());
  }
  void repeat() {
    const std::string piece = piece_of(input_);
    const std::size_t at = place();
    for (std::size_t n = 1 + below(4); n > 0 && input_.size() < input_bytes_max; --n) input_.insert(at, piece);
  }

  std::string& input_;
  const std::string_view other_;
  Random& random_;
};

}  // namespace

void mutate(std::string& input, std::string_view other, Random& random) {
  Mutation mutation(input, other, random);
  for (std::uint64_t n = 1 + random() % 6; n > 0; --n) mutation.change();
  if (input.size() > input_bytes_max) input.resize(input_bytes_max);
}

}  // namespace due::fuzz
