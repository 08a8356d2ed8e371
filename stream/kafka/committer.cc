// stream/kafka/committer.cc
// One transactional producer and the thread that drives it: begin, produce, send positions, commit.
//
//   Rule     clean = every call succeeded, every record was delivered, and exactly one TxnOffsetCommit and one EndTxn were sent.
//            librdkafka resends both silently, and a copy that arrives late tears the next transaction or sets the group's position
//            back (docs/probes.md). Everything else is doubtful. Nothing here aborts: opening the id again does.
//            Deliveries are judged before the transaction ends: librdkafka reports some that it only infers (settings.h)
//   Memory   record values are not copied: librdkafka reads them where the caller keeps them. Before a doubtful outcome is told the
//            producer is destroyed, which joins its threads: afterwards nobody reads them
//   Bounded  an outcome: the transaction timeout plus offsets_wait; the destructor: offsets_wait, or commit_slice behind that,
//            and somewhat more where the broker hangs
//   Threads  commit(), wait() and the destructor: one thread; the producer belongs to the thread in here
#include <algorithm>
#include <array>
#include <atomic>
#include <condition_variable>
#include <cstdlib>
#include <cstring>
#include <future>
#include <mutex>
#include <thread>

#include "schemas/base/result.h"
#include "stream/kafka/clients.h"
#include "stream/kafka/settings.h"
#include "stream/kafka/triage.h"

