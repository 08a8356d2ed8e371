// state/memory/overlay_rows.h
// Rows over others that are only read: what is written stays in memory, on top. For looks at a state that somebody else owns.
//
//   Errors   StoreFailure from the rows below
//   Threads  owned by one thread
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "state/api/rows.h"

namespace due::state {

class OverlayRows final : public RowStore {
 public:
  explicit OverlayRows(std::unique_ptr<RowReader> below) : below_(std::move(below)) {}  // null: nothing is below

  bool get(std::string_view key, std::string& value) override;
  void scan(std::string_view prefix, const std::function<void(std::string_view, std::string_view)>& row) override;
  void write(const RowBatch& batch) override;
  void flush() override {}

 private:
  std::unique_ptr<RowReader> below_;
  std::map<std::string, std::optional<std::string>, std::less<>> above_;  // nullopt: erased
};

}  // namespace due::state
