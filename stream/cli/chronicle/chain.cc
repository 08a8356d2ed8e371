#include "stream/cli/chronicle/chain.h"

#include <algorithm>

namespace due::cli {
namespace {

std::string number(std::int64_t n) { return std::to_string(n); }

}  // namespace

std::int64_t Chain::outputs() const {
  std::int64_t n = 0;
  for (const auto& [place, next] : covered_) n += next - 1;
  return n;
}

std::optional<std::string> Chain::add(const log::Record& record) {
  const std::string_view bytes = record.value.value_or("");
  const auto decoded = runtime::decode_chronicle(bytes);
  if (!decoded) return decoded.error().what;
  const runtime::ChronicleRecord& c = *decoded;
  if (record.key != task_) return "its key is " + std::string(record.key.value_or("(null)")) + ", not the task's name";
  if (auto broken = continues(c)) return broken;
  if (c.genesis) {
    genesis_ = c.genesis;
    for (const runtime::InputOrigin& i : genesis_->inputs) positions_.push_back(i.start);
    taken_ = positions_;
  }
  if (auto back = moves_on(c)) return back;
  if (auto wrong = cover(c)) return wrong;
  last_ = {c.seq, hash128(bytes), false};
  last_offset_ = record.offset.value;
  time_ = c.time;
  for (std::size_t i = 0; i < positions_.size(); ++i) positions_[i] = std::max(positions_[i], c.positions[i]);
  for (const runtime::Run& run : c.runs)
    if (run.input != runtime::Run::tick) taken_[run.input] = run.last + 1;
  return std::nullopt;
}

std::optional<std::string> Chain::continues(const runtime::ChronicleRecord& c) const {
  if (c.seq > last_.seq + 1)
    return last_.seq < 0 ? "the chain begins with it, and record 0 is gone"
                         : "record " + number(last_.seq + 1) + " is missing before it: a gap";
  if (c.seq <= last_.seq) return "record " + number(c.seq) + " was there already, the chain stands at " + number(last_.seq) + ": a fork";
  if (c.previous != last_.hash)
    return "it continues a record with hash " + c.previous.hex() + ", the one before it has " + last_.hash.hex() +
           ": a fork, or one of both was changed";
  if (c.genesis.has_value() != (c.seq == 0)) return c.genesis ? "it holds a genesis, which only record 0 may" : "it holds no genesis";
  if (c.genesis && c.genesis->task != task_) return "its genesis is of task " + c.genesis->task;
  if (c.time < time_) return "its task time " + format(c.time) + " is before that of the record before, " + format(time_);
  if (c.digest && c.digest->seq >= c.seq) return "it announces a digest of the state behind record " + number(c.digest->seq);
  return std::nullopt;
}

// No record is taken that a position had passed, and no position lies before a record that was taken.
std::optional<std::string> Chain::moves_on(const runtime::ChronicleRecord& c) const {
  if (c.positions.size() != positions_.size())
    return "it has positions of " + number(static_cast<std::int64_t>(c.positions.size())) + " inputs, its genesis names " +
           number(static_cast<std::int64_t>(positions_.size()));
  std::vector<std::int64_t> at = positions_, taken = taken_;
  for (const runtime::Run& run : c.runs) {
    if (run.input == runtime::Run::tick) continue;
    const std::string& topic = genesis_->inputs[run.input].topic;
    if (run.first < at[run.input])
      return "it takes " + topic + " from offset " + number(run.first) + ", which stood at " + number(at[run.input]) + " already";
    at[run.input] = taken[run.input] = run.last + 1;
  }
  for (std::size_t i = 0; i < taken.size(); ++i)
    if (c.positions[i] < taken[i])
      return "it leaves " + genesis_->inputs[i].topic + " at offset " + number(c.positions[i]) + ", before " + number(taken[i]) +
             ", up to where records were taken";
  return std::nullopt;
}

std::optional<std::string> Chain::cover(const runtime::ChronicleRecord& c) {
  for (const runtime::OutputRange& o : c.outputs) {
    if (o.topic >= genesis_->outputs.size()) return "it names output " + number(o.topic) + ", which its genesis does not have";
    const runtime::OutputTarget& target = genesis_->outputs[o.topic];
    const std::string place = target.topic + "/" + number(o.partition);
    if (o.partition < 0 || o.partition >= target.partitions || o.count < 1) return "it covers nothing that can be, in " + place;
    std::int64_t& next = covered_.try_emplace({o.topic, o.partition}, 1).first->second;
    if (o.first != next)
      return "it covers outputs of " + place + " from number " + number(o.first) + " on, the records before it up to " + number(next - 1);
    next += o.count;
  }
  return std::nullopt;
}

}  // namespace due::cli
