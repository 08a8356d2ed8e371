// latency_load: sends events at a fixed rate, whether anybody keeps up or not, and measures when their decisions can be read.
//
//   Latency  of an event: from the moment at which it was to be sent to the moment at which a read-committed reader has its decision.
//            Repeated events (one in a hundred) are sent and not measured: they have no decision
//   Warm-up  at least --warm-up seconds, and until fewer than half a second's events wait for their decisions
//   stderr   "measuring" and "measured", for whoever measures something else beside
//   Output   one line of JSON: rates in events per second, latencies in milliseconds
//   Errors   exit code 2 where a client fails or what is sent is not decided
#include <CLI/CLI.hpp>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <iostream>
#include <mutex>
#include <thread>
#include <unordered_map>

#include "schemas/base/hash.h"
#include "schemas/base/partitioner.h"
#include "stream/cli/feeds/account_risk.h"
#include "stream/kafka/kafka_log.h"
#include "tests/bench/latency/measure.h"
#include "tests/bench/latency/need.h"

namespace due::bench {
namespace {

using namespace std::chrono_literals;

constexpr std::int64_t second = 1'000'000'000;
constexpr std::int64_t warm_up_max = 240 * second, rest_max = 20 * second;

struct Options {
  std::string kafka, prefix, output = "decisions", field = "event_id";
  std::int64_t rate = 5'000, seconds = 20, warm_up = 5, customers = 100'000, preloaded = 300'000, phase = 1;
};

std::int64_t now() { return std::chrono::steady_clock::now().time_since_epoch().count(); }

constexpr Need need{"latency_load"};

// Events that were sent and whose decisions are waited for.
class Waiting {
 public:
  void sent(std::string_view id, std::int64_t due) {
    const std::lock_guard lock(mutex_);
    due_.emplace(hash64(id), due);
  }
  std::optional<std::int64_t> decided(std::string_view id) {
    const std::lock_guard lock(mutex_);
    const auto found = due_.extract(hash64(id));
    return found.empty() ? std::nullopt : std::optional(found.mapped());
  }
  std::size_t size() {
    const std::lock_guard lock(mutex_);
    return due_.size();
  }

 private:
  std::mutex mutex_;
  std::unordered_map<std::uint64_t, std::int64_t> due_;
};

// Sends until it is told to stop; the measured part begins when somebody says so.
class Sender {
 public:
  Sender(const Options& o, log::Log& log, Waiting& waiting)
      : o_(o), publisher_(need(log.publisher())), waiting_(waiting), feed_({o.phase, o.customers, INT64_C(1) << 40, o.preloaded}) {
    const std::vector<std::string> names = {o.prefix + "invoices", o.prefix + "payments", o.prefix + "usage"};
    for (const log::TopicInfo& t : need(log.describe(names))) partitions_[t.name] = t.partitions;
    thread_ = std::thread([this] { run(); });
  }
  ~Sender() {
    end = true;
    thread_.join();
  }

  std::atomic<bool> end = false;
  std::atomic<std::int64_t> sent = 0;       // all, repetitions included
  std::atomic<std::int64_t> latest = 0;     // how far behind its schedule it was at most, since this was set to 0

