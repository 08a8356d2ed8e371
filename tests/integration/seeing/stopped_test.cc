// `duestream run` with a record that the program cannot get over: the others are decided on, the last line says which one and what to
// publish, the exit code that not all was done. As main() would call the verbs, on an embedded log in a directory.
#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>

#include "stream/app/config/topics_file.h"
#include "stream/app/wire.h"
#include "stream/cli/publish.h"
#include "stream/cli/run.h"
#include "tests/support/company.h"
#include "topology/account/account_logic.h"
#include "topology/register/register_logic.h"

namespace due::test {
namespace {

// Of the first record that says POISON the logic makes an exception.
class Stumbling final : public topology::Logic {
 public:
  explicit Stumbling(std::unique_ptr<topology::Logic> inner) : inner_(std::move(inner)) {}
  void prepare(topology::Prepared& p, std::deque<std::string>& arena) override { inner_->prepare(p, arena); }
  void on_record(const topology::Prepared& p, topology::Context& context) override {
    if (p.record.value.value_or("").find("POISON") != std::string_view::npos) throw std::out_of_range("no such thing");
    inner_->on_record(p, context);
  }
  void on_tick(const topology::Tick& tick, topology::Context& context) override { inner_->on_tick(tick, context); }
  bool due_by(EventTime time) const override { return inner_->due_by(time); }
  void restore(state::ObjectStore& store) override { inner_->restore(store); }

 private:
  std::unique_ptr<topology::Logic> inner_;
};

// The real one, but for that logic.
class StumblingWire final : public cli::Wire {
 public:
  StumblingWire() : real_(app::make_wire()), topology_{{topology::account_subtopology(), topology::register_subtopology()}} {
    topology_.subtopologies.front().make_logic = [](const topology::TaskIdentity& task, const topology::LogicOptions& options) {
      auto inner = std::make_unique<Stumbling>(std::make_unique<topology::AccountLogic>(task, options));
      return std::make_unique<topology::Skipping>(task, options, topology::AccountLogic::skipping(), std::move(inner));
    };
  }
  Result<std::unique_ptr<log::Log>> open_log(const cli::LogChoice& choice, cli::Access access) override {
    return real_->open_log(choice, access);
  }
  Result<std::unique_ptr<cli::RowsFactory>> open_state(const cli::StateChoice& choice, const cli::StateOwner& owner,
                                                       const runtime::Report& report) override {
    return real_->open_state(choice, owner, report);
  }
  std::unique_ptr<cli::RowsFactory> view_state(const std::string& directory, std::size_t memory_bytes) override {
    return real_->view_state(directory, memory_bytes);
  }
  const topology::Description& topology() override { return topology_; }
  std::string logic_version(const topology::LogicOptions& options) override { return real_->logic_version(options); }
  runtime::Report report(const cli::AppChoice& choice) override { return real_->report(choice); }

 private:
  std::unique_ptr<cli::Wire> real_;
  topology::Description topology_;
};

class Stopped : public testing::Test {
 protected:
  Stopped() : folder_(std::filesystem::temp_directory_path().string() + "/due-stopped.XXXXXX") {
    EXPECT_NE(mkdtemp(folder_.data()), nullptr);
    log_.uri = "embedded:" + folder_ + "/log";
    log_.topics = app::config::read_topics("").plan;
    log_.partitions = 3;
  }
  ~Stopped() override { std::filesystem::remove_all(folder_); }

  void publish(const std::vector<CompanyRecord>& records) {
    const std::string file = folder_ + "/events.ndjson";
    std::ofstream out(file);
    for (const CompanyRecord& r : records) out << r.value << '\n';
    out.close();
    testing::internal::CaptureStdout();
    EXPECT_EQ(cli::publish({.log = log_, .files = {file}}, wire_), 0);
    testing::internal::GetCapturedStdout();
  }
  struct Ended {
    int code = 0;
    std::string out, err;
  };
  Ended run(int workers) {
    cli::RunArguments a;
    a.log = log_;
    a.app.listen = "off";
    a.state_directory = folder_ + "/state";
    a.workers = workers;
    a.session_timeout_ms = 1'000;  // a worker that ended is given up after that
    a.until_caught_up = a.json = true;
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
    Ended e;
    e.code = cli::run(a, wire_);
    e.out = testing::internal::GetCapturedStdout();
    e.err = testing::internal::GetCapturedStderr();
    return e;
  }

  std::string folder_;
  cli::LogChoice log_;
  StumblingWire wire_;
};

TEST_F(Stopped, IsOneTaskAloneAndTheLastLineSaysWhatToPublish) {
  std::vector<CompanyRecord> all = company(200);
  std::erase_if(all, [](const CompanyRecord& r) { return !r.value.starts_with("{\"specversion\"") || r.topic == "usage"; });
  all.push_back(invoice("C3", "POISON", 0, 100));
  publish(all);
  const Ended first = run(2);
  EXPECT_EQ(first.code, 1);
  const std::size_t at = first.err.rfind("duestream: task account-");
  ASSERT_NE(at, std::string::npos) << first.err;
  const std::string last = first.err.substr(at);
  EXPECT_NE(last.find(" stops at the record in invoices partition "), std::string::npos) << last;
  EXPECT_EQ(last.find('\n'), last.size() - 1) << "it is the last line";
  EXPECT_EQ(first.err.find("duestream: task"), at) << "both workers were given the task, and one line is enough";
  EXPECT_NE(first.out.find("\"decisions\":"), std::string::npos) << first.out;
  EXPECT_EQ(first.out.find("\"decisions\":0"), std::string::npos) << "the other tasks decide";

  publish({{"controls", "", last.substr(last.find('{'), last.size() - last.find('{') - 1)}});
  const Ended second = run(2);
  EXPECT_EQ(second.code, 0) << second.err;
  EXPECT_NE(second.out.find("\"dead_letters\":1"), std::string::npos) << second.out;
}

}  // namespace
}  // namespace due::test
