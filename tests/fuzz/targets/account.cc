// Records, one behind the other, through decoder, intake and account logic: the sum of outcomes holds, whatever comes.
#include "schemas/base/partitioner.h"
#include "tests/fuzz/target.h"
#include "tests/support/topology_driver.h"

namespace due::fuzz {
namespace {

constexpr std::string_view next_record = "\n\x1e\n";

void require_sum(const topology::Tally& t) {
  require(t.inputs == t.done + t.duplicates + t.conflicts + t.dead_letters + t.parked,
          "inputs = decisions + duplicates + conflicts + dead letters + parked");
}

}  // namespace

// Documents that refer to each other, whole and in two orders.
std::vector<std::string> valid_inputs() {
  std::vector<std::string> all;
  std::string forwards, backwards;
  for (const auto& events : {test::bad_input::documents(), test::bad_input::master_data()})
    for (const std::string& event : events) {
      const std::string text = as_text(test::bad_input::valid(event, "C1"));
      all.push_back(text);
      forwards += text + std::string(next_record);
      backwards = text + std::string(next_record) + backwards;
    }
  all.insert(all.end(), {forwards, backwards});
  test::bad_input::each_case([&all](const test::bad_input::Case& c) {
    if (c.given.empty()) return;
    std::string text;
    for (const auto& record : c.given) text += as_text(record) + std::string(next_record);
    all.push_back(text + as_text(c.record));
  }, test::bad_input::Large::leave_out);
  return all;
}

std::vector<std::string> broken_inputs() { return {}; }

void run(std::string_view input) {
  test::TopologyDriver driver;
  std::int64_t records = 0;
  while (!input.empty() && records < 50) {
    const std::size_t end = std::min(input.find(next_record), input.size());
    const RecordText record = read_record(input.substr(0, end));
    input.remove_prefix(std::min(end + next_record.size(), input.size()));
    topology::InputRecord in;
    if (!record.key.empty()) in.key = record.key;
    in.value = record.value;
    in.headers = record.headers;
    const bool known = std::find(test::topics().begin(), test::topics().end(), record.topic) != test::topics().end();
    driver.pipe(known ? std::string(record.topic) : "invoices", in);
    ++records;
    require_sum(driver.counts().documents);
    require_sum(driver.counts().master);
    require_sum(driver.counts().internal);
  }
  driver.persist();
  driver.tick(driver.now().time.plus_micros(topology::LogicOptions{}.parked_max_micros));
  const topology::Tally sum = driver.counts().documents.plus(driver.counts().master).plus(driver.counts().internal);
  require(sum.inputs == records && sum.parked == 0, "nothing waits for ever");
  require_sum(sum);
}

}  // namespace due::fuzz
