#include "stream/kafka/kafka_log.h"

#include <algorithm>
#include <limits>
#include <thread>

#include "stream/kafka/clients.h"
#include "stream/kafka/settings.h"
#include "stream/kafka/triage.h"

namespace due::kafka {
namespace {

constexpr int ask_ms = 200;

class SystemTime final : public log::Time {
 public:
  EventTime wall() override {
    const auto since = std::chrono::system_clock::now().time_since_epoch();
    return {std::chrono::duration_cast<std::chrono::microseconds>(since).count()};
  }
  std::chrono::microseconds monotonic() override {
    return std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now().time_since_epoch());
  }
  void sleep(log::Duration duration) override { std::this_thread::sleep_for(duration); }
};

// What a client said last while no broker could be used.
struct Trouble {
  std::string text;
  Meaning meaning = Meaning::none;
  int refusals = 0;  // of a kind that waiting does not mend; a broker that restarts may cause one

  void take(const rd_kafka_event_t* event) {
    const Meaning of_event = meaning_of(rd_kafka_event_error(const_cast<rd_kafka_event_t*>(event)));
    const char* said = rd_kafka_event_error_string(const_cast<rd_kafka_event_t*>(event));
    std::string line = said == nullptr ? "" : said;
    if (line.find("brokers are down") != std::string::npos) return;  // says nothing that was not said
    // "sasl_ssl://b:9092/bootstrap: Connect to b failed: refused (after 3ms in state CONNECT)": where, and when, are no news.
    if (const std::size_t where = line.find("/bootstrap: "); where != std::string::npos) line.erase(0, where + 12);
    line.erase(std::min(line.find(" (after "), line.size()));
    const bool tells_little = line == "Disconnected" || line.starts_with("Send failed");  // as whoever tries again is told
    if (tells_little && !text.empty()) return;
    text = line;
    meaning = of_event;
    if (meaning == Meaning::unauthenticated || meaning == Meaning::insecure) ++refusals;
  }
};

Error unreachable(const Settings& settings, const Trouble& trouble) {
  std::string what = "log.uri = kafka:" + settings.bootstrap + ": ";
  const std::string said = trouble.text.empty() ? "" : " (" + trouble.text + ")";
  if (trouble.meaning == Meaning::unauthenticated)
    return {Remedy::stop, what + "the broker refuses who we are" + said +
                              "; check security.protocol, sasl.mechanism, sasl.username and sasl.password"};
  if (trouble.meaning == Meaning::insecure)
    return {Remedy::stop, what + "TLS does not come about" + said + "; check the port, security.protocol and ssl.ca.location"};
  what += "no broker answered within " + std::to_string(settings.connect_wait.count()) + " ms" + said;
  return {Remedy::stop, what + "; is it up, is the address right, and security.protocol? (--connect-timeout: how long to try)"};
}

// Until one broker has answered a question.
Status reach(const Settings& settings) {
  auto conf = configure(settings, {});
  if (!conf) return conf.error();
  rd_kafka_conf_set_events(conf->get(), RD_KAFKA_EVENT_ERROR);
  rd_kafka_conf_set_log_cb(conf->get(), [](const rd_kafka_t*, int, const char*, const char*) noexcept {});
  const auto client = new_producer(std::move(*conf), "the first question to the cluster");
  if (!client) return client.error();
  const QueueHandle queue{rd_kafka_queue_get_main(client->get())};
  const Deadline end{settings.connect_wait};
  Trouble trouble;
  while (true) {
    const rd_kafka_metadata_t* borrowed = nullptr;
    const auto code = rd_kafka_metadata(client->get(), 0, nullptr, &borrowed, std::min(end.left_ms(), ask_ms));
    const MetadataHandle metadata{borrowed};
    if (meaning_of(code) == Meaning::none) return Done{};
    while (const EventHandle event{rd_kafka_queue_poll(queue.get(), 0)}) trouble.take(event.get());
    if (trouble.refusals > 1 || end.passed()) return unreachable(settings, trouble);
  }
}

}  // namespace

Result<std::unique_ptr<KafkaLog>> KafkaLog::open(Options options) {
  if (options.connect_wait.count() > 0)
    if (const Status reached = reach(options); !reached) return reached.error();
  auto admin = Admin::open(options);
  if (!admin) return admin.error();
  auto positions = std::make_unique<Positions>(options);
  return std::unique_ptr<KafkaLog>(new KafkaLog(std::move(options), std::move(*admin), std::move(positions)));
}

KafkaLog::KafkaLog(Options options, std::unique_ptr<Admin> admin, std::unique_ptr<Positions> positions)
    : options_(std::move(options)), admin_(std::move(admin)), positions_(std::move(positions)), time_(std::make_unique<SystemTime>()) {}
KafkaLog::~KafkaLog() = default;

Result<std::unique_ptr<log::Membership>> KafkaLog::join(const log::MembershipOptions& options) {
  return open_membership(options_, options);
}
Result<std::unique_ptr<log::Reader>> KafkaLog::reader(log::Isolation isolation) { return open_reader(options_, isolation); }
Result<std::unique_ptr<log::Committer>> KafkaLog::open_committer(const log::CommitterOptions& options) {
  return kafka::open_committer(options_, options, smallest_limit(options.topics));
}
Result<std::unique_ptr<log::Publisher>> KafkaLog::publisher() { return open_publisher(options_); }
Result<std::vector<std::optional<log::CommittedPosition>>> KafkaLog::committed(
    const std::string& group, std::span<const log::TopicPartition> partitions, log::Duration deadline) {
  return positions_->committed(group, partitions, deadline);
}
Result<log::Bounds> KafkaLog::bounds(const log::TopicPartition& partition, log::Isolation isolation) {
  return admin_->bounds(partition, isolation);
}
Result<std::vector<log::TopicInfo>> KafkaLog::describe(std::span<const std::string> topics) {
  auto infos = admin_->describe(topics);
  if (!infos) return infos;
  const std::lock_guard lock{mutex_};
  for (const log::TopicInfo& info : *infos) limits_[info.name] = info.message_bytes_max;
  return infos;
}

// Kafka's own default for a topic that nobody has asked about: to ask here would make every recovery wait for it.
std::int64_t KafkaLog::smallest_limit(std::span<const std::string> topics) const {
  constexpr std::int64_t unknown = 1'048'588;
  std::int64_t least = topics.empty() ? unknown : std::numeric_limits<std::int64_t>::max();
  const std::lock_guard lock{mutex_};
  for (const std::string& topic : topics) {
    const auto known = limits_.find(topic);
    least = std::min(least, known == limits_.end() ? unknown : known->second);
  }
  return least;
}

Status KafkaLog::create(std::span<const log::TopicSpec> topics) { return admin_->create(topics); }
Result<std::string> KafkaLog::cluster() { return admin_->cluster(); }
log::Time& KafkaLog::time() { return *time_; }

}  // namespace due::kafka
