// schemas/codec/reader/json_reader.h
// One pass over one JSON text: values of the names of a vocabulary, the content hash of `data`, and every rule that holds for any JSON here
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
#include "schemas/codec/reader/number_text.h"
#include "schemas/codec/reader/vocabulary.h"
#include "schemas/codec/reason.h"

namespace due::codec {

inline constexpr unsigned depth_max = 32;

// Takes the elements of the arrays that the vocabulary calls items, one after the other while the text is read.
class ItemSink {
 public:
  virtual ~ItemSink() = default;
  virtual void take(FieldIndex array, Fields& item, std::size_t index) = 0;
  virtual void take_other(FieldIndex array, std::size_t index) = 0;  // an element that is no object
};

// Where the members of `data` go.
struct DataSink {
  Fields& fields;
  ItemSink& items;
  Hash128& content;  // over the members of data, without the type
};

class JsonReader {
 public:
  explicit JsonReader(const Vocabulary& vocabulary);

  // A structured CloudEvent: its attributes go to `envelope`, the members of its `data` to `data`.
  std::optional<Refusal> read_structured(std::string_view text, Fields& envelope, const DataSink& data);
  // The data of a binary CloudEvent.
  std::optional<Refusal> read_data(std::string_view text, const DataSink& data);

  // The same text inside `source`, the text that was read; nullopt where it had to be unescaped.
  std::optional<std::string_view> inside(std::string_view source, std::string_view text) const {
    const auto at = reinterpret_cast<std::uintptr_t>(text.data()) - reinterpret_cast<std::uintptr_t>(copy_.data());
    if (at >= size_) return std::nullopt;
    return std::string_view{source.data() + at, text.size()};
  }

 private:
  // Where the members of an object belong. In order of appearance: attributes, members of data, of an item.
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
    FieldIndex field = unknown_field;
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
  bool typed_text(const Name& name, Read& out) const;  // false: its content is its spelling
  bool scalar(std::string_view token, const Name& name, Read& out);
  bool nested_object(simdjson::ondemand::value& in, const Name& name, const Scope& scope, Read& out);
  bool array(simdjson::ondemand::value& in, const Name& name, const Scope& scope, Read& out);
  bool item(simdjson::ondemand::value& in, const Name& name, const Scope& scope, std::size_t index, Read& out);
  bool no_name_twice(const Scope& scope);
  bool refuse(Reason reason, std::string_view field, std::string remedy);
  bool not_json();
  bool too_deep();
  void prefix(std::string_view name);

  const Vocabulary& vocabulary_;
  const std::uint64_t typed_;  // fields of data whose texts may have a content other than their spelling
  simdjson::ondemand::parser parser_;
  std::string copy_;       // the text and simdjson's padding
  std::size_t size_ = 0;   // of the text
  bool escapes_ = false;   // is there a backslash at all?
  std::string unescaped_;  // as large as copy_: unescaping never grows a text
  std::uint8_t* free_ = nullptr;
  std::vector<std::string_view> names_;  // unknown names of the objects that are open
  std::string canonical_;
  Fields item_;
  const DataSink* data_ = nullptr;  // during a read
  std::optional<Refusal> refusal_;
  std::array<std::uint64_t, fields_max> seeds_{};  // of the hash of what stands under a name
};

}  // namespace due::codec
