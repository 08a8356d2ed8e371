#include "stream/cli/tail/layouts.h"

#include <algorithm>
#include <map>

#include "schemas/codec/event_decoder.h"
#include "schemas/codec/members/member_reader.h"
#include "stream/cli/text/words.h"
#include "stream/runtime/task/chronicle.h"
#include "topology/features/features.h"

namespace due::cli {
namespace {

using Align = Table::Align;

constexpr std::size_t outstanding = 21;  // place in the feature vector
constexpr std::size_t excerpt = 200;

std::string place(std::int32_t partition, const log::Record& r) {
  return std::to_string(partition) + "/" + std::to_string(r.offset.value);
}
Cell key_of(const log::Record& r) { return r.key ? Cell(*r.key) : Cell("(none)", Paint::faint); }
std::string begin_of(const log::Record& r) {
  if (!r.value) return "(null)";
  return std::string(r.value->substr(0, excerpt)) + (r.value->size() > excerpt ? " ..." : "");
}
std::string_view header(const log::Record& r, std::string_view name) {
  std::string_view found;
  for (const log::Header& h : r.headers)
    if (h.name == name) found = h.value;  // ours come behind those of the sender
  return found;
}

class Decisions final : public Layout {
 public:
  std::vector<Table::Column> columns() const override {
    return {{"place"},    {"day", Align::left, 10}, {"customer"}, {"risk", Align::left, 4}, {"outstanding", Align::right, 16},
            {"decided on"}, {"which lies at"},        {"why"}};
  }
  std::vector<Cell> row(std::int32_t partition, const log::Record& r) override {
    const auto d = codec::read_decision(r.value.value_or(""));
    if (!d || d->features.size() != topology::features::count)
      return {place(partition, r), "", key_of(r), Cell("?", Paint::bad), "", "", "", "not a decision: " + begin_of(r)};
    return {place(partition, r),
            d->business_date,
            d->customer_id,
            Cell(d->decision, d->decision == "HIGH" ? Paint::bad : Paint::good),
            money(d->features[outstanding], d->currency),
            event_in_words(d->event_type),
            Cell(d->id, Paint::faint),
            reasons_in_words(*d)};
  }
};

class DeadLetters final : public Layout {
 public:
  std::vector<Table::Column> columns() const override {
    return {{"place"}, {"refused at", Align::left, 20}, {"key"}, {"reason", Align::left, 14}, {"field"}, {"lies at"}, {"what to do"}};
  }
  std::vector<Cell> row(std::int32_t partition, const log::Record& r) override {
    const std::string from = std::string(header(r, "x-err.topic")) + "/" + std::string(header(r, "x-err.partition")) + "/" +
                             std::string(header(r, "x-err.offset"));
    return {place(partition, r), to_seconds(r.timestamp),          key_of(r), Cell(header(r, "x-err.code"), Paint::bad),
            header(r, "x-err.field"), Cell(from, Paint::faint), header(r, "x-err.remedy")};
  }
};

class Chronicle final : public Layout {
 public:
  explicit Chronicle(const topology::Description& topology) : topology_(topology) {}
  std::vector<Table::Column> columns() const override {
    return {{"place"}, {"task"}, {"batch", Align::right}, {"task time", Align::left, 20}, {"steps", Align::right, 6}, {"of them"},
            {"outputs"}, {"written by"}, {"also"}};
  }
  std::vector<Cell> row(std::int32_t partition, const log::Record& r) override {
    const auto c = runtime::decode_chronicle(r.value.value_or(""));
    if (!c) return {place(partition, r), key_of(r), "", "", "", Cell(c.error().what, Paint::bad)};
    std::int64_t steps = 0;
    std::map<std::uint32_t, std::int64_t> per_input;
    for (const runtime::Run& run : c->runs) {
      const std::int64_t n = run.input == runtime::Run::tick ? 1 : run.count;
      steps += n;
      per_input[run.input] += n;
    }
    std::map<std::uint16_t, std::int64_t> per_output;
    for (const runtime::OutputRange& o : c->outputs) per_output[o.topic] += o.count;
    const topology::Subtopology* sub = subtopology(r.key.value_or(""));
    std::vector<std::string> read;
    if (sub != nullptr) read = sub->inputs;
    if (sub != nullptr) read.insert(read.end(), sub->broadcast.begin(), sub->broadcast.end());
    std::string inputs, outputs;
    for (const auto& [input, n] : per_input)
      append(inputs, input == runtime::Run::tick ? "ticks" : name(sub != nullptr ? &read : nullptr, input), n);
    for (const auto& [output, n] : per_output) append(outputs, name(sub != nullptr ? &sub->outputs : nullptr, output), n);
    std::string also = c->genesis ? "genesis" : "";
    if (c->digest) also += (also.empty() ? "" : ", ") + ("digest behind " + std::to_string(c->digest->seq));
    return {place(partition, r), key_of(r), std::to_string(c->seq), to_seconds(c->time), grouped(steps), inputs, outputs,
            Cell(c->transactional_id, Paint::faint), also};
  }

