#include "schemas/codec/reader/json_reader.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "schemas/base/decimal.h"
#include "schemas/base/event_time.h"

namespace due::codec {
namespace {

namespace ondemand = simdjson::ondemand;

// Equal bytes of different kinds must not hash alike: each kind shifts the seed.
enum class Tag : std::uint64_t { text = 1, instant, integer, decimal, yes, no, null, object, array, decimal_text };
constexpr std::uint64_t shifted(std::uint64_t seed, Tag tag) { return seed + static_cast<std::uint64_t>(tag) * 0x9E3779B97F4A7C15U; }

template <class T>
Hash128 hash_value(const T& plain, std::uint64_t seed, Tag tag) {
  return hash128({reinterpret_cast<const char*>(&plain), sizeof plain}, shifted(seed, tag));
}

std::string_view without_trailing_space(std::string_view token) {
  while (!token.empty() && (token.back() == ' ' || token.back() == '\n' || token.back() == '\r' || token.back() == '\t'))
    token.remove_suffix(1);
  return token;
}

// A name as it may stand in a header: at most 64 bytes, cut between characters, control characters replaced.
std::string printable(std::string_view name) {
  constexpr std::size_t bytes_max = 64;
  std::size_t end = std::min(name.size(), bytes_max);
  while (end < name.size() && end > 0 && (static_cast<unsigned char>(name[end]) & 0xC0) == 0x80) --end;
  std::string out{name.substr(0, end)};
  for (char& c : out)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
  return out;
}

}  // namespace

JsonReader::JsonReader(const Vocabulary& vocabulary)
    : vocabulary_(vocabulary), typed_(vocabulary.kinds().instants | vocabulary.kinds().decimals) {
  for (FieldIndex f = 0; f < vocabulary.size(); ++f) seeds_[f] = hash64(vocabulary.name(f));
}

std::optional<Refusal> JsonReader::read_structured(std::string_view text, Fields& envelope, const DataSink& data) {
  data_ = &data;
  Scope scope{.level = Level::envelope, .fields = &envelope, .depth = 1};
  if (read(text, scope)) return std::nullopt;
  return std::move(refusal_);
}

std::optional<Refusal> JsonReader::read_data(std::string_view text, const DataSink& data) {
  data_ = &data;
  Scope scope{.level = Level::data, .fields = &data.fields, .depth = 2};  // as deep as in a structured event
  if (read(text, scope)) {
    data.content = scope.sum;
    return std::nullopt;
  }
  if (refusal_->reason != Reason::not_json) prefix("data");
  return std::move(refusal_);
}

bool JsonReader::read(std::string_view text, Scope& scope) {
  refusal_.reset();
  names_.clear();
  // Newer simdjson passes over it, older refuses it: the same record must not depend on that.
  if (text.starts_with("\xef\xbb\xbf"))
    return refuse(Reason::not_json, {}, "Send one complete JSON object in UTF-8, without a byte order mark in front.");
  size_ = text.size();
  if (copy_.size() < size_ + simdjson::SIMDJSON_PADDING) copy_.resize(size_ + simdjson::SIMDJSON_PADDING);
  std::memcpy(copy_.data(), text.data(), size_);
  std::memset(copy_.data() + size_, 0, simdjson::SIMDJSON_PADDING);  // what an earlier text left must not close an open object
  escapes_ = std::memchr(text.data(), '\\', size_) != nullptr;
  if (escapes_) {
    if (unescaped_.size() < copy_.size()) unescaped_.resize(copy_.size());
    free_ = reinterpret_cast<std::uint8_t*>(unescaped_.data());
  }
  ondemand::document document;
  ondemand::object root;
  if (parser_.iterate(copy_.data(), size_, copy_.size()).get(document) || document.get_object().get(root)) return not_json();
  if (!object(root, scope)) return false;
  const bool all_read = document.current_location().error() == simdjson::OUT_OF_BOUNDS;
  return all_read || not_json();
}

bool JsonReader::object(ondemand::object members, Scope& scope) {
  scope.names = names_.size();
  for (auto found : members) {
    ondemand::field field;
    if (std::move(found).get(field)) return not_json();
    Name member;
    if (!name(field, scope, member)) return false;
    Read read;
    if (!value(field.value(), member, scope, read)) {
      if (refusal_->reason != Reason::not_json) prefix(member.text);
      return false;
    }
    if (read.null) continue;  // null says what absence says
    scope.sum = scope.sum.plus(read.hash);
    if (scope.fields && member.field != unknown_field) scope.fields->set(member.field, read.value);
  }
  const bool unique = no_name_twice(scope);
  names_.resize(scope.names);
  return unique;
}

bool JsonReader::name(ondemand::field& field, Scope& scope, Name& out) {
  // What stands between a name and its value are the name's closing quote, a colon and white space, or simdjson had refused it.
  const char* const begin = field.key().raw();
  const char* end = field.value().raw_json_token().data();
  do --end;
  while (*end != '"');
  out.text = {begin, static_cast<std::size_t>(end - begin)};
  if (escapes_ && !unescape(out.text)) return false;
  out.field = vocabulary_.find_padded(out.text);
  const bool known = out.field != unknown_field;
  out.seed = known ? seeds_[out.field] : hash64(out.text);
  if (!known) {
    names_.push_back(out.text);
    return true;
  }
  if (scope.seen & bit_of(out.field))
    return refuse(Reason::duplicate_field, printable(out.text),
                  "Send each name once in an object: two values under one name have two readings.");
  scope.seen |= bit_of(out.field);
  return true;
}

bool JsonReader::value(ondemand::value& in, const Name& name, const Scope& scope, Read& out) {
  const std::string_view raw = in.raw_json_token();  // up to the next token
  const std::string_view token = without_trailing_space(raw);
  switch (token.empty() ? '\0' : token.front()) {
    // simdjson passes over a string with a colon behind it as over a name: {"a":"b":"c"} would be read.
    case '"': return raw.data()[raw.size()] == ':' ? not_json() : string(token, name, scope, out);
    case '{': return nested_object(in, name, scope, out);
    case '[': return array(in, name, scope, out);
    default: return scalar(token, name, out);
  }
}

// Replaces the raw text behind an opening quote by what it stands for.
bool JsonReader::unescape(std::string_view& text) {
  if (std::memchr(text.data(), '\\', text.size()) == nullptr) return true;
  const ondemand::raw_json_string raw{reinterpret_cast<const std::uint8_t*>(text.data())};
  return parser_.unescape(raw, free_).get(text) == simdjson::SUCCESS || not_json();
}

// The token is a closed string: simdjson takes none that is open, and what is neither in it nor white space begins another token.
bool JsonReader::string(std::string_view token, const Name& name, const Scope& scope, Read& out) {
  out.value.text = token.substr(1, token.size() - 2);
  if (escapes_ && !unescape(out.value.text)) return false;
  out.value.kind = Kind::text;
  if (scope.level == Level::envelope) return true;  // attributes are no content
  if (name.field != unknown_field && (typed_ >> name.field & 1U) != 0 && scope.fields != nullptr && typed_text(name, out)) return true;
  out.hash = hash128(out.value.text, shifted(name.seed, Tag::text));
  return true;
}

// Texts whose content is not their spelling.
bool JsonReader::typed_text(const Name& name, Read& out) const {
  const Vocabulary::Kinds& kinds = vocabulary_.kinds();
  if ((kinds.instants & bit_of(name.field)) != 0) {
    const std::optional<EventTime> at = parse_time(out.value.text);
    if (!at) return false;
    out.value.kind = Kind::instant;
    out.value.integer = at->micros;
    out.hash = hash_value(at->micros, name.seed, Tag::instant);
    return true;
  }
  if ((kinds.decimals & bit_of(name.field)) == 0) return false;
  const std::optional<Decimal> number = parse_decimal(out.value.text);
  if (!number) return false;
  const std::int64_t plain[] = {number->unscaled, number->scale};
  out.hash = hash_value(plain, name.seed, Tag::decimal_text);
  return true;
}

bool JsonReader::scalar(std::string_view token, const Name& name, Read& out) {
  if (token == "true" || token == "false") {
    out.value.kind = Kind::boolean;
    out.value.integer = token.size() == 4 ? 1 : 0;
    out.hash = hash_value(token.size(), name.seed, token.size() == 4 ? Tag::yes : Tag::no);
    return true;
  }
  if (token == "null") {
    out.null = true;
    out.hash = hash_value(token.size(), name.seed, Tag::null);
    return true;
  }
  const Number number = read_number(token);
  out.value.integer = number.integer;
  switch (number.form) {
    case Form::invalid: return not_json();
    case Form::excessive: return refuse(Reason::amount_out_of_range, {}, "Send numbers whose exponent lies within -10000 and 10000.");
    case Form::integer:
      out.value.kind = Kind::integer;
      out.hash = hash_value(number.integer, name.seed, Tag::integer);
      return true;
    case Form::wide_integer:
    case Form::decimal: break;
  }
  out.value.kind = number.form == Form::decimal ? Kind::decimal : Kind::wide_integer;
  write_canonical(token, canonical_);
  if (const std::optional<std::int64_t> whole = integral_value(canonical_))
    out.hash = hash_value(*whole, name.seed, Tag::integer);
  else
    out.hash = hash128(canonical_, shifted(name.seed, Tag::decimal));
  return true;
}

bool JsonReader::nested_object(ondemand::value& in, const Name& name, const Scope& scope, Read& out) {
  if (scope.depth == depth_max) return too_deep();
  ondemand::object members;
  if (in.get_object().get(members)) return not_json();
  const bool is_data = scope.level == Level::envelope && name.field == index_of(Attribute::data);
  Scope inner{.level = is_data ? Level::data : Level::inner, .fields = is_data ? &data_->fields : nullptr, .depth = scope.depth + 1};
  if (!object(members, inner)) return false;
  out.value.kind = Kind::object;
  if (is_data)
    data_->content = inner.sum;
  else
    out.hash = hash_value(inner.sum, name.seed, Tag::object);
  return true;
}

bool JsonReader::array(ondemand::value& in, const Name& name, const Scope& scope, Read& out) {
  if (scope.depth == depth_max) return too_deep();
  ondemand::array elements;
  if (in.get_array().get(elements)) return not_json();
  const bool of_items =
      scope.level == Level::data && name.field != unknown_field && (vocabulary_.kinds().items & bit_of(name.field)) != 0;
  const Scope inner{.level = of_items ? Level::item : Level::inner, .fields = of_items ? &item_ : nullptr, .depth = scope.depth + 1};
  RunningHash running;
  std::size_t index = 0;
  for (auto found : elements) {
    ondemand::value element;
    if (std::move(found).get(element)) return not_json();
    Read read;
    const bool good = of_items ? item(element, name, inner, index, read) : value(element, {}, inner, read);
    if (!good) {
      if (refusal_->reason != Reason::not_json) prefix('[' + std::to_string(index) + ']');
      return false;
    }
    running.add({reinterpret_cast<const char*>(&read.hash), sizeof read.hash});
    ++index;
  }
  out.value.kind = Kind::array;
  out.hash = hash_value(running.value(), name.seed, Tag::array);
  return true;
}

// One element of an array of items, read and judged at once, since the text is passed over only once.
bool JsonReader::item(ondemand::value& in, const Name& name, const Scope& scope, std::size_t index, Read& out) {
  if (!in.raw_json_token().starts_with('{')) {
    data_->items.take_other(name.field, index);
    return value(in, {}, scope, out);
  }
  if (scope.depth == depth_max) return too_deep();
  ondemand::object members;
  if (in.get_object().get(members)) return not_json();
  item_.clear();
  Scope inner{.level = Level::item, .fields = &item_, .depth = scope.depth + 1};
  if (!object(members, inner)) return false;
  out.value.kind = Kind::object;
  out.hash = hash_value(inner.sum, 0, Tag::object);
  data_->items.take(name.field, item_, index);
  return true;
}

bool JsonReader::no_name_twice(const Scope& scope) {
  const auto first = names_.begin() + static_cast<std::ptrdiff_t>(scope.names);
  if (names_.end() - first < 2) return true;
  std::sort(first, names_.end());
  const auto twice = std::adjacent_find(first, names_.end());
  if (twice == names_.end()) return true;
  return refuse(Reason::duplicate_field, printable(*twice),
                "Send each name once in an object: two values under one name have two readings.");
}

bool JsonReader::refuse(Reason reason, std::string_view field, std::string remedy) {
  refusal_ = Refusal{reason, std::string{field}, std::move(remedy)};
  return false;
}

bool JsonReader::not_json() {
  return refuse(Reason::not_json, {}, "Send one complete JSON object in UTF-8 (RFC 8259) as the whole value.");
}

bool JsonReader::too_deep() { return refuse(Reason::not_json, {}, "Send JSON that is nested at most 32 levels deep."); }

void JsonReader::prefix(std::string_view name) {
  const bool joined = refusal_->field.empty() || refusal_->field.front() == '[';
  // An index is ready for use; a name comes from the text.
  const std::string front = name.starts_with('[') ? std::string{name} : printable(name);
  refusal_->field = front + (joined ? "" : ".") + refusal_->field;
}

}  // namespace due::codec
