#include "stream/cli/publish.h"

#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <map>

#include "schemas/base/partitioner.h"
#include "schemas/codec/json_writer.h"
#include "stream/cli/feeds/account_risk.h"
#include "stream/cli/feeds/files/formats.h"
#include "stream/cli/feeds/generator.h"
#include "stream/cli/feeds/ndjson.h"
#include "stream/cli/topics/start.h"
#include "stream/cli/usage.h"
#include "stream/log/batch_bytes.h"

namespace due::cli {
namespace {

using Clock = std::chrono::steady_clock;

// Sends what feeds give; counts by topic and shows progress on a terminal.
class Sender {
 public:
  Sender(log::Log& log, const LogChoice& choice, const topology::Description& topology, std::unique_ptr<log::Publisher> publisher)
      : log_(log), choice_(choice), topology_(topology), publisher_(std::move(publisher)), terminal_(isatty(STDERR_FILENO) != 0) {}

  // `name` is for messages: where the records come from.
  Status send_all(Feed& feed, const std::string& name) {
    FeedRecord record;
    for (std::int64_t number = 1; feed.next(record); ++number) {
      if (Status sent = send(record); !sent)
        return Error{sent.error().remedy, name + ", record " + std::to_string(number) + ": " + sent.error().what};
      if (terminal_ && ++since_shown_ == 20'000) show();
    }
    if (feed.broken()) return *feed.broken();
    return Done{};
  }
  Status flush() {
    if (terminal_) std::fprintf(stderr, "\r\033[K");
    return publisher_->flush();
  }
  const std::map<std::string, std::int64_t>& counts() const { return counts_; }
  double seconds() const { return std::chrono::duration<double>(Clock::now() - began_).count(); }

 private:
  Status send(const FeedRecord& record) {
    const std::string& topic = topic_of(record.topic);
    const auto target = described(record.topic, topic);
    if (!target) return target.error();
    headers_.clear();
    for (const auto& [name, value] : record.headers) headers_.push_back({name, value});
    log::OutgoingRecord out;
    out.topic = topic;
    out.partition = record.key ? partition_of(*record.key, (*target)->partitions) : 0;  // without a key there is no right one
    out.key = record.key;
    out.value = record.value;
    out.headers = headers_;
    out.timestamp = record.timestamp ? *record.timestamp : log_.time().wall();
    if (Status fits = check_size(out, **target); !fits) return fits;
    ++counts_[record.topic];
    return publisher_->send(out);
  }
  // Before it is sent: a log that refuses one record refuses those beside it too, and does not say which one it was.
  static Status check_size(const log::OutgoingRecord& record, const log::TopicInfo& topic) {
    const std::int64_t bytes = log::batch_bytes(record.key, record.value, record.headers);
    if (bytes <= topic.message_bytes_max) return Done{};
    return Error{Remedy::quarantine_record,
                 "it takes " + std::to_string(bytes) + " bytes, and topic " + topic.name + " at most " +
                     std::to_string(topic.message_bytes_max) +
                     " (its max.message.bytes); make it smaller, or raise that, and that of dead-letters with it. What came before it is "
                     "sent, this and what comes behind it is not"};
  }
  const std::string& topic_of(const std::string& bare) {
    auto [at, fresh] = topics_.try_emplace(bare);
    if (fresh) at->second = choice_.prefix + bare;
    return at->second;
  }
  // Topics are made when there is a first record for one: a command that has nothing to send leaves no trace.
  Result<const log::TopicInfo*> described(const std::string& bare, const std::string& topic) {
    const auto known = infos_.find(topic);
    if (known != infos_.end()) return &known->second;
    if (Status created = topics::create_if_wanted(log_, choice_, topology_, bare); !created) return created.error();
    const std::string names[] = {topic};
    auto infos = log_.describe(names);
    if (!infos) return infos.error();
    if (infos->empty())
      return Error{Remedy::stop, "topic " + topic + " does not exist; create it: duestream topics create, or --create-topics"};
    if (!infos->front().writable)
      return Error{Remedy::stop, "this user may not write " + topic + "; duestream topics acls prints the commands that give the right"};
    return &(infos_[topic] = std::move(infos->front()));
  }
  void show() {
    since_shown_ = 0;
    std::int64_t all = 0;
    for (const auto& [topic, n] : counts_) all += n;
    std::fprintf(stderr, "\r  %lld records, %.0f/s", static_cast<long long>(all), static_cast<double>(all) / seconds());
    std::fflush(stderr);
  }

  log::Log& log_;
  const LogChoice& choice_;
  const topology::Description& topology_;
  std::unique_ptr<log::Publisher> publisher_;
  const bool terminal_;
  const Clock::time_point began_ = Clock::now();
  std::map<std::string, std::string> topics_;
  std::map<std::string, log::TopicInfo> infos_;
  std::map<std::string, std::int64_t> counts_;
  std::vector<log::Header> headers_;
  std::int64_t since_shown_ = 0;
};

void print(const Sender& sender, bool as_json) {
  std::int64_t all = 0;
  for (const auto& [topic, n] : sender.counts()) all += n;
  if (as_json) {
    std::string out;
    codec::JsonWriter json(out);
    json.begin_object().key("records").value(all);
    for (const auto& [topic, n] : sender.counts()) json.key(topic).value(n);
    json.key("seconds").raw(thousandths(sender.seconds())).end_object();
    std::printf("%s\n", out.c_str());
    return;
  }
  std::printf("  published %lld records in %.1f s:", static_cast<long long>(all), sender.seconds());
  for (const auto& [topic, n] : sender.counts()) std::printf(" %s %lld", topic.c_str(), static_cast<long long>(n));
  std::printf("\n");
}

Status send_file(Sender& sender, const std::string& format, const std::string& file) {
  if (const FileFormat* known = file_format(format)) {
    auto feed = open_file(*known, file);
    if (!feed) return feed.error();
    return sender.send_all(**feed, file);
  }
  if (file == "-") {
    NdjsonFeed feed(std::cin, "stdin");
    return sender.send_all(feed, "stdin");
  }
  std::ifstream in(file);
  if (!in) return Error{Remedy::stop, "file " + file + " cannot be read; check its path and rights"};
  NdjsonFeed feed(in, file);
  return sender.send_all(feed, file);
}

template <class Send>
int with_sender(const LogChoice& choice, bool json, Wire& wire, Send send) {
  auto log = wire.open_log(choice, Access::write);
  if (!log) return complain(log.error());
  auto publisher = (*log)->publisher();
  if (!publisher) return complain(publisher.error());
  Sender sender(**log, choice, wire.topology(), std::move(*publisher));
  const Status sent = send(sender);
  const Status flushed = sender.flush();  // what came before a bad record stands
  if (!sent) complain(sent.error());
  if (!flushed) complain(flushed.error());
  if (!sent || !flushed) return Exit::failed;
  print(sender, json);
  return Exit::ok;
}

// Their invoices are events of customers: there must be enough of both.
Status check_large_accounts(const GenerateArguments& a) {
  if (a.large_accounts > a.company.customers)
    return Error{Remedy::stop, "--large-accounts " + std::to_string(a.large_accounts) + ": allowed is at most --customers, " +
                                   std::to_string(a.company.customers)};
  if (a.items * a.large_accounts > a.events)
    return Error{Remedy::stop, "--large-accounts times --items is " + std::to_string(a.items * a.large_accounts) +
                                   " invoices: allowed is at most --events, " + std::to_string(a.events)};
  return Done{};
}

}  // namespace

int publish(const PublishArguments& a, Wire& wire) {
  return with_sender(a.log, a.json, wire, [&](Sender& sender) -> Status {
    for (const std::string& file : a.files)
      if (Status sent = send_file(sender, a.format, file); !sent) return sent;
    return Done{};
  });
}

int generate(const GenerateArguments& a, Wire& wire) {
  if (const Status possible = check_large_accounts(a); !possible) {
    complain(possible.error());
    return Exit::usage;
  }
  return with_sender(a.log, a.json, wire, [&](Sender& sender) -> Status {
    if (a.workload == "account-risk") {
      AccountRiskFeed feed({.phase = 0,
                            .customers = a.company.customers,
                            .count = a.events,
                            .preloaded = a.events,
                            .skew_thousandths = a.skew_thousandths,
                            .large_accounts = a.large_accounts,
                            .items = a.items});
      return sender.send_all(feed, a.workload);
    }
    GeneratorFeed feed(a.company);
    return sender.send_all(feed, a.workload);
  });
}

}  // namespace due::cli
