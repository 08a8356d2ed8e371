// tests/support/volatile_rows.h
// Rows whose disk survives the process and whose memory does not: what was written and not flushed is gone after a crash.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "state/memory/memory_rows.h"

namespace due::test {

using Disk = std::map<std::string, std::string, std::less<>>;

class VolatileRows final : public state::RowStore {
 public:
  explicit VolatileRows(std::shared_ptr<Disk> disk) : disk_(std::move(disk)) {
    state::RowBatch all;
    for (const auto& [key, value] : *disk_) all.put(key, value);
    rows_.write(all);
  }
  bool get(std::string_view key, std::string& value) override { return rows_.get(key, value); }
  void scan(std::string_view prefix, const std::function<void(std::string_view, std::string_view)>& row) override {
    rows_.scan(prefix, row);
  }
  void write(const state::RowBatch& batch) override { rows_.write(batch); }
  void flush() override {
    Disk now;
    rows_.scan("", [&](std::string_view key, std::string_view value) { now.emplace(key, value); });
    disk_->swap(now);
  }

 private:
  std::shared_ptr<Disk> disk_;
  state::MemoryRows rows_;
};

}  // namespace due::test
