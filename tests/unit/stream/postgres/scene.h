// tests/unit/stream/postgres/scene.h
// Records as tasks and senders write them, a log in memory that holds them, and tuples that can be read.
#pragma once

#include <gtest/gtest.h>

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "stream/log/embedded/embedded_log.h"
#include "stream/postgres/rows/table.h"

namespace due::postgres {

inline constexpr std::int64_t noon_micros = 1'740'832'200'123'000;  // 2025-03-01T12:30:00.123Z

inline const Table& table_of(std::string_view topic) {
  for (const Table& t : tables())
    if (t.topic == topic) return t;
  ADD_FAILURE() << "no table for " << topic;
  return tables().front();
}

// A record with its memory.
struct Sent {
  std::optional<std::string> key, value;
  std::vector<std::pair<std::string, std::string>> headers;
  EventTime timestamp{noon_micros};
};

inline std::vector<std::pair<std::string, std::string>> by_task(const std::string& task, std::int64_t seq) {
  return {{"duestream", task + " " + std::to_string(seq) + " " + std::to_string(noon_micros)}};
}

inline std::string decision_json(const std::string& event_id, const std::string& more = R"("currency":"EUR",)") {
  return R"({"specversion":"1.0","id":"invoices/0/123","source":"/duestream/account","type":"due.risk.decided.v1",)"
         R"("time":"2025-03-01T12:30:00.123Z","data":{"event_id":")" +
         event_id + R"(","event_source":"/erp","event_type":"due.invoice.issued.v1","customer_id":"C1",)"
         R"("business_date":"2025-03-01",)" +
         more +
         R"("decision":"HIGH","rule":"baseline-1","reasons":[{"code":"AVG_DELAY_180D","delay_days_sum":480,"payments":20,)"
         R"("threshold_days":15},{"code":"OUTSTANDING","outstanding_minor":1200000,"threshold_minor":1000000}],)"
         R"("features":[4,-5,9223372036854775807],)"
         R"("feature_schema":"5f1d3c2b4a697887","logic":"00c0ffee00c0ffee"}})";
}

inline Sent decision(const std::string& task, std::int64_t seq) {
  return {"C1", decision_json("e" + std::to_string(seq)), by_task(task, seq)};
}

// One row of `table` from a record at partition 3, offset 17; the mapper's complaint where it is none.
struct Mapped {
  std::string tuple;
  std::optional<std::string> wrong;
  std::vector<TupleReader::Field> fields(const Table& table) const {
    TupleReader reader(tuple);
    std::vector<TupleReader::Field> all;
    for (std::size_t i = 0; i < table.columns().size(); ++i) all.push_back(reader.next());
    return all;
  }
};

inline Mapped map_row(const Table& table, const Sent& w) {
  std::vector<log::Header> headers;
  for (const auto& [name, value] : w.headers) headers.push_back({name, value});
  log::Record record;
  record.offset = {17};
  record.timestamp = w.timestamp;
  if (w.key) record.key = *w.key;
  if (w.value) record.value = *w.value;
  record.headers = headers;
  OutputMark mark{"", 17, {}};
  if (table.source == Source::output) {
    const auto found = mark_of(record);
    if (!found) return {"", "no mark"};
    mark = *found;
  }
  Mapped m;
  TupleWriter row(m.tuple);
  begin_row(table, 3, record, mark, row);
  m.wrong = table.make_mapper()->map(record, row);
  return m;
}

// A log in memory with topics of `partitions`, into which records are put.
class LogScene {
 public:
  explicit LogScene(const std::vector<std::string>& topics, std::int32_t partitions = 2) {
    auto opened = log::embedded::EmbeddedLog::open({.seed = 5});
    EXPECT_TRUE(opened.has_value());
    log_ = std::move(*opened);
    std::vector<log::TopicSpec> specs;
    for (const std::string& t : topics) specs.push_back({t, partitions, {{"retention.ms", "-1"}}});
    EXPECT_TRUE(log_->create(specs).has_value());
  }
  log::Log& log() { return *log_; }

  void put(const std::string& topic, std::int32_t partition, const Sent& w) {
    if (!publisher_) {
      auto opened = log_->publisher();
      ASSERT_TRUE(opened.has_value());
      publisher_ = std::move(*opened);
    }
    std::vector<log::Header> headers;
    for (const auto& [name, value] : w.headers) headers.push_back({name, value});
    log::OutgoingRecord out;
    out.topic = topic;
    out.partition = partition;
    if (w.key) out.key = *w.key;
    if (w.value) out.value = *w.value;
    out.headers = headers;
    out.timestamp = w.timestamp;
    ASSERT_TRUE(publisher_->send(out).has_value());
    ASSERT_TRUE(publisher_->flush().has_value());
  }

 private:
  std::unique_ptr<log::embedded::EmbeddedLog> log_;
  std::unique_ptr<log::Publisher> publisher_;
};

}  // namespace due::postgres
