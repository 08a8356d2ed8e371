#include "stream/cli/topic_reader.h"

#include <algorithm>

namespace due::cli {

Status scan_topic(log::Log& log, const TopicScan& scan, const std::function<Next(std::int32_t, const log::Record&)>& each,
                  const std::function<bool()>& interrupted) {
  const std::string names[] = {scan.topic};
  auto infos = log.describe(names);
  if (!infos) return infos.error();
  if (infos->empty()) return Error{Remedy::stop, "topic " + scan.topic + " does not exist; check --log and --prefix"};
  auto reader = log.reader(log::Isolation::read_committed);
  if (!reader) return reader.error();
  std::vector<log::Assignment> assignments;
  std::vector<std::int64_t> next, end;
  for (std::int32_t p = 0; p < infos->front().partitions; ++p) {
    auto bounds = log.bounds({scan.topic, p}, log::Isolation::read_committed);
    if (!bounds) return bounds.error();
    const log::Offset from = scan.from_beginning ? bounds->start : bounds->end;
    assignments.push_back({{scan.topic, p}, from, {static_cast<std::uint32_t>(p)}});
    next.push_back(from.value);
    end.push_back(bounds->end.value);
  }
  if (Status added = (*reader)->add(assignments); !added) return added;
  const auto behind = [&] {
    for (std::size_t p = 0; p < next.size(); ++p)
      if (next[p] < end[p]) return true;
    return false;
  };
  while (!interrupted() && (!scan.until_end || behind())) {
    auto batch = (*reader)->poll(10'000, log::Duration(100));
    if (!batch) return batch.error();
    for (const log::Record& r : (*batch)->records()) {
      const std::uint32_t p = r.input.value;
      next[p] = r.offset.next().value;
      if (each(static_cast<std::int32_t>(p), r) == Next::stop) return Done{};
    }
    for (const log::Progress& p : (*batch)->progress()) next[p.input.value] = std::max(next[p.input.value], p.next.value);
  }
  return Done{};
}

}  // namespace due::cli