namespace due::kafka {
namespace {

using log::Committed;
using log::Outcome;
using log::Transaction;

using std::chrono::milliseconds;

constexpr milliseconds open_attempt{30};  // the first one; each further one waits twice as long, up to
constexpr milliseconds open_attempt_max{8'000};
constexpr milliseconds offsets_wait{5'000};
constexpr milliseconds commit_slice{500};  // how long the destructor may have to wait for one call

// Kafka's numbers of the two requests that must be sent exactly once.
constexpr std::int16_t api_end_txn = 26, api_txn_offset_commit = 28;

// What librdkafka's threads tell about the transaction in flight. Outlives the producer.
struct Observed {
  std::atomic<int> offset_commits_sent{0};
  std::atomic<int> end_txns_sent{0};
  // Of the delivery reports, which are served by the committer's own thread.
  std::size_t delivered = 0;
  std::string delivery_failure;
  std::optional<EventTime> log_time;

  void reset() {
    offset_commits_sent = 0;
    end_txns_sent = 0;
    delivered = 0;
    delivery_failure.clear();
    log_time.reset();
  }
};

rd_kafka_resp_err_t count_request(rd_kafka_t*, int, const char*, std::int32_t, std::int16_t api, std::int16_t, std::int32_t, std::size_t,
                                  void* opaque) noexcept {
  auto& observed = *static_cast<Observed*>(opaque);
  if (api == api_txn_offset_commit) observed.offset_commits_sent.fetch_add(1);
  if (api == api_end_txn) observed.end_txns_sent.fetch_add(1);
  return RD_KAFKA_RESP_ERR_NO_ERROR;
}

rd_kafka_resp_err_t watch_requests(rd_kafka_t* client, const rd_kafka_conf_t*, void* opaque, char*, std::size_t) noexcept {
  return rd_kafka_interceptor_add_on_request_sent(client, "requests", count_request, opaque);
}

void take_delivery(rd_kafka_t*, const rd_kafka_message_t* message, void* opaque) noexcept {
  auto& observed = *static_cast<Observed*>(opaque);
  if (meaning_of(message->err) != Meaning::none) {
    if (observed.delivery_failure.empty()) {
      observed.delivery_failure = std::string{"a record for "} + rd_kafka_topic_name(message->rkt) + "-" +
                                  std::to_string(message->partition) + " was not delivered: " + describe(message->err);
    }
    return;
  }
  if (message->offset < 0) {
    if (observed.delivery_failure.empty()) observed.delivery_failure = guessed_delivery(*message);
    return;
  }
  ++observed.delivered;
  rd_kafka_timestamp_type_t kind{};
  const std::int64_t ms = rd_kafka_message_timestamp(message, &kind);
  if (kind != RD_KAFKA_TIMESTAMP_LOG_APPEND_TIME) return;
  const EventTime at{ms * 1'000};
  if (!observed.log_time || at > *observed.log_time) observed.log_time = at;
}

class TransactionCommitter final : public log::Committer {
 public:
  struct Parts {
    log::CommitterOptions options;
    bool ignore_request_counts = false;
    std::unique_ptr<Observed> observed;
    ProducerHandle client;
    std::vector<TopicHandle> topics;
  };
  explicit TransactionCommitter(Parts parts) : parts_(std::move(parts)), thread_([this] { run(); }) {}
  ~TransactionCommitter() override;

  void commit(Transaction transaction) override;
  std::optional<Committed> wait(log::Duration deadline) override;

 private:
  void run();
  Committed execute(const Transaction& transaction);
  std::string attempt(const Transaction& transaction);  // why it is doubtful; empty: it is not
  std::string produce(const Transaction& transaction);
  std::string produce_one(const log::OutputRecord& record);
  std::string send_positions(const Transaction& transaction);
  std::string await_deliveries(const Deadline& end);
  std::string end_transaction(const Deadline& end);
  std::string judge(std::size_t records) const;
  void destroy_producer();

  Parts parts_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<Transaction> given_;  // guarded by mutex_, as the next three
  std::optional<Committed> outcome_;
  bool in_flight_ = false;
  bool doubtful_ = false;
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

TransactionCommitter::~TransactionCommitter() {
  {
    const std::lock_guard lock{mutex_};
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
  destroy_producer();
}

void TransactionCommitter::commit(Transaction transaction) {
  {
    const std::lock_guard lock{mutex_};
    check(!in_flight_, "commit() while another one is in flight");
    check(!doubtful_, "commit() after a doubtful one");
    check(!transaction.positions.empty(), "a transaction without positions");
    in_flight_ = true;
    given_ = std::move(transaction);
  }
  changed_.notify_all();
}

std::optional<Committed> TransactionCommitter::wait(log::Duration deadline) {
  std::unique_lock lock{mutex_};
  if (!in_flight_) return std::nullopt;
  if (!changed_.wait_for(lock, deadline, [this] { return outcome_.has_value(); })) return std::nullopt;
  in_flight_ = false;
  return std::exchange(outcome_, std::nullopt);
}

void TransactionCommitter::run() {
  while (true) {
    Transaction transaction;
    {
      std::unique_lock lock{mutex_};
      changed_.wait(lock, [this] { return stopping_ || given_; });
      if (stopping_) return;
      transaction = *std::exchange(given_, std::nullopt);
    }
    Committed committed = execute(transaction);
    const bool over = committed.outcome != Outcome::clean;
    {
      const std::lock_guard lock{mutex_};
      outcome_ = std::move(committed);
      doubtful_ = over;
    }
    changed_.notify_all();
    if (over) return;
  }
}

Committed TransactionCommitter::execute(const Transaction& transaction) {
  const auto start = std::chrono::steady_clock::now();
  parts_.observed->reset();
  std::string why = attempt(transaction);
  if (!why.empty()) destroy_producer();  // the caller may free the records as soon as it knows
  Committed committed;
  committed.outcome = why.empty() ? Outcome::clean : Outcome::doubtful;
  if (!why.empty()) committed.why = "transaction of " + parts_.options.transactional_id + ": " + why;
  committed.log_time = parts_.observed->log_time;
  committed.took = std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - start);
  return committed;
}

std::string TransactionCommitter::attempt(const Transaction& transaction) {
  if (transaction.identity.generation < 0) return "not a member of group " + transaction.identity.group + " now; nothing was sent";
  const Deadline end{parts_.options.transaction_timeout};
  if (const ErrorHandle error{rd_kafka_begin_transaction(parts_.client.get())}; error) return "begin: " + describe(*error);
  std::size_t records = 0;
  for (const auto& batch : transaction.batches) records += batch.size();
  if (std::string why = produce(transaction); !why.empty()) return why;
  if (std::string why = send_positions(transaction); !why.empty()) return why;
  if (std::string why = await_deliveries(end); !why.empty()) return why;
  if (std::string why = end_transaction(end); !why.empty()) return why;
  rd_kafka_poll(parts_.client.get(), 0);
  return judge(records);
}

// ------------------------------------------------------------------------------------------------------------- the five steps

std::string TransactionCommitter::produce(const Transaction& transaction) {
  constexpr std::size_t records_between_polls = 1'024;
  std::size_t since_poll = 0;
  for (const auto& batch : transaction.batches) {
    for (const log::OutputRecord& record : batch) {
      if (std::string why = produce_one(record); !why.empty()) return why;
      if (++since_poll < records_between_polls) continue;
      since_poll = 0;
      rd_kafka_poll(parts_.client.get(), 0);
      if (stopping_) return "the committer is being destroyed";
    }
  }
  return {};
}

std::string TransactionCommitter::produce_one(const log::OutputRecord& record) {
  check(record.topic < parts_.topics.size(), "an output names a topic that the committer was not opened with");
  constexpr int room_wait_ms = 5;
  HeadersHandle headers = headers_of(record.headers);
  std::array<rd_kafka_vu_t, 5> arguments;
  std::size_t count = 0;
  const auto add = [&](rd_kafka_vtype_t type) -> auto& { arguments[count].vtype = type; return arguments[count++].u; };
  add(RD_KAFKA_VTYPE_RKT).rkt = parts_.topics[record.topic].get();
  add(RD_KAFKA_VTYPE_PARTITION).i32 = record.partition;
  // C has no const here; without F_COPY and F_FREE librdkafka only reads it.
  if (record.value) add(RD_KAFKA_VTYPE_VALUE).mem = {const_cast<char*>(bytes_of(*record.value)), record.value->size()};
  if (record.key) add(RD_KAFKA_VTYPE_KEY).mem = {const_cast<char*>(bytes_of(*record.key)), record.key->size()};
  if (headers) add(RD_KAFKA_VTYPE_HEADERS).headers = headers.get();
  while (true) {
    const ErrorHandle error{rd_kafka_produceva(parts_.client.get(), arguments.data(), count)};
    if (!error) {
      (void)headers.release();  // the message owns them now
      return {};
    }
    if (meaning_of(*error) != Meaning::buffer_full || stopping_) return "produce: " + describe(*error);
    rd_kafka_poll(parts_.client.get(), room_wait_ms);
  }
}

std::string TransactionCommitter::send_positions(const Transaction& transaction) {
  const PartitionsHandle list{rd_kafka_topic_partition_list_new(static_cast<int>(transaction.positions.size()))};
  for (const log::Position& p : transaction.positions) {
    auto* entry = rd_kafka_topic_partition_list_add(list.get(), p.partition.topic.c_str(), p.partition.partition);
    entry->offset = p.next.value;
    entry->metadata = std::malloc(p.metadata.size() + 1);  // freed with the list, by C
    check(entry->metadata != nullptr, "out of memory");
    std::memcpy(entry->metadata, p.metadata.c_str(), p.metadata.size() + 1);
    entry->metadata_size = p.metadata.size();
  }
  const log::Identity& who = transaction.identity;
  const GroupMetadataHandle group{rd_kafka_consumer_group_metadata_new_with_genid(
      who.group.c_str(), who.generation, who.member.c_str(), who.instance.empty() ? nullptr : who.instance.c_str())};
  const ErrorHandle error{
      rd_kafka_send_offsets_to_transaction(parts_.client.get(), list.get(), group.get(), static_cast<int>(offsets_wait.count()))};
  if (!error) return {};
  return "positions of group " + who.group + " refused (member " + who.member + ", generation " + std::to_string(who.generation) +
         "): " + describe(*error);
}

std::string TransactionCommitter::await_deliveries(const Deadline& end) {
  while (!stopping_ && !end.passed()) {
    const auto code = rd_kafka_flush(parts_.client.get(), static_cast<int>(commit_slice.count()));
    const std::string& undelivered = parts_.observed->delivery_failure;
    if (!undelivered.empty()) return undelivered;
    if (meaning_of(code) == Meaning::none) return {};
    if (meaning_of(code) != Meaning::timed_out) return "flush: " + describe(code);
  }
  return stopping_ ? "the committer is being destroyed" : "records were not delivered in time";
}

std::string TransactionCommitter::end_transaction(const Deadline& end) {
  while (!stopping_) {
    const ErrorHandle error{rd_kafka_commit_transaction(parts_.client.get(), static_cast<int>(commit_slice.count()))};
    if (!error) return {};
    // A slice that ran out goes on where it was; librdkafka sends nothing again for that.
    const bool goes_on = rd_kafka_error_is_retriable(error.get()) != 0 && meaning_of(*error) == Meaning::timed_out && !end.passed();
    if (goes_on) continue;
    const std::string& undelivered = parts_.observed->delivery_failure;
    return "commit: " + describe(*error) + (undelivered.empty() ? "" : "; " + undelivered);
  }
  return "the committer is being destroyed";
}

std::string TransactionCommitter::judge(std::size_t records) const {
  const Observed& seen = *parts_.observed;
  if (!seen.delivery_failure.empty()) return seen.delivery_failure;
  if (seen.delivered != records) return std::to_string(seen.delivered) + " of " + std::to_string(records) + " records were delivered";
  if (parts_.ignore_request_counts) return {};
  const int offset_commits = seen.offset_commits_sent, end_txns = seen.end_txns_sent;
  if (offset_commits == 1 && end_txns == 1) return {};
  return "committed, but TxnOffsetCommit was sent " + std::to_string(offset_commits) + " and EndTxn " + std::to_string(end_txns) +
         " times; a copy may still be on its way";
}

void TransactionCommitter::destroy_producer() {
  if (!parts_.client) return;
  rd_kafka_purge(parts_.client.get(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
  rd_kafka_poll(parts_.client.get(), 0);
  parts_.topics.clear();
  parts_.client.reset();  // joins librdkafka's threads: none of them reads the caller's records any more
}

// ---------------------------------------------------------------------------------------------------------------- opening

// What a transaction has for a partition should fit into one request: while one is on its way librdkafka sends that partition nothing
// else (it holds the number of messages in flight against the five requests that Kafka allows), and its thread spins until the answer.
Layers layers_of(const Settings& settings, const log::CommitterOptions& options, std::int64_t limit) {
  constexpr std::int64_t request_bytes_max = 4 << 20;
  const std::int64_t request_bytes = std::clamp<std::int64_t>(limit - limit / 7, 1, request_bytes_max);
  const std::int64_t transaction_ms = options.transaction_timeout.count();
  return {
      .choices = {{"linger.ms", "2"},
                  {"batch.size", std::to_string(request_bytes)},
                  {"batch.num.messages", "100000"},
                  {"message.max.bytes", "10000000"},  // the topic's own limit is the bound; this one must not be lower
                  {"queue.buffering.max.messages", "2000000"},
                  {"queue.buffering.max.kbytes", std::to_string(settings.producer_bytes >> 10)},
                  {"compression.codec", "lz4"},
                  {"retry.backoff.ms", "15"},
                  {"retry.backoff.max.ms", "100"},
                  // librdkafka allows at most transaction.timeout.ms + 100, so no timeout is long enough to make a second copy of a
                  // request meet a new epoch: the counts do that. Then short is better: no call blocks for longer than this.
                  {"socket.timeout.ms", std::to_string(std::min<std::int64_t>(transaction_ms, offsets_wait.count()))},
                  {"message.timeout.ms", std::to_string(transaction_ms - transaction_ms / 10)},
                  {"transaction.timeout.ms", std::to_string(transaction_ms)}},
      .fixed = {{"transactional.id", options.transactional_id}, {"enable.idempotence", "true"}, {"acks", "all"}},
  };
}

// One attempt to open: a producer whose id is initialised, and whose topics' leaders are known.
Result<TransactionCommitter::Parts> attempt_open(const Settings& settings, const log::CommitterOptions& options, std::int64_t limit,
                                                 milliseconds wait) {
  auto conf = configure(settings, layers_of(settings, options, limit));
  if (!conf) return conf.error();
  TransactionCommitter::Parts parts{.options = options, .ignore_request_counts = settings.ignore_request_counts,
                                    .observed = std::make_unique<Observed>(), .client = nullptr, .topics = {}};
  rd_kafka_conf_set_opaque(conf->get(), parts.observed.get());
  rd_kafka_conf_set_dr_msg_cb(conf->get(), take_delivery);
  rd_kafka_conf_interceptor_add_on_new(conf->get(), "requests", watch_requests, parts.observed.get());
  const std::string subject = "open committer " + options.transactional_id;
  auto client = new_producer(std::move(*conf), subject);
  if (!client) return client.error();
  parts.client = std::move(*client);
  for (const std::string& topic : options.topics) parts.topics.emplace_back(rd_kafka_topic_new(parts.client.get(), topic.c_str(), nullptr));
  auto leaders = std::async(std::launch::async, [&] { return learn_leaders(parts.client.get(), subject); });
  const ErrorHandle refused{rd_kafka_init_transactions(parts.client.get(), static_cast<int>(wait.count()))};
  const Status learnt = leaders.get();
  if (refused) return triage(*refused, Speaker::producer, subject);
  if (!learnt) return learnt.error();
  return parts;
}

}  // namespace

// An id whose transaction is open is refused at first: the coordinator ends the transaction meanwhile. librdkafka asks again after
// half a second, a new client after ten milliseconds; so the first attempts are short. A late request of an abandoned attempt
// fences at worst the producer that is opened here, whose first transaction is then doubtful.
Result<std::unique_ptr<log::Committer>> open_committer(const Settings& settings, const log::CommitterOptions& options, std::int64_t limit) {
  const Deadline end{options.open_patience};
  for (milliseconds wait = open_attempt;; wait = std::min(2 * wait, open_attempt_max)) {
    auto parts = attempt_open(settings, options, limit, wait);
    if (parts) return std::unique_ptr<log::Committer>(std::make_unique<TransactionCommitter>(std::move(*parts)));
    if (parts.error().remedy != Remedy::retry || end.passed()) return parts.error();
  }
}

}  // namespace due::kafka
