#include "state/memory/overlay_rows.h"

namespace due::state {

bool OverlayRows::get(std::string_view key, std::string& value) {
  const auto found = above_.find(key);
  if (found == above_.end()) return below_ != nullptr && below_->get(key, value);
  if (!found->second) return false;
  value = *found->second;
  return true;
}

// Merges two sorted runs; a row above hides the one below it.
void OverlayRows::scan(std::string_view prefix, const std::function<void(std::string_view, std::string_view)>& row) {
  auto at = above_.lower_bound(prefix);
  const auto above_until = [&](auto before) {
    for (; at != above_.end() && at->first.starts_with(prefix) && before(at->first); ++at)
      if (at->second) row(at->first, *at->second);
  };
  if (below_ != nullptr)
    below_->scan(prefix, [&](std::string_view key, std::string_view value) {
      above_until([key](const std::string& k) { return k < key; });
      if (at == above_.end() || at->first != key) return row(key, value);
      above_until([key](const std::string& k) { return k == key; });
    });
  above_until([](const std::string&) { return true; });
}

void OverlayRows::write(const RowBatch& batch) {
  for (const RowBatch::Row& row : batch.rows()) {
    std::optional<std::string>& value = above_[std::string(row.key())];
    value.reset();
    if (!row.erased) value.emplace(row.value());
  }
}

}  // namespace due::state
