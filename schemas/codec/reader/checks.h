// schemas/codec/reader/checks.h
// What the value of one field must be: the forms that all event types share, as tables of rules. Private to the codec.
//
//   Source   schemas/json/*.schema.json says the same to publishers
//   Errors   Refusal: the first broken rule in the order of the table, whatever the order of the text
//   Clock    none
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "schemas/codec/reader/vocabulary.h"
#include "schemas/codec/reason.h"

namespace due::codec {

enum class Check : std::uint8_t {
  id, id_or_empty, text, filled_text, any_amount, amount, positive_amount, correction_version, version, quantity, count, position,
  partition, date, month, instant, time_zone, currency, country, decimal, price, rate, boolean, choice, sha256, object, array
};
enum class Need : std::uint8_t { required, optional };

struct Rule {
  template <class Field>
  constexpr Rule(Field of, Check form, Need necessity, std::string_view one_of = {})
      : field(index_of(of)), check(form), need(necessity), choices(one_of) {}
  FieldIndex field;
  Check check;
  Need need;
  std::string_view choices;  // of Check::choice: words, separated by one blank each
};

// Afterwards the values of dates (days; of months: of their first day), instants (micros), currencies (code) and choices (index into
// the words) stand in Value::integer. `path` is where the object stands, such as data.lines[2].
std::optional<Refusal> check_rules(std::span<const Rule> rules, Fields& fields, const Vocabulary& vocabulary, std::string_view path);

// "Send data.x as ...": `as` without the full stop.
Refusal wrong_form(Reason reason, std::string field, std::string_view as);
inline Refusal contradiction(std::string field, std::string remedy) { return {Reason::inconsistent, std::move(field), std::move(remedy)}; }

std::string item_path(std::string_view array, std::size_t index);  // data.lines[2]

// 1 to `bytes_max` bytes, none of them a control character.
bool is_name(std::string_view text, std::size_t bytes_max);
inline constexpr std::size_t id_bytes_max = 64;

}  // namespace due::codec
