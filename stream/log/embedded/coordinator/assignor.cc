#include "stream/log/embedded/coordinator/assignor.h"

#include <iterator>

namespace due::log::embedded::coordinator {
namespace {

using Members = std::map<std::string, Subscriber>;

// The member with the fewest partitions among those that may have this one; null: nobody may.
std::set<TopicPartition>* poorest(const Members& members, Assignments& given, const TopicPartition& partition) {
  std::set<TopicPartition>* found = nullptr;
  for (const auto& [id, member] : members) {
    std::set<TopicPartition>& has = given[id];
    if (member.eligible.contains(partition) && (found == nullptr || has.size() < found->size())) found = &has;
  }
  return found;
}

// Moves one partition from a richer to a poorer member, where that makes them more equal.
bool level(const Members& members, Assignments& given) {
  for (auto& [id, has] : given) {
    for (auto last = has.rbegin(); last != has.rend(); ++last) {
      std::set<TopicPartition>* heir = poorest(members, given, *last);
      if (heir == nullptr || heir->size() + 1 >= has.size()) continue;
      heir->insert(*last);
      has.erase(std::next(last).base());
      return true;
    }
  }
  return false;
}

}  // namespace

Assignments assign(const Members& members) {
  Assignments given;
  std::set<TopicPartition> all, taken;
  for (const auto& [id, member] : members) {
    all.insert(member.eligible.begin(), member.eligible.end());
    std::set<TopicPartition>& has = given[id];
    for (const TopicPartition& p : member.present) {
      if (member.eligible.contains(p) && taken.insert(p).second) has.insert(p);
    }
  }
  for (const TopicPartition& p : all) {
    if (!taken.contains(p)) poorest(members, given, p)->insert(p);
  }
  while (level(members, given)) {
  }
  return given;
}

}  // namespace due::log::embedded::coordinator
