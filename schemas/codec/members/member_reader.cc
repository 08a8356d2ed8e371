#include "schemas/codec/members/member_reader.h"

#include <simdjson.h>

#include <deque>

namespace due::codec {
namespace {

using Kind = MemberReader::Kind;
using Value = MemberReader::Value;

}  // namespace

struct MemberReader::Parser {
  simdjson::dom::parser dom;
  // Elements of arrays of one record; a deque does not move what spans point to.
  std::deque<std::vector<std::int64_t>> integers;
  std::deque<std::vector<std::string_view>> texts;
  std::size_t integers_used = 0, texts_used = 0;

  template <class T>
  static std::vector<T>& take(std::deque<std::vector<T>>& from, std::size_t& used) {
    if (used == from.size()) from.emplace_back();
    std::vector<T>& taken = from[used++];
    taken.clear();
    return taken;
  }
  void begin() { integers_used = texts_used = 0; }

  Value value_of(simdjson::dom::element element, const Member& member) {
    Value v;
    bool truth = false;
    simdjson::dom::array array;
    if (element.get(v.text) == simdjson::SUCCESS) {
      v.kind = Kind::text;
    } else if (element.is_int64() && element.get(v.integer) == simdjson::SUCCESS) {
      v.kind = Kind::integer;
    } else if (element.get(array) == simdjson::SUCCESS) {
      return array_of(array, member);
    } else if (element.get(truth) == simdjson::SUCCESS) {
      v.kind = Kind::boolean;
      v.integer = truth ? 1 : 0;
    } else {
      v.kind = element.is_null() ? Kind::null : Kind::other;
    }
    return v;
  }

  // An empty array is both: integers() and texts() are empty, and whoever asks knows which one is wanted.
  Value array_of(simdjson::dom::array array, const Member& member) {
    Value v;
    auto& numbers = take(integers, integers_used);
    auto& words = take(texts, texts_used);
    for (const simdjson::dom::element element : array) {
      std::int64_t number = 0;
      std::string_view word;
      simdjson::dom::object object;
      if (element.get(number) == simdjson::SUCCESS) {
        numbers.push_back(number);
      } else if (element.get(word) == simdjson::SUCCESS) {
        words.push_back(word);
      } else if (!member.inner.empty() && element.get(object) == simdjson::SUCCESS &&
                 object[member.inner].get(word) == simdjson::SUCCESS) {
        words.push_back(word);
      } else {
        v.kind = Kind::other;
        return v;
      }
    }
    if (!numbers.empty() && !words.empty()) {
      v.kind = Kind::other;
      return v;
    }
    v.kind = numbers.empty() ? Kind::texts : Kind::integers;
    v.integers = numbers;
    v.texts = words;
    return v;
  }
};

MemberReader::MemberReader(std::vector<Member> members)
    : members_(std::move(members)), values_(members_.size()), parser_(std::make_unique<Parser>()) {}
MemberReader::~MemberReader() = default;

bool MemberReader::read(std::string_view json) {
  for (Value& v : values_) v = {};
  parser_->begin();
  simdjson::dom::object envelope;
  if (json.empty() || parser_->dom.parse(json.data(), json.size()).get(envelope) != simdjson::SUCCESS) return false;
  // Members come in the order of their definition, mostly: the one behind the last found is tried first.
  const auto scan = [this](simdjson::dom::object object, Member::Of of) {
    std::size_t at = 0;
    for (const simdjson::dom::key_value_pair pair : object) {
      for (std::size_t tried = 0; tried < members_.size(); ++tried, ++at) {
        if (at == members_.size()) at = 0;
        if (members_[at].of != of || members_[at].name != pair.key) continue;
        values_[at] = parser_->value_of(pair.value, members_[at]);
        ++at;
        break;
      }
    }
  };
  scan(envelope, Member::Of::envelope);
  simdjson::dom::object data;
  if (envelope["data"].get(data) == simdjson::SUCCESS) scan(data, Member::Of::data);
  return true;
}

bool is_utf8(std::string_view bytes) { return simdjson::validate_utf8(bytes.data(), bytes.size()); }

}  // namespace due::codec