 private:
  void run() {
    const Schedule schedule{now(), o_.rate};
    for (std::int64_t n = 0; !end;) {
      const std::int64_t at = now();
      for (const std::int64_t due = schedule.due_by(at); n < due; ++n) send(schedule.at(n));
      if (const std::int64_t late = now() - schedule.at(n - 1); late > latest) latest = late;
      sent = n;
      std::this_thread::sleep_for(500us);
    }
    need(publisher_->flush());
  }
  void send(std::int64_t due) {
    feed_.next(record_);
    const std::string topic = o_.prefix + record_.topic;
    log::OutgoingRecord r;
    r.topic = topic;
    r.partition = partition_of(*record_.key, partitions_.at(topic));
    r.key = *record_.key;
    r.value = *record_.value;
    r.timestamp = *record_.timestamp;
    if (!feed_.duplicate()) waiting_.sent(text_of(*record_.value, R"("id":")").value(), due);
    need(publisher_->send(r));
  }

  const Options& o_;
  std::unique_ptr<log::Publisher> publisher_;
  Waiting& waiting_;
  cli::AccountRiskFeed feed_;
  cli::FeedRecord record_;
  std::map<std::string, std::int32_t> partitions_;
  std::thread thread_;
};

// Reads decisions from where the topic ends now.
class Decisions {
 public:
  Decisions(const Options& o, log::Log& log) : field_('"' + o.field + R"(":")") {
    const std::string topic = o.prefix + o.output;
    const auto infos = need(log.describe(std::vector<std::string>{topic}));
    if (infos.empty()) give_up(need.program, "there is no topic " + topic);
    reader_ = need(log.reader(log::Isolation::read_committed));
    std::vector<log::Assignment> from;
    for (std::int32_t p = 0; p < infos.front().partitions; ++p) {
      const log::TopicPartition partition{topic, p};
      from.push_back({partition, need(log.bounds(partition, log::Isolation::read_committed)).end, {static_cast<std::uint32_t>(p + 1)}});
    }
    need(reader_->add(from));
  }
  // Calls take(way) for each decision that came. Its topic must have LogAppendTime.
  template <class Take>
  void read(Waiting& waiting, Take&& take) {
    const auto batch = need(reader_->poll(16'384, 20ms));
    const std::int64_t seen = now();
    for (const log::Record& r : batch->records()) {
      const auto id = r.value ? text_of(*r.value, field_) : std::nullopt;
      const auto due = id ? waiting.decided(*id) : std::nullopt;
      if (due) take(Way{*due, r.timestamp.micros * 1'000 - wall_, seen});
    }
  }

 private:
  std::string field_;
  std::unique_ptr<log::Reader> reader_;
  // What the wall clock said when now() was 0: the broker's stamps are of that clock.
  const std::int64_t wall_ = std::chrono::nanoseconds{std::chrono::system_clock::now().time_since_epoch()}.count() - now();
};

int measure(const Options& o) {
  kafka::Settings settings;
  settings.bootstrap = o.kafka;
  settings.client_id = "latency";
  settings.properties = {{"linger.ms", "1"}};
  settings.connect_wait = 10s;
  const std::unique_ptr<kafka::KafkaLog> log = need(kafka::KafkaLog::open(settings));
  Decisions decisions(o, *log);
  Waiting waiting;
  std::int64_t decided = 0;
  Sender sender(o, *log, waiting);

  const std::int64_t start = now();
  const auto keeps_up = [&] { return static_cast<std::int64_t>(waiting.size()) < o.rate / 2 && decided > 0; };
  while (now() < start + o.warm_up * second || !keeps_up()) {
    decisions.read(waiting, [&](const Way&) { ++decided; });
    if (now() < start + warm_up_max) continue;
    std::cerr << "latency_load: " << waiting.size() << " events wait for their decisions after " << warm_up_max / second << " s of "
              << o.rate << " a second: nobody decides, or not as fast\n";
    return 2;
  }

  const std::int64_t from = now(), to = from + o.seconds * second, sent_before = sender.sent;
  sender.latest = 0;
  std::cerr << "measuring" << std::endl;
  std::vector<Way> ways;
  const auto take = [&](const Way& way) { if (way.due >= from && way.due < to) ways.push_back(way); };
  while (now() < to) decisions.read(waiting, take);
  const std::int64_t sent = sender.sent - sent_before, latest = sender.latest;
  std::cerr << "measured" << std::endl;
  sender.end = true;
  const std::int64_t last = now() + rest_max;
  while (waiting.size() > 0 && now() < last) decisions.read(waiting, take);

  if (ways.empty()) return 2;
  const auto took = parts_of(ways, &Way::due, &Way::readable), in_log = parts_of(ways, &Way::due, &Way::in_log),
             then = parts_of(ways, &Way::in_log, &Way::readable);
  const auto ms = [](const auto& sorted, double share) { return static_cast<double>(percentile(sorted, share)) / 1e6; };
  std::printf(R"({"rate":%lld,"sent_per_second":%.0f,"measured":%zu,"missing":%zu,"p50_ms":%.1f,"p90_ms":%.1f,"p99_ms":%.1f,)"
              R"("p999_ms":%.1f,"max_ms":%.1f,"in_log_p50_ms":%.1f,"in_log_p99_ms":%.1f,"then_readable_p50_ms":%.1f,)"
              R"("then_readable_p99_ms":%.1f,"sent_late_ms":%.1f,"seconds":%lld})"
              "\n",
              static_cast<long long>(o.rate), static_cast<double>(sent) / static_cast<double>(o.seconds), ways.size(), waiting.size(),
              ms(took, 0.5), ms(took, 0.9), ms(took, 0.99), ms(took, 0.999), ms(took, 1), ms(in_log, 0.5), ms(in_log, 0.99), ms(then, 0.5),
              ms(then, 0.99), static_cast<double>(latest) / 1e6, static_cast<long long>(o.seconds));
  return waiting.size() == 0 ? 0 : 2;
}

}  // namespace
}  // namespace due::bench

int main(int argc, char** argv) {
  due::bench::Options o;
  CLI::App app("sends events at a fixed rate and measures when their decisions can be read");
  app.add_option("--kafka", o.kafka, "HOST:PORT")->required();
  app.add_option("--prefix", o.prefix, "before every topic's name")->required();
  app.add_option("--output", o.output, "topic of the decisions")->capture_default_str();
  app.add_option("--field", o.field, "member of a decision that names its event")->capture_default_str();
  app.add_option("--rate", o.rate, "events per second")->capture_default_str();
  app.add_option("--seconds", o.seconds, "that are measured")->capture_default_str();
  app.add_option("--warm-up", o.warm_up, "seconds before them, at least")->capture_default_str();
  app.add_option("--customers", o.customers)->capture_default_str();
  app.add_option("--preloaded", o.preloaded, "events before the first phase; sets how fast days pass")->capture_default_str();
  app.add_option("--phase", o.phase, "another one for each run on the same topics: its events are new")->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  return due::bench::measure(o);
}
