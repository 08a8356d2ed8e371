#include "state/memory/memory_rows.h"

namespace due::state {

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

void MemoryRows::write(const RowBatch& batch) {
  const std::lock_guard lock(mutex_);
  for (const RowBatch::Row& row : batch.rows()) {
    if (row.erased) {
      if (const auto found = rows_.find(row.key()); found != rows_.end()) rows_.erase(found);
    } else {
      rows_.insert_or_assign(std::string(row.key()), std::string(row.value()));
    }
  }
}

}  // namespace due::state
