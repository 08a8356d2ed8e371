#include "stream/cli/topic_reader.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace due::cli {
namespace {

constexpr std::int64_t first_window = 512;  // offsets; doubled until enough was found

KeptRecord kept(std::int32_t partition, const log::Record& r) {
  KeptRecord k{partition, r.offset, r.timestamp, std::nullopt, std::nullopt, {}};
  if (r.key) k.key = std::string(*r.key);
  if (r.value) k.value = std::string(*r.value);
  for (const log::Header& h : r.headers) k.headers.emplace_back(h.name, h.value);
  return k;
}

}  // namespace

log::Record KeptRecord::view(std::vector<log::Header>& into) const {
  into.clear();
  for (const auto& [name, content] : headers) into.push_back({name, content});
  log::Record r;
  r.offset = offset;
  r.timestamp = timestamp;
  r.key = key;
  r.value = value;
  r.headers = into;
  return r;
}

Result<std::vector<Stretch>> whole_topic(log::Log& log, const std::string& topic) {
  const std::string names[] = {topic};
  auto infos = log.describe(names);
  if (!infos) return infos.error();
  if (infos->empty()) return Error{Remedy::stop, "topic " + topic + " does not exist; check --log and --prefix"};
  std::vector<Stretch> all;
  for (std::int32_t p = 0; p < infos->front().partitions; ++p) {
    auto bounds = log.bounds({topic, p}, log::Isolation::read_committed);
    if (!bounds) return bounds.error();
    all.push_back({p, bounds->start.value, bounds->end.value});
  }
  return all;
}

Status scan(log::Log& log, const std::string& topic, std::span<const Stretch> stretches, const EachRecord& each,
            const std::function<Next()>& between) {
  auto reader = log.reader(log::Isolation::read_committed);
  if (!reader) return reader.error();
  std::vector<log::Assignment> assignments;
  std::vector<std::int64_t> next;
  for (std::size_t i = 0; i < stretches.size(); ++i) {
    const Stretch& s = stretches[i];
    next.push_back(s.from);
    if (!s.to || s.from < *s.to) assignments.push_back({{topic, s.partition}, {s.from}, {static_cast<std::uint32_t>(i)}});
  }
  if (Status added = (*reader)->add(assignments); !added) return added;
  const auto behind = [&] {
    for (std::size_t i = 0; i < stretches.size(); ++i)
      if (!stretches[i].to || next[i] < *stretches[i].to) return true;
    return false;
  };
  while (between() == Next::go_on && behind()) {
    auto batch = (*reader)->poll(10'000, log::Duration(100));
    if (!batch) return batch.error();
    for (const log::Record& r : (*batch)->records()) {
      const Stretch& s = stretches[r.input.value];
      next[r.input.value] = r.offset.next().value;
      if (s.to && r.offset.value >= *s.to) continue;
      if (each(s.partition, r) == Next::stop) return Done{};
    }
    for (const log::Progress& p : (*batch)->progress()) next[p.input.value] = std::max(next[p.input.value], p.next.value);
  }
  return Done{};
}

Status scan(log::Log& log, const std::string& topic, const EachRecord& each) {
  auto whole = whole_topic(log, topic);
  if (!whole) return whole.error();
  return scan(log, topic, *whole, each, [] { return Next::go_on; });
}

Result<Reached> scan_back(log::Log& log, const std::string& topic, const Stretch& stretch, std::int64_t look_back_max,
                          const EachRecord& each, const std::function<Next()>& enough) {
  std::int64_t to = stretch.to.value_or(stretch.from);
  const std::int64_t stop = std::max(stretch.from, to - std::min(look_back_max, to));
  for (std::int64_t window = first_window; to > stop; window *= 2) {
    const Stretch part{stretch.partition, std::max(stop, to - window), to};
    if (Status read = scan(log, topic, {&part, 1}, each, [] { return Next::go_on; }); !read) return read.error();
    to = part.from;
    if (enough() == Next::stop) break;
  }
  return to <= stretch.from ? Reached::beginning : Reached::somewhere;
}

Result<Found> newest(log::Log& log, const Newest& wanted, const std::function<bool(const log::Record&)>& matches) {
  Found found;
  for (const Stretch& s : wanted.stretches) {
    std::vector<KeptRecord> mine, window;
    const auto reached = scan_back(
        log, wanted.topic, s, wanted.look_back_max,
        [&](std::int32_t partition, const log::Record& r) {
          if (matches(r)) window.push_back(kept(partition, r));
          return Next::go_on;
        },
        [&] {
          window.insert(window.end(), std::make_move_iterator(mine.begin()), std::make_move_iterator(mine.end()));
          mine = std::exchange(window, {});
          return mine.size() >= wanted.count ? Next::stop : Next::go_on;
        });
    if (!reached) return reached.error();
    found.all = found.all && (mine.size() >= wanted.count || *reached == Reached::beginning);
    found.records.insert(found.records.end(), std::make_move_iterator(mine.begin()), std::make_move_iterator(mine.end()));
  }
  std::stable_sort(found.records.begin(), found.records.end(),
                   [](const KeptRecord& a, const KeptRecord& b) { return a.timestamp < b.timestamp; });
  if (found.records.size() > wanted.count)
    found.records.erase(found.records.begin(), found.records.end() - static_cast<std::ptrdiff_t>(wanted.count));
  return found;
}

}  // namespace due::cli
