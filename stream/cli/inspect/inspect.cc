#include "stream/cli/inspect/inspect.h"

#include <cstdio>

#include "schemas/base/partitioner.h"
#include "schemas/codec/output/output_mark.h"
#include "stream/cli/inspect/moment.h"
#include "stream/cli/inspect/near.h"
#include "stream/cli/inspect/page.h"
#include "stream/cli/replay/scratch.h"
#include "stream/cli/replay/tasks.h"
#include "stream/cli/topic_reader.h"
#include "stream/runtime/look/look.h"

namespace due::cli {
namespace {

// Looks at the tasks of one application, each at most once.
class Looks {
 public:
  using OpenRows = decltype(runtime::WorkerOptions::open_rows);

  Looks(const InspectArguments& a, Wire& wire, log::Log& log, OpenRows open_rows, std::int32_t partitions)
      : log_(log),
        account_(wire.topology().subtopologies.front()),
        partitions_(partitions),
        options_(options_beside(a.app, a.log, a.logic, wire, "inspect")) {
    options_.cache_bytes_max = a.cache_bytes * static_cast<std::size_t>(partitions);  // one task is looked at, not all of them
    options_.open_rows = std::move(open_rows);
  }
  const runtime::WorkerOptions& options() const { return options_; }

  Result<runtime::Look> at_home_of(const std::string& customer, const std::optional<runtime::Moment>& moment) {
    const log::TopicPartition spine{options_.topic_prefix + account_.inputs.front(), partition_of(customer, partitions_)};
    return moment ? runtime::look_at(log_, options_, spine, *moment) : runtime::look_at(log_, options_, spine);
  }
  std::string task_of(const std::string& customer) const {
    return account_.name + "-" + std::to_string(partition_of(customer, partitions_));
  }
  // By what is on disk alone: good enough to guess what was meant.
  bool known(const std::string& customer) {
    const std::int32_t p = partition_of(customer, partitions_);
    auto [at, fresh] = on_disk_.try_emplace(p);
    if (fresh)
      if (auto rows = options_.open_rows(account_.name + "-" + std::to_string(p)); rows) at->second = std::move(*rows);
    std::string value;
    return at->second && at->second->get(topology::Owner(customer).account().view(), value);
  }

