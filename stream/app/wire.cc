#include "stream/app/wire.h"

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <chrono>
#include <filesystem>
#include <mutex>
#include <set>

#include "schemas/base/hash.h"
#include "state/memory/overlay_rows.h"
#include "state/rocksdb/rocks_rows.h"
#include "stream/app/logic_sources.h"
#include "stream/app/state_owner.h"
#include "stream/checkpoint/keeper.h"
#include "stream/kafka/kafka_log.h"
#include "stream/log/embedded/embedded_log.h"
#include "stream/log/embedded/store/directory.h"
#include "stream/runtime/task/task.h"
#include "topology/account/account_logic.h"
#include "topology/register/register_logic.h"

namespace due::app {
namespace {

class RocksFactory final : public cli::RowsFactory {
 public:
  // Without a keeper no checkpoints are taken.
  RocksFactory(std::string directory, std::size_t block_bytes, std::unique_ptr<checkpoint::Keeper> keeper)
      : directory_(std::move(directory)),
        share_({.block_cache_bytes = block_bytes, .background_threads = 1}),
        keeper_(std::move(keeper)) {}

  Result<std::unique_ptr<state::RowStore>> open(const std::string& task) override {
    const std::string path = directory_ + "/" + task;
    if (keeper_) keeper_->restore(task, path);
    auto rows = state::RocksRows::open(path, share_);
    if (!rows) return rows.error();
    {
      const std::lock_guard lock(mutex_);
      opened_.insert(path);
    }
    if (keeper_)
      keeper_->follow(task, path, [this, path, snapshots = (*rows)->snapshots()](const std::string& to, checkpoint::Keeper::Round round) {
        return take(path, snapshots, to, round);
      });
    return std::unique_ptr<state::RowStore>(std::move(*rows));
  }

  // The last checkpoints are of what was sealed; then what is due to be merged is merged, so that the next start finds no debt. Whoever
  // cannot wait for that may kill the process: nothing is lost.
  void finish() override {
    if (keeper_) keeper_->finish();
    for (const std::string& path : opened_)
      if (auto rows = state::RocksRows::open(path, share_)) (*rows)->wait_for_compaction();
  }

 private:
  using Mark = std::optional<checkpoint::Keeper::Mark>;

  // A snapshot says itself where it stands: which boundary was the last when it was taken, nobody else knows for sure.
  Result<Mark> take(const std::string& path, state::Snapshots snapshots, const std::string& to, checkpoint::Keeper::Round round) {
    if (!snapshots.take(to)) {
      if (round != checkpoint::Keeper::Round::last) return Mark();
      auto closed = state::RocksRows::open(path, share_);
      if (!closed) return closed.error();
      (*closed)->snapshots().take(to);
    }
    auto rows = state::RocksRows::open_to_read(to, share_);
    if (!rows) return rows.error();
    const auto meta = runtime::Meta::read(**rows);
    if (!meta) return Mark();
    return Mark({meta->last.seq, meta->digest.hex()});
  }

  std::string directory_;
  state::RocksShare share_;
  std::mutex mutex_;
  std::set<std::string> opened_;  // guarded by mutex_ while workers run
  std::unique_ptr<checkpoint::Keeper> keeper_;  // last: its thread uses the others
};

class RocksReaderFactory final : public cli::RowsFactory {
 public:
  RocksReaderFactory(std::string directory, std::size_t memory_bytes)
      : directory_(std::move(directory)), share_({.block_cache_bytes = memory_bytes / 2, .background_threads = 1}) {}
  Result<std::unique_ptr<state::RowStore>> open(const std::string& task) override {
    const std::string path = directory_ + "/" + task;
    std::unique_ptr<state::RowReader> below;
    if (std::filesystem::exists(path + "/CURRENT")) {
      auto rows = state::RocksRows::open_to_read(path, share_);
      if (!rows) return rows.error();
      below = std::move(*rows);
    }
    return std::unique_ptr<state::RowStore>(std::make_unique<state::OverlayRows>(std::move(below)));
  }

