// schemas/codec/members/member_reader.h
// Named members of a record of our own making (a structured CloudEvent), read in one pass: what tables are filled from.
//
//   Shape    one Value per Member, in the order in which they were asked for; views live until the next read
//   Units    numbers as on the wire: integers inside int64
//   Errors   read() is false for what is not one JSON object in UTF-8; a member of another shape is Kind::other
//   Clock    none
//   Threads  one reader per thread
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace due::codec {

// A member of the envelope, or of its object `data`.
struct Member {
  enum class Of { envelope, data };
  Of of = Of::data;
  std::string name;
  std::string inner;  // of an array of objects: the text member to collect, e.g. "code" of reasons
};

class MemberReader {
 public:
  enum class Kind { absent, null, text, integer, boolean, integers, texts, other };
  struct Value {
    Kind kind = Kind::absent;
    std::string_view text;
    std::int64_t integer = 0;  // of a boolean: 0 or 1
    std::span<const std::int64_t> integers;
    std::span<const std::string_view> texts;  // an array of texts, or the inner texts of an array of objects
  };

  explicit MemberReader(std::vector<Member> members);
  ~MemberReader();
  MemberReader(const MemberReader&) = delete;
  MemberReader& operator=(const MemberReader&) = delete;

  bool read(std::string_view json);
  const Value& operator[](std::size_t member) const { return values_[member]; }

 private:
  struct Parser;
  const std::vector<Member> members_;
  std::vector<Value> values_;
  std::unique_ptr<Parser> parser_;
};

bool is_utf8(std::string_view bytes);

}  // namespace due::codec