 private:
  log::Log& log_;
  const topology::Subtopology& account_;
  std::int32_t partitions_;
  runtime::WorkerOptions options_;
  std::map<std::int32_t, std::unique_ptr<state::RowStore>> on_disk_;
};

Result<std::int32_t> partitions_of(log::Log& log, const std::string& topic) {
  const std::string names[] = {topic};
  auto infos = log.describe(names);
  if (!infos) return infos.error();
  if (infos->empty()) return Error{Remedy::stop, "topic " + topic + " does not exist; check --log and --prefix"};
  return infos->front().partitions;
}

// The number of the task's next decision in a partition: what lies behind was decided later.
std::int64_t next_decision(runtime::Task& task, const std::string& topic, std::int32_t partition) {
  for (std::size_t i = 0; i < task.outputs().size(); ++i)
    if (task.outputs()[i].topic == topic) return task.machine().state().next_seq[i][static_cast<std::size_t>(partition)];
  return 1;
}

Status add_decisions(log::Log& log, const InspectArguments& a, runtime::Task& task, InspectPage& page) {
  const std::string topic = a.log.prefix + "decisions";
  auto partitions = partitions_of(log, topic);
  if (!partitions) return partitions.error();
  const std::int32_t p = partition_of(a.customer, *partitions);
  auto bounds = log.bounds({topic, p}, log::Isolation::read_committed);
  if (!bounds) return bounds.error();
  const Newest wanted{topic, {{p, bounds->start.value, bounds->end.value}}, a.decisions, a.look_back};
  const std::int64_t later = a.as_of.empty() ? INT64_MAX : next_decision(task, topic, p);
  auto found = newest(log, wanted, [&](const log::Record& r) {
    if (r.key != a.customer) return false;
    const auto mark = OutputMark::of(r.headers);
    return !mark || mark->seq < later;
  });
  if (!found) return found.error();
  page.decisions_complete = found->all;
  for (KeptRecord& k : found->records)
    if (auto d = codec::read_decision(k.value.value_or("")))
      page.decisions.push_back({std::to_string(p) + "/" + std::to_string(k.offset.value), std::move(*d), std::move(*k.value)});
  return Done{};
}

int unknown(const InspectArguments& a, Looks& looks, const std::string& task) {
  const auto near = near_id(a.customer, [&looks](const std::string& other) { return looks.known(other); });
  return complain({Remedy::stop, "nothing is remembered of customer " + a.customer + " (task " + task + ")" +
                                     (near ? "; there is one by the id " + *near : "; check the id, --log, --prefix and --app")});
}

Status add_names(log::Log& log, const InspectArguments& a, const runtime::WorkerOptions& o, const runtime::Task& task, InspectPage& page) {
  NameSearch search;
  search.customer = a.customer;
  for (const char* t : {"invoices", "payments"}) search.topics.push_back(o.topic_prefix + t);  // the others name no document
  search.partition = task.partition();
  search.wanted = documents_of(page.customer, a.json ? SIZE_MAX : a.rows_max);
  search.look_back_max = a.look_back;
  auto names = find_names(log, search);
  if (!names) return names.error();
  set_names(page.customer, *names);
  return Done{};
}

Result<InspectOptions> options_of(const InspectArguments& a, runtime::Task& task, const runtime::WorkerOptions& o) {
  InspectOptions options;
  if (!a.day.empty()) {
    options.day = parse_date(a.day);
    if (!options.day) return Error{Remedy::stop, "--day " + a.day + " is not a date; allowed is YYYY-MM-DD"};
  }
  options.task_day = date_of(task.machine().now().time);
  options.logic = a.logic;
  for (const std::string& t : o.topology->subtopologies.front().inputs) options.input_topics.push_back(o.topic_prefix + t);
  return options;
}

int show(const InspectArguments& a, log::Log& log, Looks& looks, const std::optional<runtime::Moment>& moment) {
  auto look = looks.at_home_of(a.customer, moment);
  if (!look) return complain(look.error());
  runtime::Task& task = *look->task;
  auto options = options_of(a, task, looks.options());
  if (!options) return complain(options.error());
  auto customer = customer_view(a.customer, task.rows(), *options);
  if (!customer) return unknown(a, looks, task.name());
  InspectPage page;
  page.customer = std::move(*customer);
  page.as_of = {task.name(), task.last().seq, task.machine().now().time, look->steps_folded, looks.options().logic_version, a.as_of};
  page.rows_max = a.rows_max;
  if (Status added = add_decisions(log, a, task, page); !added) return complain(added.error());
  if (Status added = add_names(log, a, looks.options(), task, page); !added) return complain(added.error());
  const std::string text = a.json ? as_json(page) : as_text(page, colours_of(stdout));
  std::fwrite(text.data(), 1, text.size(), stdout);
  return Exit::ok;
}

int as_of_now(const InspectArguments& a, Wire& wire, log::Log& log, std::int32_t partitions) {
  const auto rows = wire.view_state(a.state_directory, a.cache_bytes / 2);
  Looks looks(a, wire, log, [&rows](const std::string& task) { return rows->open(task); }, partitions);
  return show(a, log, looks, std::nullopt);
}

// The past cannot be had from the state: it is folded, from the beginning or from a checkpoint that lies before.
int as_of_then(const InspectArguments& a, Wire& wire, log::Log& log, std::int32_t partitions, const runtime::Moment& moment) {
  auto cluster = log.cluster();
  if (!cluster) return complain(cluster.error());
  auto scratch = Scratch::open(wire, {"", false, a.cache_bytes / 2, {*cluster, a.app.name, a.log.prefix}});
  if (!scratch) return complain(scratch.error());
  Looks looks(a, wire, log, [&scratch](const std::string& task) { return scratch->rows(task); }, partitions);
  if (moment.batch && !a.checkpoints.to.empty())  // none that fits: then from the beginning
    (void)scratch->begin_with_checkpoint(a.checkpoints.to, looks.task_of(a.customer), moment.batch);
  return show(a, log, looks, moment);
}

}  // namespace

int inspect(const InspectArguments& a, Wire& wire) {
  const auto moment = parse_moment(a.as_of);
  if (!a.as_of.empty() && !moment)
    return complain({"--as-of " + a.as_of + ": allowed is a batch of the chronicle (120), or TOPIC:PARTITION:OFFSET of an input without " +
                     "prefix (invoices:2:4711)"});
  auto log = wire.open_log(a.log, Access::read);
  if (!log) return complain(log.error());
  auto partitions = partitions_of(**log, a.log.prefix + wire.topology().subtopologies.front().inputs.front());
  if (!partitions) return complain(partitions.error());
  try {
    return moment ? as_of_then(a, wire, **log, *partitions, *moment) : as_of_now(a, wire, **log, *partitions);
  } catch (const std::runtime_error& failure) {
    return complain({Remedy::stop, failure.what()});
  }
}

}  // namespace due::cli
