#include "stream/runtime/reading/topic_watch.h"

#include <algorithm>

namespace due::runtime {
namespace {

constexpr std::chrono::microseconds look_every{5'000'000};

}  // namespace

void TopicWatch::expect(std::span<const InputOrigin> inputs) {
  for (const InputOrigin& i : inputs) ids_[i.topic] = i.id;
}

Status TopicWatch::look() {
  if (answered_) {
    lane_->wait();
    answered_ = asking_ = false;
    if (Status same = judge(); !same) return same;
  }
  const auto at = log_.time().monotonic();
  if (asking_ || ids_.empty() || at - last_ < look_every) return Done{};
  last_ = at;
  asking_ = true;
  asked_.clear();
  for (const auto& [topic, id] : ids_) asked_.push_back(topic);
  lane_->start([this] {
    answer_.emplace(log_.describe(asked_));
    answered_ = true;
  });
  return Done{};
}

Status TopicWatch::judge() const {
  if (!*answer_) return Done{};
  for (const std::string& topic : asked_) {
    const auto found = std::find_if((*answer_)->begin(), (*answer_)->end(), [&](const log::TopicInfo& i) { return i.name == topic; });
    if (found != (*answer_)->end() && found->id == ids_.at(topic)) continue;
    const bool gone = found == (*answer_)->end();
    return Error{Remedy::stop, "topic " + topic + " was deleted " + (gone ? "" : "and created again ") +
                                   "while it was read: restore it, or use a new application name and state directory"};
  }
  return Done{};
}

}  // namespace due::runtime
