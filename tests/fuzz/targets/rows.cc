// Stored rows of a customer: read, or refused by StoreFailure, which stops the task. Nothing else may happen to whoever reads a bad one.
#include "tests/fuzz/target.h"
#include "tests/support/master_records.h"
#include "tests/support/topology_driver.h"
#include "topology/account/account.h"
#include "topology/master/customers.h"
#include "topology/master/disputes.h"
#include "topology/master/price_rules.h"

namespace due::fuzz {
namespace {

using topology::Owner;

// The row behind a byte that says of which kind it is.
template <class Row>
void read_object(std::string_view value) {
  state::MemoryRows rows;
  const Owner owner("C1");
  const state::Key key = owner.account();
  state::RowBatch batch;
  batch.put(key.view(), value);
  rows.write(batch);
  const auto object = Row::load(key, rows);
  require(object != nullptr, "a row that is there is found");
  require(object->bytes() < (std::size_t{1} << 24), "a row takes memory in proportion to its size");
}

void read_row(char kind, std::string_view value) {
  switch (kind) {
    case 'A': return read_object<topology::Account>(value);
    case 'I': return read_object<topology::Invoice>(value);
    case 'C': return read_object<topology::master::Customer>(value);
    case 'R': return read_object<topology::master::PriceBook>(value);
    case 'D': return read_object<topology::master::Dispute>(value);
    case 'P': return void(topology::Payment::decode(value));
    case 'S': return void(topology::Seen::decode(value));
    case 'W': return void(topology::Waiting::decode(value));
    default: return;
  }
}

}  // namespace

std::vector<std::string> valid_inputs() {
  test::TopologyDriver d;
  d.pipe(test::invoice("C", "A", 0, 100));
  d.pipe(test::payment("C", "P", "A", 31, 60));
  d.pipe(test::usage("C", "u", 31, 4, "K"));
  d.pipe(test::reversal("C", "R", "Q", 31, 9));  // its payment is not there: it waits
  d.pipe(test::customer("C", 1, 5));
  d.pipe(test::customer("C", 2, 9));
  d.pipe(test::contract("C", "a", 1, 5, "1.50"));
  d.pipe(test::dispute("C", "D1", "A", 7, 20));
  d.persist();
  std::vector<std::string> all;
  d.rows().scan("", [&all](std::string_view key, std::string_view value) { all.push_back(key.front() + std::string(value)); });
  return all;
}

std::vector<std::string> broken_inputs() { return {"", "A", "I", "C", "R", "D", "P", "S", "W"}; }

void run(std::string_view input) {
  if (input.empty()) return;
  try {
    read_row(input.front(), input.substr(1));
  } catch (const state::StoreFailure& failure) {
    require(std::string_view(failure.what()).starts_with("state: "), "a failure says that it is the state's");
  }
}

}  // namespace due::fuzz
