#include "tests/simulator/oracle/oracle.h"

#include <algorithm>
#include <charconv>
#include <memory>
#include <set>

#include "tests/simulator/oracle/calendar.h"
#include "tests/simulator/oracle/chronicle_text.h"
#include "tests/simulator/oracle/parts/account_check.h"
#include "tests/simulator/oracle/parts/credit_check.h"
#include "tests/simulator/oracle/parts/register_check.h"
#include "tests/simulator/oracle/task_check.h"

namespace due::oracle {
namespace {

std::string name(const Place& place) { return place.first + "/" + std::to_string(place.second); }

std::optional<Finding> check_partitions(const Evidence& evidence) {
  for (const auto& [place, entries] : evidence.partitions) {
    std::map<std::int64_t, std::int32_t> epoch_of;
    std::set<std::int64_t> open;
    for (const Entry& e : entries) {
      if (e.producer < 0) continue;
      const auto [known, fresh] = epoch_of.try_emplace(e.producer, e.epoch);
      if (!fresh && known->second > e.epoch)
        return Finding{"epochs", name(place) + " offset " + std::to_string(e.offset) + " has an older epoch than the record before"};
      known->second = e.epoch;
      if (e.kind == Entry::Kind::data) {
        open.insert(e.producer);
      } else {
        open.erase(e.producer);
      }
    }
    const bool lost = !evidence.complete && std::count(company_topics().begin(), company_topics().end(), place.first) > 0;
    if (!open.empty() && !lost) return Finding{"stable", "a transaction is still open in " + name(place)};
  }
  return std::nullopt;
}

// Each task by itself, and then what of an invoice all credit notes come to.
std::optional<Finding> check_tasks(const Evidence& evidence, const Outputs& outputs) {
  OutputCursor cursor(outputs);
  Texts texts;
  for (const Posted& p : evidence.posted) texts.try_emplace({p.key, p.value}, &p);
  std::vector<std::unique_ptr<AccountCheck>> accounts;
  std::optional<Finding> finding;
  for (int task = 0; task < evidence.tasks && !finding; ++task)
    finding = accounts.emplace_back(std::make_unique<AccountCheck>(evidence, texts, cursor, task))->run();
  const auto limit = check_limits(evidence, [&accounts](const std::string& customer, const std::string& invoice) {
    std::optional<std::int64_t> claim;
    for (const auto& a : accounts)
      if (const auto known = a->book().creditable_at_most(customer, invoice)) claim = known;
    return claim;
  });
  if (limit) return limit;
  for (int task = 0; task < evidence.tasks && !finding; ++task) finding = RegisterCheck(evidence, cursor, task).run();
  return finding ? finding : cursor.left_over();
}

}  // namespace

const std::vector<Part>& parts() {
  static const std::vector<Part> all{
      {"account", "chronicle", {"invoices", "payments", "usage", "customers", "contracts", "disputes", "credit-note-outcomes"},
       {"decisions", "dead-letters", "credit-note-requests"}},
      {"register", "register-chronicle", {"credit-note-requests"}, {"credit-notes", "credit-note-outcomes", "dead-letters"}}};
  return all;
}

const std::vector<std::string>& company_topics() {
  static const std::vector<std::string> all{"invoices", "payments", "usage", "customers", "contracts", "disputes"};
  return all;
}

const std::vector<std::string>& internal_topics() {
  static const std::vector<std::string> all{"credit-note-requests", "credit-note-outcomes"};
  return all;
}

Mark mark_of(std::string_view header) {
  Mark m;
  const std::size_t first = header.find(' '), second = header.find(' ', first + 1);
  if (first == std::string_view::npos || second == std::string_view::npos) return m;
  m.task = header.substr(0, first);
  std::from_chars(header.data() + first + 1, header.data() + second, m.seq);
  std::from_chars(header.data() + second + 1, header.data() + header.size(), m.time);
  return m;
}

std::vector<const Entry*> visible(const std::vector<Entry>& entries) {
  std::vector<const Entry*> seen;
  std::map<std::int64_t, std::vector<std::size_t>> open;  // producer -> places in `seen`
  for (const Entry& e : entries) {
    if (e.kind == Entry::Kind::data) {
      if (e.producer >= 0) open[e.producer].push_back(seen.size());
      seen.push_back(&e);
      continue;
    }
    if (e.kind == Entry::Kind::abort)
      for (const std::size_t at : open[e.producer]) seen[at] = nullptr;
    open.erase(e.producer);
  }
  std::size_t end = seen.size();
  for (const auto& [producer, places] : open) end = std::min(end, places.front());
  seen.resize(end);
  std::erase(seen, nullptr);
  return seen;
}

std::optional<Finding> judge(const Evidence& evidence) {
  if (auto finding = check_partitions(evidence)) return finding;
  const Outputs outputs(evidence);
  if (outputs.finding()) return outputs.finding();
  for (const auto& check : {check_numbers, check_answers})
    if (auto finding = check(evidence)) return finding;
  if (evidence.complete)
    if (auto finding = check_reservations(evidence)) return finding;
  return check_tasks(evidence, outputs);
}

std::vector<std::string> chronicle_lines(const Evidence& evidence) {
  std::vector<std::string> lines;
  for (const Part& part : parts()) {
    for (int task = 0; task < evidence.tasks; ++task) {
      for (const Entry* e : visible(evidence.partitions.at({part.chronicle, task}))) {
        const auto record = read_chronicle(e->text());
        if (!record) continue;
        std::string line = part.name + "-" + std::to_string(task) + " batch " + std::to_string(record->seq) + " by ";
        line += record->transactional_id;
        for (const ChronicleRun& run : record->runs) {
          line += run.tick ? " tick " + time_text(run.time)
                           : " " + part.inputs.at(run.input) + " " + std::to_string(run.first) + ".." + std::to_string(run.last);
        }
        lines.push_back(line);
      }
    }
  }
  return lines;
}

bool anything_open(const Evidence& evidence) { return check_partitions(evidence).has_value(); }

bool caught_up(const Evidence& evidence) {
  if (check_partitions(evidence)) return false;
  for (const Part& part : parts()) {
    for (int task = 0; task < evidence.tasks; ++task) {
      const auto chronicle = visible(evidence.partitions.at({part.chronicle, task}));
      const auto last = chronicle.empty() ? std::nullopt : read_chronicle(chronicle.back()->text());
      for (std::size_t i = 0; i < part.inputs.size(); ++i) {
        const auto records = visible(evidence.partitions.at({part.inputs[i], task}));
        const std::int64_t position = last && i < last->positions.size() ? last->positions[i] : 0;
        if (!records.empty() && records.back()->offset >= position) return false;
      }
    }
  }
  return true;
}

}  // namespace due::oracle
