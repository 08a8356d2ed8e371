#include "tests/simulator/oracle/parts/credit_check.h"

#include <charconv>
#include <map>
#include <tuple>
#include <vector>

#include "tests/simulator/oracle/task_check.h"

namespace due::oracle {
namespace {

std::int64_t integer(std::string_view digits) {
  std::int64_t v = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), v);
  return v;
}

std::string of(const Entry& e, std::string_view name) { return std::string(member(e.text(), name)); }

// What tasks wrote there, partition by partition.
std::vector<const Entry*> written(const Evidence& evidence, const std::string& topic) {
  std::vector<const Entry*> all;
  for (const auto& [place, entries] : evidence.partitions) {
    if (place.first != topic) continue;
    for (const Entry* e : visible(entries))
      if (e->header("duestream") != nullptr) all.push_back(e);
  }
  return all;
}

}  // namespace

std::optional<Finding> check_numbers(const Evidence& evidence) {
  struct Note {
    std::string text, date;
  };
  std::map<std::tuple<std::string, std::string, std::string>, std::map<std::int64_t, Note>> series;  // by entity, document type and year
  for (const Entry* e : written(evidence, "credit-notes")) {
    const std::string text = of(*e, "number"), date(last_member(e->text(), "issue_date"));
    if (!text.starts_with("CN-" + date.substr(0, 4) + "-")) return Finding{"numbers", text + " is dated " + date};
    const auto [at, fresh] =
        series[{of(*e, "legal_entity_id"), of(*e, "document_type"), date.substr(0, 4)}].emplace(integer(text.substr(8)), Note{text, date});
    if (!fresh) return Finding{"numbers", text + " of " + of(*e, "legal_entity_id") + " is given twice"};
  }
  for (const auto& [name, notes] : series) {
    std::int64_t n = 0;
    std::string date;
    for (const auto& [number, note] : notes) {
      if (number != ++n) return Finding{"numbers", "before " + note.text + " of " + std::get<0>(name) + " one is missing"};
      if (note.date < date) return Finding{"numbers", note.text + " of " + std::get<0>(name) + " is dated before the one before it"};
      date = note.date;
    }
  }
  return std::nullopt;
}

std::optional<Finding> check_answers(const Evidence& evidence) {
  std::map<std::string, const Entry*> requests, notes, outcomes;
  for (const Entry* e : written(evidence, "credit-note-requests"))
    if (!requests.emplace(of(*e, "request_id"), e).second) return Finding{"answers", "request " + of(*e, "request_id") + " is made twice"};
  for (const Entry* e : written(evidence, "credit-notes"))
    if (!notes.emplace(of(*e, "credit_note_id"), e).second)
      return Finding{"answers", "request " + of(*e, "credit_note_id") + " has two credit notes"};
  for (const Entry* e : written(evidence, "credit-note-outcomes")) {
    const auto [first, fresh] = outcomes.emplace(of(*e, "request_id"), e);
    if (!fresh && first->second->value != e->value) return Finding{"answers", "request " + first->first + " is answered in two ways"};
  }
  for (const auto& [id, note] : notes) {
    const auto request = requests.find(id), outcome = outcomes.find(id);
    if (request == requests.end()) return Finding{"answers", "credit note " + of(*note, "number") + " is of no request"};
    if (of(*request->second, "amount_minor") != of(*note, "gross_minor") || of(*request->second, "currency") != of(*note, "currency"))
      return Finding{"answers", "credit note " + of(*note, "number") + " is not of the amount that was asked for"};
    if (outcome == outcomes.end()) return Finding{"answers", "credit note " + of(*note, "number") + " has no outcome"};
  }
  for (const auto& [id, outcome] : outcomes) {
    const auto note = notes.find(id);
    const std::string number = of(*outcome, "number");
    if (!requests.contains(id)) return Finding{"answers", "an outcome is of no request: " + id};
    if (note == notes.end() && number.empty()) continue;
    if (note == notes.end() || of(*note->second, "number") != number ||
        last_member(note->second->text(), "issue_date") != member(outcome->text(), "issue_date"))
      return Finding{"answers", "request " + id + ": outcome and credit note do not agree"};
  }
  for (const auto& [id, request] : requests)
    if (evidence.complete && !outcomes.contains(id)) return Finding{"answers", "request " + id + " has no answer"};
  return std::nullopt;
}

std::optional<Finding> check_limits(const Evidence& evidence, const Claim& claim) {
  std::map<std::pair<std::string, std::string>, std::int64_t> credited;
  for (const Entry* e : written(evidence, "credit-notes"))
    credited[{of(*e, "customer_id"), of(*e, "invoice_id")}] += integer(of(*e, "gross_minor"));
  for (const auto& [invoice, sum] : credited) {
    const auto most = claim(invoice.first, invoice.second);
    if (most && sum > *most)
      return Finding{"limit", "invoice " + invoice.second + " of " + invoice.first + " claims " + std::to_string(*most) +
                                  ", its credit notes are " + std::to_string(sum)};
  }
  return std::nullopt;
}

// version, state (0: held), ...
std::optional<Finding> check_reservations(const Evidence& evidence) {
  for (const auto& [task, rows] : evidence.reservations)
    for (const std::string& row : rows)
      if (row.size() < 2 || row[1] == 0) return Finding{"reservations", task + " holds an amount that nobody will ever settle or release"};
  return std::nullopt;
}

}  // namespace due::oracle
