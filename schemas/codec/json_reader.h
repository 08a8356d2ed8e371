// schemas/codec/json_reader.h
// One pass over one JSON text: values of the known names, the content hash of `data`, and every rule that holds for any JSON here
// (one complete object in UTF-8, no name twice in one object, at most 32 levels). Private to the codec.
//
//   Shape    text views point into the reader's copy of the text, or, where the text is escaped, into its unescaping buffer; both are
//            overwritten by the next read
//   Units    content: sum modulo 2^128 of one hash per member, so that the order of members does not matter; arrays are ordered
//   Errors   Refusal NOT_JSON, DUPLICATE_FIELD, AMOUNT_OUT_OF_RANGE (an exponent beyond any use), in the order of the text
//   Clock    none
//   Threads  one reader per thread
#pragma once

#include <simdjson.h>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "schemas/base/hash.h"
#include "schemas/codec/event_decoder.h"
#include "schemas/codec/fields.h"
#include "schemas/codec/number_text.h"
#include "schemas/codec/type_rules.h"

namespace due::codec {

inline constexpr unsigned depth_max = 32;

class JsonReader {
 public:
  JsonReader();

  // A structured CloudEvent: its attributes go to `envelope`, the members of its `data` to `data`.
  std::optional<Refusal> read_structured(std::string_view text, Fields& envelope, DataFields& data);
  // The data of a binary CloudEvent.
  std::optional<Refusal> read_data(std::string_view text, DataFields& data);

  // The same text inside `source`, the text that was read; nullopt where it had to be unescaped.
  std::optional<std::string_view> inside(std::string_view source, std::string_view text) const;

 private:
  // Where the members of an object belong. In order of appearance: attributes, members of data, of an item of lines or preceding.
  enum class Level : std::uint8_t { envelope, data, item, inner };
  struct Scope {
    Level level;
    Fields* fields;  // takes the known names; null: only hashed
    unsigned depth;
    Hash128 sum = {};  // of the members so far
    std::uint64_t seen = 0;
    std::size_t names = 0;  // where in names_ those of this object begin
  };
  struct Name {
    Field field = Field::unknown;
    std::string_view text;
    std::uint64_t seed = 0;  // of the hash of what stands under this name
  };
  struct Read {
    Value value;
    Hash128 hash;
    bool null = false;
  };

  // These return false once refusal_ says why.
  bool read(std::string_view text, Scope& scope);
  bool object(simdjson::ondemand::object members, Scope& scope);
  bool name(simdjson::ondemand::field& field, Scope& scope, Name& out);
  bool value(simdjson::ondemand::value& in, const Name& name, const Scope& scope, Read& out);
  bool unescape(std::string_view& text);
  bool string(std::string_view token, const Name& name, const Scope& scope, Read& out);
  bool scalar(std::string_view token, const Name& name, Read& out);
  bool nested_object(simdjson::ondemand::value& in, const Name& name, const Scope& scope, Read& out);
  bool array(simdjson::ondemand::value& in, const Name& name, const Scope& scope, Read& out);
  bool item(simdjson::ondemand::value& in, const Name& name, const Scope& scope, std::size_t index, Read& out);
  bool no_name_twice(const Scope& scope);
  bool refuse(Reason reason, std::string_view field, std::string remedy);
  bool not_json();
  bool too_deep();
  void prefix(std::string_view name);

  simdjson::ondemand::parser parser_;
  std::string copy_;       // the text and simdjson's padding
  std::size_t size_ = 0;   // of the text
  bool escapes_ = false;   // is there a backslash at all?
  std::string unescaped_;  // as large as copy_: unescaping never grows a text
  std::uint8_t* free_ = nullptr;
  std::vector<std::string_view> names_;  // unknown names of the objects that are open
  std::string canonical_;
  Fields item_;
  DataFields* data_ = nullptr;
  std::optional<Refusal> refusal_;
  std::array<std::uint64_t, field_count> seeds_;
};

}  // namespace due::codec
