#include "topology/intake/intake.h"

#include <vector>

#include "schemas/base/partitioner.h"
#include "schemas/base/result.h"
#include "schemas/codec/missing_key.h"

namespace due::topology {

using codec::Reason;
using codec::Refusal;

namespace {

std::optional<Refusal> check_key(const InputRecord& record, std::string_view customer, const TaskIdentity& task) {
  if (!record.key) return Refusal{Reason::missing_key, "key", "the record has no key; the key must be data.customer_id"};
  if (*record.key != customer)
    return Refusal{Reason::wrong_key, "key", "the key is not data.customer_id; publish with the customer's id as key"};
  if (partition_of(*record.key, task.partitions) != record.partition)
    return Refusal{Reason::wrong_partition, "key",
                   "murmur2 of the key names partition " + std::to_string(partition_of(*record.key, task.partitions)) +
                       "; use Kafka's default partitioner (librdkafka: partitioner=murmur2_random)"};
  return std::nullopt;
}

Refusal from_the_future(std::string_view field) {
  return {Reason::future_dated, std::string(field),
          "the event lies more than a day ahead of the clock; check the sender's clock and time zone, then publish it again when it is "
          "due"};
}

// Of what one task told another: it is as old as that task's time, which was judged when it moved. This machine's clock may be behind it.
bool told_by_a_task(const events::MasterData& data) {
  return std::holds_alternative<events::CreditNoteRequested>(data) || std::holds_alternative<events::CreditNoteNumbered>(data) ||
         std::holds_alternative<events::CreditNoteRefused>(data);
}

}  // namespace

std::optional<Refusal> admit(const Prepared& p, const Tick& now, const TaskIdentity& task, const LogicOptions& options) {
  if (const auto* refusal = std::get_if<Refusal>(&p.content)) {
    if (!codec::is_of_nobody(*refusal, p.record.key.has_value())) return *refusal;
    return Refusal{Reason::missing_key, "key", "the record has no key and its event no data.customer_id; publish it with both"};
  }
  const auto* master = std::get_if<std::unique_ptr<const events::MasterEvent>>(&p.content);
  const auto* document = std::get_if<events::Event>(&p.content);
  const std::optional<std::string_view> customer = master != nullptr ? events::customer_of((*master)->data) : document->customer_id;
  if (auto refusal = customer ? check_key(p.record, *customer, task) : std::nullopt) return refusal;
  if (master != nullptr && told_by_a_task((*master)->data)) return std::nullopt;
  // Master data may speak of days to come: it counts from its own valid_from on. What it says is said now.
  const EventTime latest = now.wall.plus_micros(options.future_max_micros);
  if (document == nullptr) return (*master)->time > latest ? std::optional{from_the_future("time")} : std::nullopt;
  if (document->time > latest) return from_the_future("time");
  if (start_of(events::business_date(*document)) > latest) return from_the_future(events::business_date_field(document->data));
  return std::nullopt;
}

void dead_letter(const InputRecord& r, const Refusal& why, std::string_view stage, const TaskIdentity& task, std::uint16_t output,
                 Context& context) {
  ++context.counts().dead_letters[static_cast<std::size_t>(why.reason)];
  const std::string partition = std::to_string(r.partition);
  const std::string offset = std::to_string(r.offset);
  const std::string timestamp = std::to_string(r.timestamp.micros / 1000);
  std::vector<HeaderView> headers(r.headers.begin(), r.headers.end());
  headers.insert(headers.end(), {{"x-err.code", codec::reason_code(why.reason)},
                                 {"x-err.field", why.field},
                                 {"x-err.remedy", why.remedy},
                                 {"x-err.stage", stage},
                                 {"x-err.topic", task.input_topics[r.input]},
                                 {"x-err.partition", partition},
                                 {"x-err.offset", offset},
                                 {"x-err.timestamp", timestamp},
                                 {"x-err.task", task.name}});
  if (context.emit(output, r.key, r.value, headers)) return;
  headers.push_back({"x-err.truncated", "value left out: it does not fit this topic; read it at x-err.topic, partition and offset"});
  headers.erase(headers.begin(), headers.begin() + static_cast<std::ptrdiff_t>(r.headers.size()));
  if (context.emit(output, std::nullopt, std::nullopt, headers)) return;
  fail("a dead letter without value does not fit its topic");
}

}  // namespace due::topology
