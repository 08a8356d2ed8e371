// Two subtopologies in one worker that talk: a cancellation reserves, the register numbers, the account settles. Whatever dies meanwhile.
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <thread>

#include "schemas/codec/members/member_reader.h"
#include "tests/integration/runtime/plant.h"
#include "tests/support/master_records.h"
#include "topology/register/register_logic.h"

namespace due::test {
namespace {

constexpr int events = 7'500;  // a year and ten days

PlantOptions with_register() {
  PlantOptions o;
  o.topology = {{topology::account_subtopology(), topology::register_subtopology()}};
  return o;
}

// A company of three legal entities: two of them named by the records of their customers.
std::vector<CompanyRecord> firm() {
  std::vector<CompanyRecord> all;
  for (int n = 0; n < 10; ++n) {
    CompanyRecord c = customer("C" + std::to_string(n), 1, 0);
    if (n % 2 == 0) c.value.replace(c.value.find("DE01"), 4, "FR02");
    all.push_back(std::move(c));
  }
  const std::vector<CompanyRecord> business = company(events);
  all.insert(all.end(), business.begin(), business.end());
  return all;
}

struct Note {
  std::string entity, number, issue_date, customer, invoice, cancellation;
  std::int64_t amount = 0, remaining = 0;
};

std::string inner(const std::string& json, const std::string& name) {
  const auto at = json.find("\"" + name + "\":\"");
  return at == std::string::npos ? "" : json.substr(at + name.size() + 4, json.find('"', at + name.size() + 4) - at - name.size() - 4);
}

std::vector<std::vector<Note>> notes_of(Plant& plant) {
  std::vector<std::vector<Note>> all;
  const auto in_data = [](const char* name) { return codec::Member{codec::Member::Of::data, name, ""}; };
  codec::MemberReader reader({in_data("legal_entity_id"), in_data("number"), in_data("issue_date"), in_data("customer_id"),
                              in_data("cancellation_id"), in_data("gross_minor"), in_data("remaining_minor")});
  for (const auto& partition : plant.outputs("credit-notes")) {
    all.emplace_back();
    for (const Output& o : partition) {
      EXPECT_TRUE(reader.read(o.value)) << o.value;
      const auto text = [&reader](std::size_t i) { return std::string(reader[i].text); };
      all.back().push_back({text(0), text(1), text(2), text(3), inner(o.value, "invoice_id"), text(4), reader[5].integer,
                            reader[6].integer});
      EXPECT_EQ(o.key, text(3));
    }
  }
  return all;
}

// Cancellations that were decided on.
std::set<std::string> cancelled(Plant& plant) {
  std::set<std::string> ids;
  for (const auto& partition : plant.outputs("decisions"))
    for (const Output& o : partition)
      if (o.value.find("due.invoice.cancelled.v1") != std::string::npos) ids.insert(inner(o.value, "event_id").substr(2));  // e-X17: X17
  return ids;
}

std::size_t size_of(const std::vector<std::vector<Output>>& outputs) {
  std::size_t n = 0;
  for (const auto& p : outputs) n += p.size();
  return n;
}

// Numbers gapless per legal entity and year, and in date order; one note per cancellation; one answer per request.
void expect_good_books(Plant& plant) {
  std::map<std::string, std::map<std::string, std::string>> series;  // entity and year -> number -> issue date
  std::map<std::string, std::int64_t> per_invoice;
  std::set<std::string> cancellations;
  for (const auto& partition : notes_of(plant))
    for (const Note& n : partition) {
      EXPECT_TRUE(series[n.entity + " " + n.number.substr(0, 7)].emplace(n.number, n.issue_date).second) << n.entity << " " << n.number;
      EXPECT_EQ(n.number.substr(3, 4), n.issue_date.substr(0, 4));
      EXPECT_TRUE(cancellations.insert(n.cancellation).second) << n.cancellation << " has two credit notes";
      EXPECT_GT(n.amount, 0);
      per_invoice[n.invoice] += n.amount;
    }
  EXPECT_EQ(cancellations, cancelled(plant));
  EXPECT_GE(series.size(), 4U);
  for (const auto& [name, numbers] : series) {
    std::int64_t next = 1;
    std::string last_date;
    for (const auto& [number, date] : numbers) {
      EXPECT_EQ(std::stoll(number.substr(8)), next++) << name;
      EXPECT_GE(date, last_date) << name << " " << number;
      last_date = date;
    }
  }
  for (const auto& [invoice, credited] : per_invoice)
    EXPECT_LE(credited, 1'000 + std::stoi(invoice.substr(1)) * 37 % 90'000) << invoice;  // company.h: the invoice's gross
  EXPECT_EQ(size_of(plant.outputs("credit-note-requests")), cancellations.size());
  EXPECT_EQ(size_of(plant.outputs("credit-note-outcomes")), cancellations.size());
}

// From empty disks the same state, and not a byte more in any topic.
void expect_the_same_again(Plant& plant, const runtime::WorkerFigures& figures) {
  std::map<std::string, std::vector<std::vector<Output>>> before;
  for (const char* topic : {"decisions", "dead-letters", "credit-note-requests", "credit-note-outcomes", "credit-notes"})
    before[topic] = plant.outputs(topic);
  plant.forget_state();
  const auto folded = plant.run();
  EXPECT_EQ(folded.digest.hex(), figures.digest.hex());
  EXPECT_EQ(folded.counts.documents.inputs + folded.counts.internal.inputs, 0);
  EXPECT_GT(folded.steps_folded, events);
  for (const auto& [topic, outputs] : before) EXPECT_EQ(plant.outputs(topic), outputs) << topic;
}

TEST(Register, NumbersEveryCancellationOnce) {
  Plant plant(with_register());
  plant.publish(firm());
  const auto figures = plant.run();
  expect_good_books(plant);
  const std::size_t notes = size_of(plant.outputs("credit-notes"));
  EXPECT_GT(notes, 400U);
  EXPECT_EQ(figures.counts.internal.done, static_cast<std::int64_t>(2 * notes));  // numbered by one task, settled by another
  EXPECT_EQ(figures.counts.internal.inputs, figures.counts.internal.done);
  expect_the_same_again(plant, figures);
}

TEST(Register, KeepsItsBooksThroughCrashes) {
  PlantOptions options = with_register();
  options.recovery_budget = std::chrono::microseconds(30'000);
  options.batch_records = 200;
  Plant plant(options);
  plant.publish(firm());
  for (int n = 0; n < 12; ++n) {
    const char* const moments[] = {"commit.begin", "commit.end", "persist.begin", "task.recovered"};
    plant.run_and_crash_at(moments[n % 4], 1 + n * 5 % 9);
  }
  const auto figures = plant.run();
  expect_good_books(plant);
  expect_the_same_again(plant, figures);
}

// Account and register in different hands: each stops only when what it asked was answered, and what it was answered is taken.
TEST(Register, AnswersAnotherWorkersTasks) {
  Plant plant(with_register());
  plant.publish(firm());
  std::vector<std::thread> threads;
  for (const std::string slot : {"0", "1"}) {
    threads.emplace_back([&plant, slot] { plant.run(slot); });
  }
  for (std::thread& t : threads) t.join();
  expect_good_books(plant);
  EXPECT_EQ(plant.run("0").counts.internal.inputs, 0);  // nothing was left unread
}

// A credit note that does not fit is refused: its reservation ends, and the next cancellation of the invoice gets the first number.
TEST(Register, RefusesWhatDoesNotFitItsTopicAndDrawsNoNumber) {
  PlantOptions options = with_register();
  options.message_bytes["credit-notes"] = 800;
  Plant plant(options);
  const std::string long_id(62, 'L');
  plant.publish({invoice("C", long_id, 0, 100), cancellation("C", long_id, long_id, 1)});
  plant.run();
  EXPECT_EQ(size_of(plant.outputs("credit-notes")), 0U);
  plant.publish({cancellation("C", "X", long_id, 2)});
  plant.run();
  const auto refused = plant.outputs("credit-note-outcomes");
  EXPECT_EQ(size_of(refused), 2U);
  std::vector<Note> notes;
  for (const auto& partition : notes_of(plant)) notes.insert(notes.end(), partition.begin(), partition.end());
  ASSERT_EQ(notes.size(), 1U);
  EXPECT_EQ(notes[0].number, "CN-2025-000001");
  EXPECT_EQ(notes[0].cancellation, "X");
}

}  // namespace
}  // namespace due::test
