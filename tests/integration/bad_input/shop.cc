#include "tests/integration/bad_input/shop.h"

#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "schemas/base/partitioner.h"
#include "stream/app/config/topics_file.h"
#include "stream/app/wire.h"
#include "stream/cli/topic_reader.h"
#include "stream/cli/topics/start.h"
#include "stream/runtime/worker.h"

namespace due::test::bad_input {

std::string Stored::header(std::string_view name) const {
  for (auto h = headers.rbegin(); h != headers.rend(); ++h)
    if (h->first == name) return h->second;
  return "";
}

void Shop::SetUp() {
  if (!GetParam().unavailable.empty()) GTEST_SKIP() << GetParam().unavailable;
  place_ = GetParam().make();
  wire_ = app::make_wire();
  choice_.uri = place_.uri;
  choice_.prefix = place_.prefix;
  choice_.create_topics = true;
  choice_.topics = app::config::read_topics("").plan;
  choice_.partitions = partitions;
  folder_ = std::filesystem::temp_directory_path() / ("due-shop-" + std::to_string(::getpid()));
  std::filesystem::create_directories(folder_);
  auto log = open_log();
  const Status created = cli::topics::create_if_wanted(*log, choice_, wire_->topology());
  ASSERT_TRUE(created) << created.error().what;
}

void Shop::TearDown() {
  if (!place_.directory.empty()) std::filesystem::remove_all(place_.directory);
  if (!folder_.empty()) std::filesystem::remove_all(folder_);
}

std::unique_ptr<log::Log> Shop::open_log() {
  auto log = wire_->open_log(choice_, cli::Access::write);
  EXPECT_TRUE(log) << log.error().what;
  return log ? std::move(*log) : nullptr;
}

std::int64_t Shop::limit_of(const std::string& topic) {
  const std::string names[] = {choice_.prefix + topic};
  const auto infos = open_log()->describe(names);
  EXPECT_TRUE(infos && infos->size() == 1) << topic;
  return infos->front().message_bytes_max;
}

std::vector<std::string> Shop::send(const std::vector<Record>& records) {
  auto log = open_log();
  auto publisher = log->publisher();
  EXPECT_TRUE(publisher) << publisher.error().what;
  std::map<log::TopicPartition, std::int64_t> next;
  std::vector<std::string> places;
  for (const Record& r : records) {
    const std::int32_t right = r.key && r.topic != "controls" ? partition_of(*r.key, partitions) : 0;
    std::vector<log::Header> headers;
    for (const auto& [name, value] : r.headers) headers.push_back({name, value});
    log::OutgoingRecord out;
    out.topic = choice_.prefix + r.topic;
    out.partition = r.astray ? (right + 1) % partitions : right;
    out.key = r.key;
    out.value = r.value;
    out.headers = headers;
    out.timestamp = {1'740'832'200'000'000};
    const log::TopicPartition to{out.topic, out.partition};
    if (!next.contains(to)) next[to] = log->bounds(to, log::Isolation::read_uncommitted)->end.value;
    places.push_back(r.topic + "/" + std::to_string(to.partition) + "/" + std::to_string(next[to]++));
    const Status sent = (*publisher)->send(out);
    EXPECT_TRUE(sent) << sent.error().what;
  }
  const Status flushed = (*publisher)->flush();
  EXPECT_TRUE(flushed) << flushed.error().what;
  return places;
}

topology::Counts Shop::run() {
  auto log = open_log();
  runtime::WorkerOptions o;
  o.app = choice_.prefix + "run";
  o.instance = o.app + "-0-0";
  o.topic_prefix = choice_.prefix;
  o.topology = &wire_->topology();
  o.logic_version = "0123456789abcdef";
  o.until_caught_up = true;
  o.open_rows = [this](const std::string& task) -> Result<std::unique_ptr<state::RowStore>> {
    auto& disk = disks_[task];
    if (!disk) disk = std::make_shared<Disk>();
    return std::unique_ptr<state::RowStore>(std::make_unique<VolatileRows>(disk));
  };
  runtime::Worker worker(*log, std::move(o), {runtime::Level::error, [](auto...) {}});
  const auto figures = worker.run();
  EXPECT_TRUE(figures) << figures.error().what;
  return figures ? figures->counts : topology::Counts{};
}

std::vector<Stored> Shop::read(const std::string& topic) {
  std::vector<Stored> all;
  auto log = open_log();
  const Status done = cli::scan(*log, choice_.prefix + topic, [&all](std::int32_t partition, const log::Record& r) {
    Stored s;
    s.partition = partition;
    s.offset = r.offset.value;
    if (r.key) s.key = std::string(*r.key);
    if (r.value) s.value = std::string(*r.value);
    for (const log::Header& h : r.headers) s.headers.emplace_back(h.name, h.value);
    all.push_back(std::move(s));
    return cli::Next::go_on;
  });
  EXPECT_TRUE(done) << done.error().what;
  return all;
}

std::string Shop::file(const std::string& name, const std::string& content) {
  const std::string path = folder_ + "/" + name;
  std::ofstream(path) << content;
  return path;
}

}  // namespace due::test::bad_input