 private:
  const topology::Subtopology* subtopology(std::string_view task) const {
    for (const topology::Subtopology& s : topology_.subtopologies)
      if (task.starts_with(s.name + "-")) return &s;
    return nullptr;
  }
  static std::string name(const std::vector<std::string>* names, std::size_t at) {
    return names != nullptr && at < names->size() ? (*names)[at] : std::to_string(at);
  }
  static void append(std::string& list, const std::string& name, std::int64_t n) {
    list += (list.empty() ? "" : ", ") + name + " " + grouped(n);
  }
  const topology::Description& topology_;
};

// Decoded as intake does it, so that a bad record is seen here before it becomes a dead letter.
class Documents final : public Layout {
 public:
  std::vector<Table::Column> columns() const override {
    return {{"place"}, {"time", Align::left, 20}, {"customer"}, {"event", Align::left, 16}, {"document"}, {"amount", Align::right, 16},
            {"and"}};
  }
  std::vector<Cell> row(std::int32_t partition, const log::Record& r) override {
    std::deque<std::string> arena;
    const auto decoded = decoder_.decode(r.value, r.headers, arena);
    if (const auto* refusal = std::get_if<codec::Refusal>(&decoded))
      return {place(partition, r), to_seconds(r.timestamp), key_of(r), Cell(codec::reason_code(refusal->reason), Paint::bad),
              refusal->field,      "",                   refusal->remedy};
    const auto& e = std::get<events::Event>(decoded);
    const EventWords words = words_of(e);
    return {place(partition, r), to_seconds(e.time), e.customer_id, event_in_words(events::type_name(e.data)), words.document,
            words.amount,        words.and_also};
  }

 private:
  codec::EventDecoder decoder_;
};

// Credit notes, and what account and register say about them: the same members, as far as each has them.
class CreditNotes final : public Layout {
 public:
  std::vector<Table::Column> columns() const override {
    return {{"place"}, {"what"}, {"legal entity"}, {"number", Align::left, 14}, {"dated", Align::left, 10}, {"customer"}, {"invoice"},
            {"amount", Align::right, 16}, {"because"}};
  }
  std::vector<Cell> row(std::int32_t partition, const log::Record& r) override {
    if (!reader_.read(r.value.value_or(""))) return {place(partition, r), "", "", "", "", key_of(r), "", "", begin_of(r)};
    const auto text = [this](std::size_t member) { return std::string(reader_[member].text); };
    const bool refused = reader_[reason].kind != Reader::Kind::absent && reader_[remedy].kind != Reader::Kind::absent;
    const std::int64_t amount = reader_[gross].kind == Reader::Kind::integer ? reader_[gross].integer : reader_[asked].integer;
    const std::string referred = reader_[refers].texts.empty() ? text(invoice) : std::string(reader_[refers].texts.front());
    const std::string because = refused ? text(reason) : text(cancellation);
    return {place(partition, r), event_in_words(text(type)),           text(entity), text(number),
            text(issue_date),    text(customer),                       referred,     money(amount, text(currency)),
            Cell(because, refused ? Paint::bad : Paint::plain)};
  }

 private:
  using Reader = codec::MemberReader;
  enum Name : std::size_t {
    type, entity, number, issue_date, customer, invoice, refers, currency, asked, gross, cancellation, reason, remedy
  };
  static codec::Member of_data(const char* name, const char* inner = "") { return {codec::Member::Of::data, name, inner}; }
  Reader reader_{{{codec::Member::Of::envelope, "type", ""}, of_data("legal_entity_id"), of_data("number"), of_data("issue_date"),
                  of_data("customer_id"), of_data("invoice_id"), of_data("refers_to", "invoice_id"), of_data("currency"),
                  of_data("amount_minor"), of_data("gross_minor"), of_data("cancellation_id"), of_data("reason_code"), of_data("remedy")}};
};

class Anything final : public Layout {
 public:
  std::vector<Table::Column> columns() const override { return {{"place"}, {"time", Align::left, 20}, {"key"}, {"value"}}; }
  std::vector<Cell> row(std::int32_t partition, const log::Record& r) override {
    return {place(partition, r), to_seconds(r.timestamp), key_of(r), begin_of(r)};
  }
};

}  // namespace

std::unique_ptr<Layout> layout_of(const std::string& topic, const topology::Description& topology) {
  if (topic == "decisions") return std::make_unique<Decisions>();
  if (topic == "dead-letters") return std::make_unique<DeadLetters>();
  if (topology::is_chronicle(topology, topic)) return std::make_unique<Chronicle>(topology);
  if (topic == "invoices" || topic == "payments" || topic == "usage") return std::make_unique<Documents>();
  if (topic == "credit-notes" || topic == "credit-note-requests" || topic == "credit-note-outcomes") return std::make_unique<CreditNotes>();
  return std::make_unique<Anything>();
}

}  // namespace due::cli
