// Records of the chronicle: read whole or refused, and written as they were read.
#include "stream/runtime/task/chronicle.h"
#include "tests/fuzz/target.h"

namespace due::fuzz {

std::vector<std::string> valid_inputs() {
  runtime::ChronicleRecord genesis;
  genesis.genesis = runtime::Genesis{"duestream", "account-0", "murmur2", 3, {{"invoices", "id1", 0}, {"usage", "id2", 17}},
                                     {{"decisions", 3, 1'048'588}, {"dead-letters", 3, 1'114'124}}};
  genesis.logic_version = "0123456789abcdef";
  genesis.positions = {0, 17};
  runtime::ChronicleRecord batch;
  batch.seq = 9;
  batch.previous = {3, 4};
  batch.time = {1'740'832'200'000'000};
  batch.runs = {{0, 5, 9, 4, {}, {}},
                {runtime::Run::tick, 0, 0, 1, {1'740'832'200'000'000}, {1'740'832'200'000'001}},
                {1, 17, 17, 1, {}, {}}};
  batch.positions = {10, 18};
  batch.logic_version = genesis.logic_version;
  batch.outputs = {{0, 2, 1, 4}, {1, 0, 7, 1}};
  batch.outputs_hash = {5, 6};
  batch.transactional_id = "duestream-0-0";
  batch.digest = runtime::DigestPoint{8, {7, 8}};
  return {runtime::encode(genesis), runtime::encode(batch)};
}

std::vector<std::string> broken_inputs() { return {"", std::string(1, '\0'), std::string(64, '\xff')}; }

void run(std::string_view input) {
  const auto record = runtime::decode_chronicle(input);
  if (!record) return require(!record.error().what.empty(), "a refusal says why");
  const std::string written = runtime::encode(*record);
  const auto again = runtime::decode_chronicle(written);
  require(again && runtime::encode(*again) == written, "a record is read as it was written");
  require(is_json_text(runtime::as_json(*record, "account-0")), "a record can be shown as JSON");
}

}  // namespace due::fuzz
