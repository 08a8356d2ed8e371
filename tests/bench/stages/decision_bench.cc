// What a decision costs once its event is booked: features and rule, its JSON, and what makes an output of it.
#include <benchmark/benchmark.h>

#include <string>
#include <vector>

#include "schemas/base/result.h"
#include "tests/bench/stages/stage.h"
#include "tests/bench/stages/workload.h"
#include "topology/account/account.h"
#include "topology/account/account_logic.h"

namespace due::stages {
namespace {

using topology::Account, topology::Prepared;
namespace risk = topology::risk;

// The fresh events of accounts that are there, undecided.
class Features : public Stage {
 public:
  Features() {
    for (const Prepared& p : task_.fresh()) {
      const auto* account = task_.machine().cache().find<Account>(topology::Owner(*p.record.key).account());
      if (account == nullptr) continue;
      const auto& event = std::get<events::Event>(p.content);
      cases_.push_back({account, {event, p.record, account->day(), account->currency(0), task_.machine().now().time, {}, {}}});
    }
    check(cases_.size() > task_.fresh().size() / 2, "the workload has too few accounts");
  }
  std::size_t events() const override { return cases_.size(); }
  void run() override {
    for (Case& c : cases_) {
      risk::Decision& d = c.decision;
      const auto windows = c.account->windows(0, d.day);
      const topology::features::Balances balances = c.account->balances(0, d.day);
      d.verdict = risk::judge(windows[2], balances.outstanding, d.currency, {});
      d.features = topology::features::compute(windows, balances);
    }
    benchmark::ClobberMemory();
  }

 protected:
  struct Case {
    const Account* account;
    risk::Decision decision;
  };
  TaskInMemory task_;
  std::vector<Case> cases_;
};

class Decision : public Features {
 public:
  Decision() { Features::run(); }
  void run() override {
    for (const Case& c : cases_) {
      const std::string_view text = writer_.write(c.decision);
      benchmark::DoNotOptimize(text.data());
    }
  }

 protected:
  risk::DecisionWriter writer_{{"account-0", 0, 1, {"invoices", "payments", "usage"}, "00c0ffee00c0ffee"}};
};

class Emit final : public Decision {
 public:
  Emit() {
    for (const Case& c : cases_) texts_.emplace_back(writer_.write(c.decision));
  }
  void run() override {
    runtime::Machine& machine = task_.machine();
    for (std::size_t i = 0; i < cases_.size(); ++i) {
      check(machine.emit(topology::AccountLogic::decisions, cases_[i].decision.event.customer_id, texts_[i], {}), "an output is too large");
      if ((i + 1) % batch_records == 0) (void)machine.take();
    }
    (void)machine.take();
  }

 private:
  std::vector<std::string> texts_;
};

}  // namespace

std::unique_ptr<Stage> features() { return std::make_unique<Features>(); }
std::unique_ptr<Stage> decision() { return std::make_unique<Decision>(); }
std::unique_ptr<Stage> emit() { return std::make_unique<Emit>(); }

}  // namespace due::stages
