#include "state/memory/memory_rows.h"

#include <optional>
#include <utility>
#include <vector>

namespace due::state {
namespace {

class Changes final : public RowBatch {
 public:
  void put(std::string_view key, std::string_view value) override { add(key, std::string(value)); }
  void erase(std::string_view key) override { add(key, std::nullopt); }
  std::size_t bytes() const override { return bytes_; }
  std::vector<std::pair<std::string, std::optional<std::string>>> all;

 private:
  void add(std::string_view key, std::optional<std::string> value) {
    bytes_ += key.size() + (value ? value->size() : 0);
    all.emplace_back(std::string(key), std::move(value));
  }
  std::size_t bytes_ = 0;
};

}  // namespace

bool MemoryRows::get(std::string_view key, std::string& value) {
  const std::lock_guard lock(mutex_);
  const auto found = rows_.find(key);
  if (found == rows_.end()) return false;
  value = found->second;
  return true;
}

void MemoryRows::scan(std::string_view prefix, const std::function<void(std::string_view, std::string_view)>& row) {
  const std::lock_guard lock(mutex_);
  for (auto at = rows_.lower_bound(prefix); at != rows_.end() && at->first.starts_with(prefix); ++at) row(at->first, at->second);
}

std::unique_ptr<RowBatch> MemoryRows::batch() { return std::make_unique<Changes>(); }

void MemoryRows::write(RowBatch& batch) {
  const std::lock_guard lock(mutex_);
  for (auto& [key, value] : static_cast<Changes&>(batch).all) {
    if (value) {
      rows_.insert_or_assign(key, *value);
    } else {
      rows_.erase(key);
    }
  }
}

}  // namespace due::state
