// What deciding on an event costs in memory: a whole step, an event that was booked before, a new day of an account, and the rows that
// follow from it.
#include <vector>

#include "schemas/base/result.h"
#include "tests/bench/stages/stage.h"
#include "tests/bench/stages/workload.h"
#include "topology/account/account.h"

namespace due::stages {
namespace {

// The fresh records go through the machine. Each must end as done or as a duplicate.
class Step : public Stage {
 public:
  std::size_t events() const override { return task_.fresh().size(); }
  void run() override {
    const topology::Tally before = task_.machine().counts().documents;
    task_.take(task_.fresh());
    const topology::Tally now = task_.machine().counts().documents.plus(before, -1);
    check(now.done + now.duplicates == now.inputs && now.inputs == static_cast<std::int64_t>(events()),
          "an event of the workload was neither decided nor a duplicate");
    check((now.done > 0) == new_ && now.duplicates > 0, "the workload has another share of duplicates than this stage needs");
  }

 protected:
  TaskInMemory task_;
  bool new_ = true;
};

class Duplicate final : public Step {
 public:
  Duplicate() {
    Step::run();
    new_ = false;
  }
};

class Encode final : public Step {
 public:
  Encode() {
    Step::run();
    task_.machine().cache().cut();
  }
  void run() override {
    check(task_.machine().cache().encode(SIZE_MAX), "a cut is not encoded");
    check(task_.machine().cache().batch()->rows().size() > 1'000, "nothing was changed");
  }
};

class Advance final : public Stage {
 public:
  Advance() {
    for (const topology::Prepared& p : task_.fresh()) {
      state::ObjectCache& cache = task_.machine().cache();
      const auto* found = cache.find<topology::Account>(topology::Owner(*p.record.key).account());
      if (found != nullptr) accounts_.push_back(&static_cast<state::ObjectStore&>(cache).edit(*found));
    }
    check(accounts_.size() > 1'000, "the workload has too few accounts");
  }
  std::size_t events() const override { return accounts_.size(); }
  void run() override {
    for (topology::Account* account : accounts_) account->advance({account->day().days + 1});
  }

 private:
  TaskInMemory task_;
  std::vector<topology::Account*> accounts_;  // of one that has several events, as many times
};

}  // namespace

std::unique_ptr<Stage> step() { return std::make_unique<Step>(); }
std::unique_ptr<Stage> duplicate() { return std::make_unique<Duplicate>(); }
std::unique_ptr<Stage> encode() { return std::make_unique<Encode>(); }
std::unique_ptr<Stage> advance() { return std::make_unique<Advance>(); }

}  // namespace due::stages
