// What is read back of our own outputs: decisions, the mark that every output carries, the name of a batch.
#include "schemas/codec/decision_reader.h"
#include "schemas/codec/output/output_mark.h"
#include "stream/runtime/task/chronicle.h"
#include "tests/fuzz/target.h"
#include "tests/support/topology_driver.h"

namespace due::fuzz {

std::vector<std::string> valid_inputs() {
  test::TopologyDriver driver;
  driver.pipe(test::invoice("C1", "A", 0, 2'000'000));
  driver.pipe(test::payment("C1", "P", "A", 60, 50));
  driver.pipe(test::usage("C1", "u", 61, 4, "K"));
  std::vector<std::string> all = {"account-1 3 1795574880185000", runtime::BatchName{7, {1, 2}, true}.text(), runtime::BatchName{}.text()};
  for (const test::Emitted& e : driver.outputs) all.push_back(e.value);
  return all;
}

std::vector<std::string> broken_inputs() { return {"", " ", "a 1", "a 1 2 3", "{}", "{\"decision\":1}"}; }

void run(std::string_view input) {
  if (const auto mark = OutputMark::parse(input))
    require(!mark->task.empty() && mark->task.data() == input.data(), "a mark names its task");
  if (const auto name = runtime::BatchName::parse(input)) {
    const auto again = runtime::BatchName::parse(name->text());
    require(again && again->same_batch(*name) && again->released == name->released, "a batch's name is read as it was written");
  }
  const bool json = codec::is_json(input);
  if (codec::read_decision(input)) require(json, "a decision is JSON");
  if (json) require(is_json_text(input), "what is JSON is JSON to another parser, too");
}

}  // namespace due::fuzz
