#include "stream/kafka/kafka_log.h"

#include <thread>

#include "stream/kafka/clients.h"

namespace due::kafka {
namespace {

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

}  // namespace

Result<std::unique_ptr<KafkaLog>> KafkaLog::open(Options options) {
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
  return kafka::open_committer(options_, options);
}
Result<std::unique_ptr<log::Publisher>> KafkaLog::publisher() { return open_publisher(options_); }
Result<std::vector<std::optional<log::CommittedPosition>>> KafkaLog::committed(
    const std::string& group, std::span<const log::TopicPartition> partitions, log::Duration deadline) {
  return positions_->committed(group, partitions, deadline);
}
Result<log::Bounds> KafkaLog::bounds(const log::TopicPartition& partition, log::Isolation isolation) {
  return admin_->bounds(partition, isolation);
}
Result<std::vector<log::TopicInfo>> KafkaLog::describe(std::span<const std::string> topics) { return admin_->describe(topics); }
Status KafkaLog::create(std::span<const log::TopicSpec> topics) { return admin_->create(topics); }
Result<std::string> KafkaLog::cluster() { return admin_->cluster(); }
log::Time& KafkaLog::time() { return *time_; }

}  // namespace due::kafka
