// What reading an event costs: the JSON text of a structured CloudEvent to an Event.
#include <benchmark/benchmark.h>

#include <deque>
#include <string>
#include <variant>

#include "schemas/base/result.h"
#include "schemas/codec/event_decoder.h"
#include "tests/bench/stages/stage.h"
#include "tests/bench/stages/workload.h"

namespace due::stages {
namespace {

class Parse final : public Stage {
 public:
  std::size_t events() const override { return workload().records.size() - workload().known; }
  void run() override {
    for (std::size_t i = workload().known; i < workload().records.size(); ++i) {
      auto decoded = decoder_.decode(*workload().records[i].value, {}, arena_);
      check(std::holds_alternative<events::Event>(decoded), "an event of the workload was refused");
      benchmark::DoNotOptimize(decoded);
    }
  }

 private:
  codec::EventDecoder decoder_;
  std::deque<std::string> arena_;
};

}  // namespace

std::unique_ptr<Stage> parse() {
  (void)workload();
  return std::make_unique<Parse>();
}

}  // namespace due::stages
