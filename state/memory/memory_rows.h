// state/memory/memory_rows.h
// Rows in a std::map: for tests and replay, and the readable definition of what a RowStore does.
//
//   Threads  as RowStore: a batch may be written on another thread, so one mutex guards the map; scan() holds it throughout
#pragma once

#include <map>
#include <mutex>
#include <string>

#include "state/api/rows.h"

namespace due::state {

class MemoryRows final : public RowStore {
 public:
  bool get(std::string_view key, std::string& value) override;
  void scan(std::string_view prefix, const std::function<void(std::string_view, std::string_view)>& row) override;
  void write(const RowBatch& batch) override;
  void flush() override {}

 private:
  std::mutex mutex_;
  std::map<std::string, std::string, std::less<>> rows_;  // guarded by mutex_
};

}  // namespace due::state
