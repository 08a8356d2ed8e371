// schemas/codec/master/topic_codec.h
// One topic of master data: the names that its events may have, what each type demands, and how fields become an event.
// Private to the codec.
//
//   Source   schemas/json/*.schema.json says the same to publishers
//   Errors   Refusal: the first broken rule in the order of the type's table, then what must agree
//   Clock    none
//   Threads  a codec belongs to one decoder
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "schemas/base/decimal.h"
#include "schemas/base/event_time.h"
#include "schemas/base/money.h"
#include "schemas/codec/reader/checks.h"
#include "schemas/codec/reader/json_reader.h"
#include "schemas/events/master.h"

namespace due::codec {

class TopicCodec : public ItemSink {
 public:
  struct Type {
    std::string_view name;
    std::span<const Rule> rules;
    std::span<const Rule> further = {};  // what this type demands beside the rules that it shares
  };

  virtual const Vocabulary& words() const = 0;
  virtual std::span<const Type> types() const = 0;
  virtual std::optional<Refusal> check_agreement(std::size_t type, const Fields& fields) const = 0;
  virtual events::MasterData build(std::size_t type, const Fields& fields) = 0;

  // A topic whose vocabulary has arrays of items takes them, and forgets them before the next event.
  virtual void clear() {}
  void take(FieldIndex, Fields&, std::size_t) override {}
  void take_other(FieldIndex, std::size_t) override {}
};

std::unique_ptr<TopicCodec> customer_codec();
std::unique_ptr<TopicCodec> contract_codec();
std::unique_ptr<TopicCodec> provider_rule_codec();
std::unique_ptr<TopicCodec> dispute_codec();
std::unique_ptr<TopicCodec> fx_rate_codec();
std::unique_ptr<TopicCodec> control_codec();
std::unique_ptr<TopicCodec> credit_note_request_codec();
std::unique_ptr<TopicCodec> credit_note_outcome_codec();

// Fields that were checked, as what they stand for. An optional field that is absent gives the empty value.
class Facts {
 public:
  explicit Facts(const Fields& fields) : fields_(fields) {}

  template <class Field>
  std::string text(Field f) const {
    return fields_.has(f) ? std::string{fields_[f].text} : std::string{};
  }
  template <class Field>
  std::int64_t integer(Field f) const {
    return fields_[f].integer;
  }
  template <class Field>
  std::optional<std::int64_t> integer_or_none(Field f) const {
    return fields_.has(f) ? std::optional{fields_[f].integer} : std::nullopt;
  }
  template <class Field>
  Date date(Field f) const {
    return {static_cast<std::int32_t>(fields_[f].integer)};
  }
  template <class Field>
  std::optional<Date> date_or_none(Field f) const {
    return fields_.has(f) ? std::optional{date(f)} : std::nullopt;
  }
  template <class Field>
  Currency currency(Field f) const {
    return {static_cast<std::uint32_t>(fields_[f].integer)};
  }
  template <class Field>
  Decimal decimal(Field f) const {
    return fields_.has(f) ? *parse_decimal(fields_[f].text) : Decimal{};
  }
  template <class Enum, class Field>
  Enum choice(Field f, Enum otherwise) const {
    return fields_.has(f) ? static_cast<Enum>(fields_[f].integer) : otherwise;
  }

 private:
  const Fields& fields_;
};

// Shared by everything that holds from one day to another, both included.
template <class Field>
std::optional<Refusal> check_days(const Fields& fields, Field from, Field to, const Vocabulary& words) {
  if (!fields.has(to) || fields[to].integer >= fields[from].integer) return std::nullopt;
  const std::string name = "data." + std::string{words.name(index_of(to))};
  return contradiction(name, "Send " + name + " as a date on or after data." + std::string{words.name(index_of(from))} + ".");
}

}  // namespace due::codec
