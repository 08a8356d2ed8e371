#include "tests/simulator/client/disk.h"

#include "schemas/base/bytes.h"
#include "schemas/base/hash.h"

namespace due::sim {
namespace {

constexpr std::string_view meta_key = "M";

std::uint64_t check_of(std::string_view key, std::string_view value) { return hash64(value) ^ mixed(hash64(key)); }

class DiskRows final : public state::RowStore {
 public:
  DiskRows(Node& node, std::shared_ptr<Disk> disk) : node_(node), disk_(std::move(disk)) {}

  bool get(std::string_view key, std::string& value) override {
    node_.pass(static_cast<Micros>(node_.dice.below(20)));
    return disk_->get(key, value);
  }
  void scan(std::string_view prefix, const std::function<void(std::string_view, std::string_view)>& row) override {
    node_.pass(node_.dice.between(10, 100));
    disk_->scan(prefix, row);
  }
  void write(const state::RowBatch& batch) override {
    work();
    disk_->write(batch);
    node_.tell("wrote " + std::to_string(batch.bytes()) + " bytes of rows");
    node_.reach("disk.batch-written");
  }
  void flush() override {
    const std::uint64_t until = disk_->written();
    work();
    disk_->synced(until);
    node_.reach("disk.batch-flushed");
  }

 private:
  void work() {
    Micros time = node_.dice.spread(100, 10 * millis);
    if (node_.world.on(Fault::slow_disk) && node_.dice.chance(0.3)) time += node_.dice.spread(100 * millis, 5 * seconds);
    node_.pass(time);
    if (node_.world.on(Fault::full_disk) && node_.dice.chance(0.05)) throw state::StoreFailure("disk: no space left");
  }
  Node& node_;
  std::shared_ptr<Disk> disk_;
};

}  // namespace

bool Disk::get(std::string_view key, std::string& value) const {
  const auto found = rows_.find(key);
  if (found == rows_.end()) return false;
  if (found->second.check != check_of(key, found->second.value)) throw state::StoreFailure("disk: checksum mismatch in a row");
  value = found->second.value;
  return true;
}

void Disk::scan(std::string_view prefix, const std::function<void(std::string_view, std::string_view)>& row) const {
  for (auto at = rows_.lower_bound(prefix); at != rows_.end() && at->first.starts_with(prefix); ++at) {
    if (at->second.check != check_of(at->first, at->second.value)) throw state::StoreFailure("disk: checksum mismatch in a row");
    row(at->first, at->second.value);
  }
}

void Disk::put(const std::string& key, std::string value) {
  const std::uint64_t check = check_of(key, value);
  rows_.insert_or_assign(key, Row{std::move(value), check});
}

void Disk::write(const state::RowBatch& batch) {
  std::vector<Undo>& undo = unsynced_.emplace_back();
  for (const state::RowBatch::Row& row : batch.rows()) {
    const auto found = rows_.find(row.key());
    undo.push_back({std::string(row.key()), found == rows_.end() ? std::nullopt : std::optional(found->second)});
    if (!row.erased) {
      put(std::string(row.key()), std::string(row.value()));
    } else if (found != rows_.end()) {
      rows_.erase(found);
    }
  }
  ++written_;
}

void Disk::synced(std::uint64_t until) {
  while (!unsynced_.empty() && written_ - unsynced_.size() < until) unsynced_.pop_front();
}

void Disk::crash(Dice& dice, bool torn) {
  const std::size_t survive = dice.below(unsynced_.size() + 1);
  while (unsynced_.size() > survive) {
    std::vector<Undo>& last = unsynced_.back();
    const bool half = torn && unsynced_.size() == survive + 1 && last.size() > 1;
    const std::size_t keep = half ? 1 + dice.below(last.size() - 1) : 0;
    for (std::size_t i = last.size(); i > keep; --i) {
      Undo& u = last[i - 1];
      if (u.before) {
        rows_.insert_or_assign(u.key, std::move(*u.before));
      } else {
        rows_.erase(u.key);
      }
    }
    torn_ = torn_ || half;
    unsynced_.pop_back();
  }
  unsynced_.clear();
}

bool Disk::flip_bit(Dice& dice) {
  if (rows_.empty()) return false;
  auto at = rows_.begin();
  std::advance(at, static_cast<std::ptrdiff_t>(dice.below(rows_.size())));
  if (at->second.value.empty()) return false;
  char& byte = at->second.value[dice.below(at->second.value.size())];
  byte = static_cast<char>(byte ^ (1 << dice.below(8)));
  return true;
}

std::int64_t Disk::batch_of(const Row& meta) {
  ByteReader r(meta.value);
  r.byte();
  return r.zigzag();
}

std::int64_t Disk::newest_batch() const {
  const auto meta = rows_.find(meta_key);
  const bool readable = meta != rows_.end() && meta->second.check == check_of(meta->first, meta->second.value);
  return readable ? batch_of(meta->second) : -1;  // of a damaged one nobody reads a number
}

std::int64_t Disk::durable_batch() const {
  for (const std::vector<Undo>& batch : unsynced_)
    for (const Undo& u : batch)
      if (u.key == meta_key) return u.before ? batch_of(*u.before) : -1;
  return newest_batch();
}

std::vector<std::string> Disk::values(char kind) const {
  std::vector<std::string> all;
  const std::string prefix(1, kind);
  for (auto at = rows_.lower_bound(prefix); at != rows_.end() && at->first.starts_with(prefix); ++at)
    if (at->second.check == check_of(at->first, at->second.value)) all.push_back(at->second.value);
  return all;
}

std::string Disk::difference(const Disk& other) const {
  auto mine = rows_.begin(), theirs = other.rows_.begin();
  while (mine != rows_.end() || theirs != other.rows_.end()) {
    if (mine != rows_.end() && mine->first == meta_key) ++mine;
    if (theirs != other.rows_.end() && theirs->first == meta_key) ++theirs;
    const bool mine_alone = theirs == other.rows_.end() || (mine != rows_.end() && mine->first < theirs->first);
    const bool theirs_alone = mine == rows_.end() || (theirs != other.rows_.end() && theirs->first < mine->first);
    if (mine == rows_.end() && theirs == other.rows_.end()) break;
    if (mine_alone) return "row " + mine->first + " is missing there";
    if (theirs_alone) return "row " + theirs->first + " is missing here";
    const bool damaged = mine->second.check != check_of(mine->first, mine->second.value);  // whoever reads it will see
    if (!damaged && mine->second.value != theirs->second.value) return "row " + mine->first + " differs";
    ++mine;
    ++theirs;
  }
  return {};
}

Result<std::unique_ptr<state::RowStore>> open_disk(Node& node, std::shared_ptr<Disk> disk) {
  node.pass(node.dice.spread(millis, 50 * millis));
  if (disk->damaged()) return Error{Remedy::stop, "disk: checksum mismatch in a batch of which only a part is there"};
  return std::unique_ptr<state::RowStore>(std::make_unique<DiskRows>(node, std::move(disk)));
}

}  // namespace due::sim
