// What is exposed is what the catalogue and its page in docs/ say, no more and no less.
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <set>
#include <sstream>

#include "stream/metrics/engine.h"
#include "stream/metrics/process.h"
#include "stream/metrics/sink.h"

namespace due::metrics {
namespace {

using namespace std::chrono_literals;

std::vector<runtime::WorkerStanding> two_workers() {
  runtime::WorkerStanding one, two;
  one.instance = "app-0-0";
  one.member = true;
  one.tasks.push_back({"account-0", "live", "", EventTime{1'000'000}, 7, {{"invoices", 0, 12, true}}});
  one.counts.documents = {10, 6, 2, 1, 1, 0};
  one.counts.dead_letters[static_cast<std::size_t>(codec::Reason::not_json)] = 1;
  one.counts.dead_letters[static_cast<std::size_t>(codec::Reason::conflict)] = 1;
  one.commits.add(4ms);
  one.recovery_estimate = 300ms;
  one.fold_rate = 1'000;
  one.standbys.push_back({"account-2", "", 100, 5, {{"invoices", 2, 9, false}}});
  two = one;
  two.instance = "app-0-1";
  two.member = false;
  two.tasks[0].task = "account-1";
  two.tasks[0].why_not = "opens its state";
  two.commits.add(2min);
  two.standbys[0] = {"account-3", "diverges at chronicle record 8", 3, 0, {}};
  two.recovery_estimate = 900ms;
  return {one, two};
}

constexpr MemoryLimits limits{.all = 4'096, .state = 2'048, .blocks = 256, .fetched = 512, .outputs = 128};

std::string engine_text() {
  const Lag lags[] = {{"account-0", "invoices", 0, 3, 1.5}, {"account-2", "invoices", 2, 500, 0, true}};
  Page page;
  add_engine(page, {"0.1.0", "abc", limits, 2s, 10s}, two_workers(), lags);
  return page.text();
}

std::string sink_text() {
  SinkFacts facts{"0.1.0", "main", {{"decisions", 5}}, 2, 1, {}, true};
  facts.transactions.add(30ms);
  const Lag lags[] = {{"", "decisions", 1, 4, 2}};
  Page page;
  add_sink(page, facts, lags);
  return page.text();
}

std::string process_text() {
  Page page;
  add_process(page);
  return page.text();
}

// The names that have at least one sample.
std::set<std::string> names_in(const std::string& text) {
  std::set<std::string> names;
  std::istringstream lines(text);
  std::string family;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("# TYPE ")) family = line.substr(7, line.find(' ', 7) - 7);
    if (!line.starts_with('#') && line.starts_with(family)) names.insert(family);
  }
  return names;
}

std::set<std::string> names_of(Of of) {
  std::set<std::string> names;
  for (const Definition& d : catalogue())
    if (d.of == of) names.insert(std::string(d.name));
  return names;
}

std::string sample(const std::string& text, const std::string& name) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);)
    if (line.starts_with(name + " ")) return line.substr(name.size() + 1);
  return "none of " + name;
}

TEST(Page, KeepsStandbysApartFromTasksThatDecide) {
  const std::string text = engine_text();
  EXPECT_EQ(sample(text, "duestream_standby_tasks"), "1");
  EXPECT_EQ(sample(text, "duestream_standby_failed_tasks"), "1");
  EXPECT_EQ(sample(text, "duestream_standby_lag_records{task=\"account-2\"}"), "500");
  EXPECT_EQ(text.find("duestream_lag_records{task=\"account-2\""), std::string::npos);
  EXPECT_EQ(sample(text, "duestream_takeover_estimate_seconds{by=\"standby\"}"), "11.5");
  EXPECT_EQ(sample(text, "duestream_takeover_estimate_seconds{by=\"cold\"}"), "11.012");
}

TEST(Page, HoldsEveryMetricOfTheCatalogueAndNoOther) {
  EXPECT_EQ(names_in(engine_text()), names_of(Of::run));
  EXPECT_EQ(names_in(sink_text()), names_of(Of::sink));
  EXPECT_EQ(names_in(process_text()), names_of(Of::process));
}

