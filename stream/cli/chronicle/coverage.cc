#include "stream/cli/chronicle/coverage.h"

#include <algorithm>
#include <utility>

#include "schemas/codec/output/output_mark.h"

namespace due::cli {
namespace {

constexpr std::size_t findings_max = 100;

std::string name_of(const log::TopicPartition& p) { return p.topic + "/" + std::to_string(p.partition); }

}  // namespace

Coverage::Coverage(Options options, const std::vector<Chain>& chains) : options_(std::move(options)) {
  for (const Chain& chain : chains) {
    chained_[chain.task()] = true;
    for (const auto& [place, next] : chain.covered())
      places_[{chain.task(), {chain.genesis()->outputs[place.first].topic, place.second}}].covered = next;
  }
}

// Where much is wrong, the first ones say what.
void Coverage::found(std::string what) {
  if (findings_.size() < findings_max) findings_.push_back(std::move(what));
}

void Coverage::add(const log::TopicPartition& partition, const log::Record& record, Age age) {
  const auto mark = OutputMark::of(record.headers);
  const std::string where = name_of(partition) + ", offset " + std::to_string(record.offset.value);
  if (!mark || !options_.is_task(mark->task)) {
    found(where + ": no task of this application wrote it");
    return;
  }
  if (!chained_.contains(mark->task)) return;
  Place& place = places_[{std::string(mark->task), partition}];
  const std::string which = where + ": number " + std::to_string(mark->seq) + " of task " + std::string(mark->task);
  if (mark->seq >= place.covered) {
    if (age == Age::surely_covered) found(which + ", which no record of its chronicle covers");
    return;
  }
  if (!std::exchange(place.begun, true))
    if (const auto start = starts_.find(partition); start != starts_.end() && start->second > 0) place.first = place.next = mark->seq;
  ++seen_;
  if (mark->seq < place.next) found(which + " a second time, or out of order");
  if (mark->seq > place.next)
    found(which + ", and before it " + std::to_string(mark->seq - place.next) + " from " + std::to_string(place.next) +
          " on are missing");
  place.next = std::max(place.next, mark->seq + 1);
}

bool Coverage::whole() const {
  return std::all_of(places_.begin(), places_.end(), [](const auto& p) { return p.second.next >= p.second.covered; });
}

std::int64_t Coverage::gone() const {
  std::int64_t n = 0;
  for (const auto& [key, place] : places_) n += place.first - 1;
  return n;
}

void Coverage::finish() {
  for (auto& [key, place] : places_) {
    if (place.next >= place.covered) continue;
    const auto start = starts_.find(key.second);
    if (!place.begun && start != starts_.end() && start->second > 0) {
      place.first = place.next = place.covered;
      continue;
    }
    found(name_of(key.second) + ": numbers " + std::to_string(place.next) + " to " + std::to_string(place.covered - 1) +
                        " of task " + key.first + " are missing; its chronicle covers them");
  }
}

}  // namespace due::cli
