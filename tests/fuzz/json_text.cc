// The grammar of JSON, letter by letter: slow, and written without a look at how simdjson does it.
#include <simdjson.h>

#include "tests/fuzz/target.h"

namespace due::fuzz {
namespace {

class Grammar {
 public:
  explicit Grammar(std::string_view text) : text_(text) {}

  bool whole() {
    space();
    if (!value()) return false;
    space();
    return at_ == text_.size();
  }

 private:
  bool value() {
    switch (peek()) {
      case '{': return object();
      case '[': return array();
      case '"': return string();
      case 't': return word("true");
      case 'f': return word("false");
      case 'n': return word("null");
      default: return number();
    }
  }
  bool object() {
    return list('}', [this] { return string() && (space(), take(':')) && (space(), value()); });
  }
  bool array() {
    return list(']', [this] { return value(); });
  }
  template <class Element>
  bool list(char end, Element element) {
    if (++depth_ > 1'000) return false;
    ++at_;
    space();
    if (!take(end)) {
      do {
        space();
        if (!element()) return false;
        space();
      } while (take(','));
      if (!take(end)) return false;
    }
    --depth_;
    return true;
  }
  bool string() {
    if (!take('"')) return false;
    while (at_ < text_.size() && peek() != '"') {
      const char c = text_[at_++];
      if (static_cast<unsigned char>(c) < 0x20 || (c == '\\' && !escape())) return false;
    }
    return take('"');
  }
  bool escape() {
    const char c = peek();
    ++at_;
    if (c != 'u') return c != '\0' && std::string_view("\"\\/bfnrt").find(c) != std::string_view::npos;
    for (int i = 0; i < 4; ++i, ++at_)
      if (std::string_view("0123456789abcdefABCDEF").find(peek()) == std::string_view::npos || peek() == '\0') return false;
    return true;
  }
  bool number() {
    take('-');
    if (!take('0') && !digits()) return false;
    if (take('.') && !digits()) return false;
    if (!take('e') && !take('E')) return true;
    if (!take('+')) take('-');
    return digits();
  }
  bool digits() {
    const std::size_t from = at_;
    while (peek() >= '0' && peek() <= '9') ++at_;
    return at_ > from;
  }
  bool word(std::string_view w) {
    if (text_.substr(at_, w.size()) != w) return false;
    at_ += w.size();
    return true;
  }
  void space() {
    while (peek() == ' ' || peek() == '\t' || peek() == '\n' || peek() == '\r') ++at_;
  }
  bool take(char c) {
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }

  const std::string_view text_;
  std::size_t at_ = 0;
  int depth_ = 0;
};

}  // namespace

bool is_json_text(std::string_view text) { return simdjson::validate_utf8(text) && Grammar(text).whole(); }

}  // namespace due::fuzz