TEST(Page, AddsUpWorkersAndKeepsTasksApart) {
  const std::string text = engine_text();
  EXPECT_EQ(sample(text, R"(duestream_records_total{kind="documents",outcome="decided"})"), "12");
  EXPECT_EQ(sample(text, R"(duestream_records_total{kind="master",outcome="applied"})"), "0");
  EXPECT_EQ(sample(text, R"(duestream_dead_letters_total{reason="NOT_JSON"})"), "2");
  EXPECT_EQ(sample(text, R"(duestream_dead_letters_total{reason="BAD_DATE"})"), "0");  // there before the first one: rates need it
  EXPECT_EQ(sample(text, R"(duestream_task_ready{task="account-0"})"), "1");
  EXPECT_EQ(sample(text, R"(duestream_task_ready{task="account-1"})"), "0");
  EXPECT_EQ(sample(text, "duestream_group_members"), "1");
  EXPECT_EQ(sample(text, "duestream_workers"), "2");
  EXPECT_EQ(sample(text, "duestream_recovery_estimate_seconds"), "0.9");  // workers recover side by side
  EXPECT_EQ(sample(text, R"(duestream_lag_records{task="account-0",topic="invoices",partition="0"})"), "3");
}

TEST(Page, SaysWhatMayBeUsedOfMemoryAndByWhat) {
  const std::string text = engine_text();
  for (const char* line : {"duestream_memory_limit_bytes 4096", "duestream_cache_limit_bytes 2048",
                           "duestream_memory_share_bytes{part=\"state\"} 2048", "duestream_memory_share_bytes{part=\"blocks\"} 256",
                           "duestream_memory_share_bytes{part=\"fetched\"} 512", "duestream_memory_share_bytes{part=\"outputs\"} 128"})
    EXPECT_NE(text.find(std::string("\n") + line + "\n"), std::string::npos) << line;
}

TEST(Page, GivesEachKindTheSumOfItsOutcomes) {
  runtime::WorkerStanding worker;
  worker.counts.documents = {21, 10, 1, 2, 3, 5};
  worker.counts.master = {4, 4, 0, 0, 0, 0};
  worker.counts.internal = {6, 9, 0, 0, 0, -3};  // three of those that it ended were parked before this process began
  Page page;
  add_engine(page, {"0.1.0", "abc", limits, 2s, 10s}, {&worker, 1}, {});
  const std::string text = page.text();
  for (const auto& [kind, done] : {std::pair("documents", "decided"), {"master", "applied"}, {"internal", "answered"}}) {
    const std::string of_kind = "{kind=\"" + std::string(kind) + "\"";
    int sum = std::stoi(sample(text, "duestream_parked_records" + of_kind + "}"));
    for (const std::string outcome : {done, "duplicate", "conflict", "dead_letter"})
      sum += std::stoi(sample(text, "duestream_records_total" + of_kind + ",outcome=\"" + outcome + "\"}"));
    EXPECT_EQ(sample(text, "duestream_inputs_total" + of_kind + "}"), std::to_string(sum));
  }
  EXPECT_EQ(sample(text, R"(duestream_records_total{kind="internal",outcome="answered"})"), "9");
  EXPECT_EQ(sample(text, R"(duestream_parked_records{kind="internal"})"), "-3");
}

TEST(Page, CountsWhatTookLongerThanEveryBucket) {
  const std::string text = engine_text();
  EXPECT_EQ(sample(text, R"(duestream_commit_duration_seconds_bucket{le="0.0025"})"), "0");
  EXPECT_EQ(sample(text, R"(duestream_commit_duration_seconds_bucket{le="0.005"})"), "2");
  EXPECT_EQ(sample(text, R"(duestream_commit_duration_seconds_bucket{le="30"})"), "2");
  EXPECT_EQ(sample(text, R"(duestream_commit_duration_seconds_bucket{le="+Inf"})"), "3");
  EXPECT_EQ(sample(text, "duestream_commit_duration_seconds_count"), "3");
}

TEST(Spread, IncludesAnUpperBoundInItsBucket) {
  runtime::Spread spread;
  spread.add(1ms);
  spread.add(1'001us);
  EXPECT_EQ(spread.counts[0], 1);
  EXPECT_EQ(spread.counts[1], 1);
}

TEST(Catalogue, FollowsPrometheusConventions) {
  for (const Definition& d : catalogue()) {
    EXPECT_EQ(d.name.ends_with("_total"), d.type == Type::counter) << d.name;
    EXPECT_EQ(d.of == Of::process, d.name.starts_with("process_")) << d.name;
    EXPECT_EQ(d.of == Of::sink, d.name.starts_with("duestream_sink_")) << d.name;
    EXPECT_FALSE(d.help.empty() || d.help.ends_with('.')) << d.name;
  }
}

TEST(Reference, IsWhatTheDocumentationHolds) {
  std::ifstream in(DUE_SOURCE_DIR "/docs/metrics.md");
  const std::string page{std::istreambuf_iterator<char>(in), {}};
  EXPECT_EQ(page, reference()) << "write it anew: build/release/bin/duestream metrics > docs/metrics.md";
}

}  // namespace
}  // namespace due::metrics
