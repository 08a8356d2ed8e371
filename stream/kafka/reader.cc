// stream/kafka/reader.cc
// A consumer without a group's assignment: inputs at explicit offsets, records handed out where librdkafka received them.
//
//   Copies   none: a Batch owns librdkafka's messages, and these the fetched (decompressed) buffers
//   Tags     found by (librdkafka's topic pointer, partition); the topic is held while it is assigned, so the pointer is its own
//   Stale    librdkafka drops what an older assignment left in its queue; what has no tag any more is dropped here
//   Pause    is an unassignment, resume an assignment at our own position. rd_kafka_pause_partitions() goes on from what it takes
//            for the position of the application, and in batches it counts the end-of-partition message as a record: after a pause
//            at the end it skips one (librdkafka 2.8, rd_kafka_q_serve_rkmessages)
//   Errors   stop: a position outside the log, a corrupt batch, a topic that is gone or not allowed
//   Threads  one; a batch may be read and destroyed by another
#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <unordered_map>
#include <utility>

#include "schemas/base/result.h"
#include "stream/kafka/clients.h"
#include "stream/kafka/settings.h"
#include "stream/kafka/triage.h"

namespace due::kafka {
namespace {

using log::Assignment;
using log::InputTag;
using log::Offset;
using log::Progress;
using log::Record;

constexpr int bounds_wait_ms = 5'000;  // only to say more in an error
constexpr std::chrono::milliseconds leaders_wait{2'000};
constexpr std::size_t batch_records_max = 16'384;

struct Connection {
  ConsumerHandle client;  // the queue is a client's: destroyed first
  QueueHandle queue;
};

// Owns what its records look at; keeps the client alive, because librdkafka's messages must not outlive it.
class MessageBatch final : public log::Batch {
 public:
  explicit MessageBatch(std::shared_ptr<Connection> connection) : connection_(std::move(connection)) {}
  ~MessageBatch() override { for (rd_kafka_message_t* m : messages_) rd_kafka_message_destroy(m); }
  MessageBatch(const MessageBatch&) = delete;
  MessageBatch& operator=(const MessageBatch&) = delete;

  std::span<const Record> records() const override { return records_; }
  std::span<const Progress> progress() const override { return progress_; }

 private:
  friend class OffsetReader;
  struct Headers {  // of record `record`: headers_[first, first + count)
    std::size_t record, first, count;
  };
  void settle_headers();  // once headers_ does not grow any more

  std::shared_ptr<Connection> connection_;
  std::vector<rd_kafka_message_t*> messages_;
  std::vector<Record> records_;
  std::vector<log::Header> headers_;
  std::vector<Headers> with_headers_;
  std::vector<Progress> progress_;
};

void MessageBatch::settle_headers() {
  for (const Headers& h : with_headers_) records_[h.record].headers = std::span(headers_).subspan(h.first, h.count);
}

struct InputKey {
  const rd_kafka_topic_t* topic = nullptr;
  std::int32_t partition = -1;
  bool operator==(const InputKey&) const = default;
};
struct InputKeyHash {
  std::size_t operator()(const InputKey& key) const {
    return std::hash<const void*>{}(key.topic) * 31 + static_cast<std::size_t>(key.partition);
  }
};

struct Input {
  log::TopicPartition partition;
  TopicHandle topic;
  InputTag tag;
  Offset next;
  bool paused = false;
  std::uint64_t batch = 0;        // in which `progress` is an index
  std::size_t progress = 0;
};

class OffsetReader final : public log::Reader {
 public:
  explicit OffsetReader(std::shared_ptr<Connection> connection) : connection_(std::move(connection)) {}
  ~OffsetReader() override { (void)rd_kafka_assign(client(), nullptr); }  // a batch that lives on does not keep it fetching

  Status add(std::span<const Assignment> inputs) override;
  void remove(std::span<const InputTag> inputs) override;
  Result<std::unique_ptr<log::Batch>> poll(std::size_t records_max, log::Duration deadline) override;
  void pause(InputTag input) override;
  void resume(InputTag input) override;

 private:
  rd_kafka_t* client() const { return connection_->client.get(); }
  std::size_t fetch(std::vector<rd_kafka_message_t*>& into, std::size_t records_max, const Deadline& end) const;
  Input* find(const rd_kafka_message_t& message);
  void decode(MessageBatch& batch);
  void decode_headers(MessageBatch& batch, const rd_kafka_message_t& message) const;
  void decode_error(MessageBatch& batch, Input& input, const rd_kafka_message_t& message);
  void advance(MessageBatch& batch, Input& input, Offset next, bool at_end);
  Error out_of_range(const Input& input, std::string_view detail) const;
  Input& at(InputTag tag);

  const std::shared_ptr<Connection> connection_;
  std::unordered_map<InputKey, Input, InputKeyHash> inputs_;
  std::unordered_map<std::uint32_t, InputKey> keys_;  // by tag
  InputKey last_key_;                                 // records come in runs of one partition
  Input* last_ = nullptr;
  std::uint64_t batch_ = 0;
  std::optional<Error> failure_;  // told by every poll() from then on
};

PartitionsHandle list_of(const Input& input) {
  PartitionsHandle list{rd_kafka_topic_partition_list_new(1)};
  rd_kafka_topic_partition_list_add(list.get(), input.partition.topic.c_str(), input.partition.partition)->offset = input.next.value;
  return list;
}

// ------------------------------------------------------------------------------------------------------------ assignment

Status OffsetReader::add(std::span<const Assignment> inputs) {
  const PartitionsHandle list{rd_kafka_topic_partition_list_new(static_cast<int>(inputs.size()))};
  last_ = nullptr;
  for (const Assignment& a : inputs) {
    rd_kafka_topic_partition_list_add(list.get(), a.partition.topic.c_str(), a.partition.partition)->offset = a.from.value;
    TopicHandle topic{rd_kafka_topic_new(client(), a.partition.topic.c_str(), nullptr)};
    const InputKey key{topic.get(), a.partition.partition};
    check(keys_.emplace(a.input.value, key).second, "an input tag was used twice");
    const bool is_new = inputs_.emplace(key, Input{a.partition, std::move(topic), a.input, a.from}).second;
    check(is_new, "a partition was added to a reader that reads it already");
  }
  // Only for speed: what is not known by then, librdkafka learns by itself.
  const Status known = learn_leaders(client(), "reader", leaders_wait);
  if (!known && known.error().remedy != Remedy::retry) return known.error();
  const ErrorHandle error{rd_kafka_incremental_assign(client(), list.get())};
  if (error) return triage(*error, Speaker::other, "reader: assign " + std::to_string(inputs.size()) + " partitions");
  return Done{};
}

void OffsetReader::remove(std::span<const InputTag> inputs) {
  const PartitionsHandle list{rd_kafka_topic_partition_list_new(static_cast<int>(inputs.size()))};
  std::vector<Input> gone;  // the topics are held until nothing can name them any more
  last_ = nullptr;
  for (const InputTag tag : inputs) {
    const auto key = keys_.find(tag.value);
    check(key != keys_.end(), "an input was removed that is not read");
    auto node = inputs_.extract(key->second);
    gone.push_back(std::move(node.mapped()));
    keys_.erase(key);
    if (gone.back().paused) continue;
    rd_kafka_topic_partition_list_add(list.get(), gone.back().partition.topic.c_str(), gone.back().partition.partition);
  }
  if (list->cnt == 0) return;
  const ErrorHandle error{rd_kafka_incremental_unassign(client(), list.get())};
  if (error) failure_ = triage(*error, Speaker::other, "reader: unassign " + std::to_string(list->cnt) + " partitions");
}

Input& OffsetReader::at(InputTag tag) {
  const auto key = keys_.find(tag.value);
  check(key != keys_.end(), "an input was named that is not read");
  return inputs_.at(key->second);
}

void OffsetReader::pause(InputTag tag) {
  Input& input = at(tag);
  if (std::exchange(input.paused, true)) return;
  const ErrorHandle error{rd_kafka_incremental_unassign(client(), list_of(input).get())};
  if (error) failure_ = triage(*error, Speaker::other, "reader: pause " + input.partition.topic);
}

void OffsetReader::resume(InputTag tag) {
  Input& input = at(tag);
  if (!std::exchange(input.paused, false)) return;
  const ErrorHandle error{rd_kafka_incremental_assign(client(), list_of(input).get())};
  if (error) failure_ = triage(*error, Speaker::other, "reader: resume " + input.partition.topic);
}

// --------------------------------------------------------------------------------------------------------------- reading

Result<std::unique_ptr<log::Batch>> OffsetReader::poll(std::size_t records_max, log::Duration deadline) {
  if (failure_) return *failure_;
  const Deadline end{deadline};
  auto batch = std::make_unique<MessageBatch>(connection_);
  ++batch_;
  do {
    if (fetch(batch->messages_, records_max, end) == 0) break;
    decode(*batch);
  } while (batch->records_.empty() && batch->progress_.empty() && !failure_ && !end.passed());
  if (failure_ && batch->records_.empty() && batch->progress_.empty()) return *failure_;
  batch->settle_headers();
  return std::unique_ptr<log::Batch>(std::move(batch));
}

// librdkafka waits for a full batch or the whole deadline: so what is there is taken first, else one message is waited for.
std::size_t OffsetReader::fetch(std::vector<rd_kafka_message_t*>& into, std::size_t records_max, const Deadline& end) const {
  rd_kafka_queue_t* queue = connection_->queue.get();
  for (rd_kafka_message_t* m : into) rd_kafka_message_destroy(m);  // nothing of them was wanted
  records_max = std::min(records_max, batch_records_max);
  into.resize(records_max);
  ssize_t got = rd_kafka_consume_batch_queue(queue, 0, into.data(), records_max);
  if (got == 0) {
    got = rd_kafka_consume_batch_queue(queue, end.left_ms(), into.data(), 1);
    if (got == 1 && records_max > 1) got += std::max<ssize_t>(rd_kafka_consume_batch_queue(queue, 0, into.data() + 1, records_max - 1), 0);
  }
  into.resize(static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
  return into.size();
}

Input* OffsetReader::find(const rd_kafka_message_t& message) {
  const InputKey key{message.rkt, message.partition};
  if (last_ != nullptr && key == last_key_) return last_;
  const auto found = inputs_.find(key);
  if (found == inputs_.end()) return nullptr;
  last_key_ = key;
  last_ = &found->second;
  return last_;
}

void OffsetReader::decode(MessageBatch& batch) {
  batch.records_.reserve(batch.messages_.size());
  for (const rd_kafka_message_t* message : batch.messages_) {
    Input* input = find(*message);
    if (input == nullptr || input->paused) {
      // librdkafka asks for the coordinator of a group that nobody here joins: who has no right on it may read all the same.
      const Meaning meaning = meaning_of(message->err);
      const Error error = triage(message->err, Speaker::other, "reader");
      if (meaning != Meaning::none && meaning != Meaning::group_forbidden && message->rkt == nullptr && error.remedy != Remedy::retry)
        failure_ = error;
      continue;
    }
    if (meaning_of(message->err) != Meaning::none) {
      decode_error(batch, *input, *message);
      continue;
    }
    if (message->offset < input->next.value) continue;  // seen already
    rd_kafka_timestamp_type_t kind{};
    const std::int64_t ms = rd_kafka_message_timestamp(message, &kind);
    Record& record = batch.records_.emplace_back();
    record.input = input->tag;
    record.offset = Offset{message->offset};
    record.timestamp = kind == RD_KAFKA_TIMESTAMP_NOT_AVAILABLE ? EventTime::earliest() : EventTime{ms * 1'000};
    if (message->key != nullptr) record.key = std::string_view{static_cast<const char*>(message->key), message->key_len};
    if (message->payload != nullptr) record.value = std::string_view{static_cast<const char*>(message->payload), message->len};
    decode_headers(batch, *message);
    advance(batch, *input, record.offset.next(), false);
  }
}

void OffsetReader::decode_headers(MessageBatch& batch, const rd_kafka_message_t& message) const {
  rd_kafka_headers_t* list = nullptr;
  if (meaning_of(rd_kafka_message_headers(&message, &list)) != Meaning::none) return;  // there are none
  const std::size_t first = batch.headers_.size();
  const char* name = nullptr;
  const void* value = nullptr;
  std::size_t size = 0;
  for (std::size_t i = 0; meaning_of(rd_kafka_header_get_all(list, i, &name, &value, &size)) == Meaning::none; ++i)
    batch.headers_.push_back({name, {static_cast<const char*>(value), value == nullptr ? 0 : size}});
  if (batch.headers_.size() > first) batch.with_headers_.push_back({batch.records_.size() - 1, first, batch.headers_.size() - first});
}

void OffsetReader::decode_error(MessageBatch& batch, Input& input, const rd_kafka_message_t& message) {
  const char* text = rd_kafka_message_errstr(&message);
  const std::string_view detail = text == nullptr ? "" : text;
  switch (meaning_of(message.err)) {
    case Meaning::end_of_partition: return advance(batch, input, std::max(input.next, Offset{message.offset}), true);
    case Meaning::out_of_range: failure_ = out_of_range(input, detail); return;
    default: break;
  }
  const std::string subject = "reader: " + input.partition.topic + "-" + std::to_string(input.partition.partition);
  const Error error = triage(message.err, Speaker::other, subject, detail);
  if (error.remedy != Remedy::retry) failure_ = error;  // else librdkafka repeats the fetch by itself
}

void OffsetReader::advance(MessageBatch& batch, Input& input, Offset next, bool at_end) {
  input.next = next;
  if (input.batch != batch_) {
    input.batch = batch_;
    input.progress = batch.progress_.size();
    batch.progress_.push_back({input.tag, next, at_end});
    return;
  }
  Progress& progress = batch.progress_[input.progress];
  progress.next = next;
  progress.at_end = at_end;
}

Error OffsetReader::out_of_range(const Input& input, std::string_view detail) const {
  std::int64_t start = -1, end = -1;
  const auto& [topic, partition] = input.partition;
  const auto code = rd_kafka_query_watermark_offsets(client(), topic.c_str(), partition, &start, &end, bounds_wait_ms);
  std::string what = "reader: " + topic + "-" + std::to_string(partition) + " has no offset " + std::to_string(input.next.value);
  what += meaning_of(code) == Meaning::none ? "; it keeps [" + std::to_string(start) + ", " + std::to_string(end) + ")"
                                            : "; its bounds are unknown: " + describe(code);
  return {Remedy::stop, what + ". Records are gone (retention) or the topic was created anew. (" + std::string{detail} + ")"};
}

// An answer is unpacked at once, whatever the queue holds: several of them must fit in, and each brings something of every partition, or
// what is merged by time waits for one and piles up the others.
Layers layers_of(const Settings& settings, log::Isolation isolation) {
  const std::size_t ahead = std::max<std::size_t>(settings.reader_bytes, 1U << 20);
  std::size_t answer = std::clamp<std::size_t>(ahead / 4, 1U << 20, 32U << 20);
  const auto message = settings.properties.find("message.max.bytes");  // librdkafka wants an answer to be no less
  if (message != settings.properties.end()) answer = std::max<std::size_t>(answer, std::strtoul(message->second.c_str(), nullptr, 10));
  const std::size_t partition = std::clamp<std::size_t>(ahead / 32, 64U << 10, 4U << 20);
  Layers layers{
      .choices = {{"fetch.wait.max.ms", "10"},
                  {"fetch.min.bytes", "1"},
                  {"fetch.error.backoff.ms", "20"},
                  {"fetch.queue.backoff.ms", "5"},
                  {"fetch.message.max.bytes", std::to_string(partition)},
                  {"fetch.max.bytes", std::to_string(answer)},
                  {"queued.min.messages", "1000000"},  // bytes are the bound
                  {"queued.max.messages.kbytes", std::to_string(ahead >> 10)},
                  {"check.crcs", "true"}},
      .fixed = {{"group.id", settings.readers_group},  // librdkafka wants one; nothing is ever committed or joined under it
                {"enable.auto.offset.store", "false"},
                {"enable.partition.eof", "true"},
                {"auto.offset.reset", "error"},
                {"isolation.level", isolation == log::Isolation::read_committed ? "read_committed" : "read_uncommitted"}},
  };
  layers.fixed.insert(layers.fixed.end(), never_joins.begin(), never_joins.end());
  return layers;
}

}  // namespace

Result<std::unique_ptr<log::Reader>> open_reader(const Settings& settings, log::Isolation isolation) {
  auto conf = configure(settings, layers_of(settings, isolation));
  if (!conf) return conf.error();
  auto client = new_consumer(std::move(*conf), "a reader");
  if (!client) return client.error();
  (void)rd_kafka_poll_set_consumer(client->get());
  auto connection = std::make_shared<Connection>();
  connection->client = std::move(*client);
  connection->queue.reset(rd_kafka_queue_get_consumer(connection->client.get()));
  return std::unique_ptr<log::Reader>(std::make_unique<OffsetReader>(std::move(connection)));
}

}  // namespace due::kafka