 private:
  std::string directory_;
  state::RocksShare share_;
};

Result<std::unique_ptr<log::Log>> open_kafka(const cli::LogChoice& choice) {
  kafka::KafkaLog::Options options;
  options.bootstrap = choice.uri.substr(6);
  options.client_id = "duestream";
  if (!choice.group.empty()) options.readers_group = choice.group;
  options.reader_bytes = choice.reader_bytes;
  options.producer_bytes = choice.producer_bytes;
  options.connect_wait = std::chrono::milliseconds(choice.connect_timeout_ms);
  options.properties = choice.kafka_properties;
  options.properties.insert(choice.kafka_secrets.begin(), choice.kafka_secrets.end());
  auto log = kafka::KafkaLog::open(std::move(options));
  if (!log) return log.error();
  return std::unique_ptr<log::Log>(std::move(*log));
}

EventTime wall_clock() {
  using namespace std::chrono;
  return {duration_cast<microseconds>(system_clock::now().time_since_epoch()).count()};
}

runtime::Level level_of(std::string_view name) {
  for (const auto level : {runtime::Level::debug, runtime::Level::info, runtime::Level::warning})
    if (name == runtime::name_of(level)) return level;
  return runtime::Level::error;
}

// librdkafka tries again by itself what it calls an error; what matters of it comes back from a call.
runtime::Level level_of_syslog(int severity) {
  if (severity <= 4) return runtime::Level::warning;
  return severity <= 6 ? runtime::Level::info : runtime::Level::debug;
}

class ConcreteWire final : public cli::Wire {
 public:
  ConcreteWire() : topology_{{topology::account_subtopology(), topology::register_subtopology()}} {}

  Result<std::unique_ptr<log::Log>> open_log(const cli::LogChoice& choice, cli::Access access) override {
    if (choice.uri.starts_with("kafka:")) return open_kafka(choice);
    log::embedded::Options options;
    options.directory = choice.uri.substr(9);
    options.read_only = access != cli::Access::write;
    if (access == cli::Access::foresee && !log::embedded::store::Directory::holds_log(*options.directory)) options = {};  // in memory
    auto log = log::embedded::EmbeddedLog::open(std::move(options));
    if (!log) return log.error();
    return std::unique_ptr<log::Log>(std::move(*log));
  }

  Result<std::unique_ptr<cli::RowsFactory>> open_state(const cli::StateChoice& choice, const cli::StateOwner& owner,
                                                       const runtime::Report& report) override {
    std::error_code error;
    std::filesystem::create_directories(choice.directory, error);
    if (error) return Error{Remedy::stop, "--state " + choice.directory + " cannot be created: " + error.message()};
    if (Status ours = claim_state(choice.directory, owner); !ours) return ours.error();
    std::unique_ptr<checkpoint::Keeper> keeper;
    if (!choice.checkpoints.to.empty()) {
      const cli::CheckpointChoice& c = choice.checkpoints;
      auto opened = checkpoint::Keeper::open(
          {c.to, described(owner), std::chrono::milliseconds(c.every_ms), static_cast<std::size_t>(c.keep)}, report);
      if (!opened) return opened.error();
      keeper = std::move(*opened);
    }
    return std::unique_ptr<cli::RowsFactory>(
        std::make_unique<RocksFactory>(choice.directory, choice.block_bytes, std::move(keeper)));
  }

  std::unique_ptr<cli::RowsFactory> view_state(const std::string& directory, std::size_t memory_bytes) override {
    return std::make_unique<RocksReaderFactory>(directory, memory_bytes);
  }

  const topology::Description& topology() override { return topology_; }

  std::string logic_version(const topology::LogicOptions& options) override {
    return hash128(std::string(logic_sources) + options.text()).hex().substr(0, 16);
  }

  runtime::Report report(const cli::AppChoice& choice) override {
    auto logger = spdlog::get("duestream");
    if (!logger) logger = spdlog::stderr_color_mt("duestream");
    const bool json = choice.log_format == "json";
    logger->set_pattern(json ? "%v" : "%Y-%m-%dT%H:%M:%S.%eZ %l %v", spdlog::pattern_time_type::utc);
    logger->set_level(spdlog::level::debug);
    logger->flush_on(spdlog::level::debug);
    const auto write = [logger, json](runtime::Level at, std::string_view event, std::span<const runtime::Field> fields) {
      static constexpr spdlog::level::level_enum levels[] = {spdlog::level::debug, spdlog::level::info, spdlog::level::warn,
                                                             spdlog::level::err};
      const std::string line = json ? runtime::as_json(format(wall_clock()), at, event, fields) : runtime::as_text(event, fields);
      logger->log(levels[static_cast<std::size_t>(at)], std::string_view(line));
    };
    runtime::Report report(level_of(choice.log_level), write);
    kafka::write_client_log([report](const kafka::ClientLine& line) {
      report(level_of_syslog(line.severity), "kafka.client", {{"client", line.client}, {"facility", line.facility}, {"text", line.text}});
    });
    return report;
  }

 private:
  topology::Description topology_;
};

}  // namespace

std::unique_ptr<cli::Wire> make_wire() { return std::make_unique<ConcreteWire>(); }

}  // namespace due::app
