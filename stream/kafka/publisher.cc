// stream/kafka/publisher.cc
// An idempotent producer for what needs no transaction. Copies what it is given.
//
//   Rule     a record is stored when its delivery report has an offset. The first one of each partition travels alone, so that a
//            partition without a leader yet refuses it and nothing behind it (settings.h says what happens otherwise)
//   Errors   reopen_producer: a record was not stored, or may not be, or the producer is unusable. After a failed delivery every
//            further call says so: a gap must not go unnoticed. What was sent may be published again: it counts as duplicates
//   Threads  one
#include <array>
#include <unordered_map>
#include <vector>

#include "schemas/base/result.h"
#include "stream/kafka/clients.h"
#include "stream/kafka/settings.h"
#include "stream/kafka/triage.h"

namespace due::kafka {
namespace {

constexpr int room_wait_ms = 5;
constexpr int flush_wait_ms = 60'000;
constexpr char message_timeout_ms[] = "45000";  // below flush_wait_ms: when flush() returns, the fate of every record is known
constexpr std::size_t records_between_polls = 1'024;

void take_delivery(rd_kafka_t*, const rd_kafka_message_t* message, void* opaque) noexcept {
  auto& failure = *static_cast<std::optional<Error>*>(opaque);
  const bool refused = meaning_of(message->err) != Meaning::none;
  if (failure || (!refused && message->offset >= 0)) return;
  const std::string subject = std::string{"publish to "} + rd_kafka_topic_name(message->rkt) + "-" + std::to_string(message->partition);
  failure = refused ? triage(message->err, Speaker::producer, subject) : Error{Remedy::reopen_producer, guessed_delivery(*message)};
  failure->remedy = Remedy::reopen_producer;  // repeating the call would leave this record out
  failure->what += "; publish everything again, what is stored already counts as duplicates";
}

class IdempotentPublisher final : public log::Publisher {
 public:
  IdempotentPublisher(std::unique_ptr<std::optional<Error>> failure, ProducerHandle client)
      : failure_(std::move(failure)), client_(std::move(client)) {}
  ~IdempotentPublisher() override {
    rd_kafka_purge(client_.get(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
    rd_kafka_poll(client_.get(), 0);
  }

  Status send(const log::OutgoingRecord& record) override;
  Status flush() override;

 private:
  struct Topic {
    TopicHandle handle;
    std::vector<bool> begun;  // by partition: its first record is stored
  };
  Result<Topic*> topic(const std::string& name);  // owned by topics_
  Status enqueue(const log::OutgoingRecord& record, rd_kafka_topic_t* topic);

  const std::unique_ptr<std::optional<Error>> failure_;  // written by delivery reports, on our thread; outlives the client
  const ProducerHandle client_;
  std::unordered_map<std::string, Topic> topics_;
  std::size_t since_poll_ = 0;
};

Result<IdempotentPublisher::Topic*> IdempotentPublisher::topic(const std::string& name) {
  if (const auto known = topics_.find(name); known != topics_.end()) return &known->second;
  Topic topic{TopicHandle{rd_kafka_topic_new(client_.get(), name.c_str(), nullptr)}, {}};
  if (const Status known = learn_leaders(client_.get(), "publish to " + name); !known) return known.error();
  return &topics_.emplace(name, std::move(topic)).first->second;
}

Status IdempotentPublisher::send(const log::OutgoingRecord& record) {
  if (*failure_) return **failure_;
  const auto found = topic(record.topic);
  if (!found) return found.error();
  Topic& topic = **found;
  if (const Status queued = enqueue(record, topic.handle.get()); !queued) return queued;
  const auto partition = static_cast<std::size_t>(record.partition);
  if (topic.begun.size() <= partition) topic.begun.resize(partition + 1);
  if (!topic.begun[partition]) {
    if (const Status stored = flush(); !stored) return stored;
    topic.begun[partition] = true;
  }
  if (++since_poll_ >= records_between_polls) {
    since_poll_ = 0;
    rd_kafka_poll(client_.get(), 0);
  }
  return Done{};
}

Status IdempotentPublisher::enqueue(const log::OutgoingRecord& record, rd_kafka_topic_t* topic) {
  HeadersHandle headers = headers_of(record.headers);
  std::array<rd_kafka_vu_t, 7> arguments;
  std::size_t count = 0;
  const auto add = [&](rd_kafka_vtype_t type) -> auto& { arguments[count].vtype = type; return arguments[count++].u; };
  add(RD_KAFKA_VTYPE_RKT).rkt = topic;
  add(RD_KAFKA_VTYPE_PARTITION).i32 = record.partition;
  add(RD_KAFKA_VTYPE_MSGFLAGS).i = RD_KAFKA_MSG_F_COPY;
  add(RD_KAFKA_VTYPE_TIMESTAMP).i64 = record.timestamp.micros / 1'000;
  if (record.value) add(RD_KAFKA_VTYPE_VALUE).mem = {const_cast<char*>(bytes_of(*record.value)), record.value->size()};
  if (record.key) add(RD_KAFKA_VTYPE_KEY).mem = {const_cast<char*>(bytes_of(*record.key)), record.key->size()};
  if (headers) add(RD_KAFKA_VTYPE_HEADERS).headers = headers.get();
  while (true) {
    const ErrorHandle error{rd_kafka_produceva(client_.get(), arguments.data(), count)};
    if (!error) break;
    if (meaning_of(*error) != Meaning::buffer_full) return triage(*error, Speaker::producer, "publish to " + record.topic);
    rd_kafka_poll(client_.get(), room_wait_ms);
    if (*failure_) return **failure_;
  }
  (void)headers.release();  // the message owns them now
  return Done{};
}

Status IdempotentPublisher::flush() {
  const auto code = rd_kafka_flush(client_.get(), flush_wait_ms);
  if (*failure_) return **failure_;
  if (meaning_of(code) != Meaning::none) return triage(code, Speaker::producer, "flush of a publisher");
  return Done{};
}

const Layers layers{
    .choices = {{"linger.ms", "10"},
                {"batch.size", "900000"},
                {"batch.num.messages", "100000"},
                {"message.max.bytes", "10000000"},
                {"queue.buffering.max.messages", "500000"},
                {"queue.buffering.max.kbytes", "262144"},
                {"compression.codec", "lz4"},
                {"retry.backoff.ms", "20"},
                {"message.timeout.ms", message_timeout_ms}},
    .fixed = {{"enable.idempotence", "true"}, {"acks", "all"}},
};

}  // namespace

Result<std::unique_ptr<log::Publisher>> open_publisher(const Settings& settings) {
  auto conf = configure(settings, layers);
  if (!conf) return conf.error();
  auto failure = std::make_unique<std::optional<Error>>();
  rd_kafka_conf_set_opaque(conf->get(), failure.get());
  rd_kafka_conf_set_dr_msg_cb(conf->get(), take_delivery);
  auto client = new_producer(std::move(*conf), "a publisher");
  if (!client) return client.error();
  return std::unique_ptr<log::Publisher>(std::make_unique<IdempotentPublisher>(std::move(failure), std::move(*client)));
}

}  // namespace due::kafka
