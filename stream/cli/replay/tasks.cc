#include "stream/cli/replay/tasks.h"

#include <algorithm>

namespace due::cli {
namespace {

Result<std::vector<TaskPlace>> all_places(log::Log& log, const topology::Description& topology, const std::string& prefix) {
  std::vector<TaskPlace> all;
  for (const topology::Subtopology& s : topology.subtopologies) {
    const std::string names[] = {prefix + s.inputs.front()};
    auto infos = log.describe(names);
    if (!infos) return infos.error();
    if (infos->empty()) return Error{Remedy::stop, "topic " + names[0] + " does not exist; check --log and --prefix"};
    const std::int32_t partitions = infos->front().partitions;
    for (std::int32_t p = 0; p < partitions; ++p)
      all.push_back({s.name + "-" + std::to_string(p), {names[0], p}, {prefix + s.chronicle, p}, static_cast<std::size_t>(partitions)});
  }
  return all;
}

}  // namespace

Result<std::vector<TaskPlace>> task_places(log::Log& log, const topology::Description& topology, const std::string& prefix,
                                           const std::vector<std::string>& names) {
  auto all = all_places(log, topology, prefix);
  if (!all || names.empty()) return all;
  std::vector<TaskPlace> chosen;
  for (const std::string& name : names) {
    const auto found = std::find_if(all->begin(), all->end(), [&](const TaskPlace& t) { return t.name == name; });
    if (found == all->end()) {
      std::string known;
      for (const TaskPlace& t : *all) known += (known.empty() ? "" : ", ") + t.name;
      return Error{Remedy::stop, "--task " + name + ": there is no such task; there are " + known};
    }
    chosen.push_back(*found);
  }
  return chosen;
}

runtime::WorkerOptions options_beside(const AppChoice& app, const LogChoice& log, const topology::LogicOptions& logic, Wire& wire,
                                      const std::string& verb) {
  runtime::WorkerOptions o;
  o.app = app.name;
  o.instance = app.name + "-" + verb;
  o.topic_prefix = log.prefix;
  o.topology = &wire.topology();
  o.logic = logic;
  o.logic_version = wire.logic_version(logic);
  return o;
}

}  // namespace due::cli
