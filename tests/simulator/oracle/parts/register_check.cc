#include "tests/simulator/oracle/parts/register_check.h"

#include <algorithm>
#include <cstdio>

#include "tests/simulator/oracle/calendar.h"

namespace due::oracle {
namespace {

constexpr std::size_t note_bytes = 700;  // about

std::string of(std::string_view json, std::string_view name) { return std::string(member(json, name)); }

}  // namespace

std::optional<Finding> RegisterCheck::tick(const ChronicleRun& run, const Entry&) {
  time_ = run.time;
  wall_ = run.wall;
  return std::nullopt;
}

std::optional<Finding> RegisterCheck::record(std::size_t in, const Entry& record, const Entry& chronicle) {
  const std::string_view request = record.text();
  const std::int64_t said = micros_of(member(request, "time"));
  if (record.header("history") != nullptr && said > time_ && said <= wall_ + day_micros) time_ = said;
  const std::string data(request.substr(std::min(request.find("\"data\""), request.size())));
  const auto known = answers_.find(of(request, "request_id"));
  if (known != answers_.end() && known->second.data != data)
    return dead_letter({"CONFLICT", {input(in), task(), record.offset}, record.key, record.value, time_}, chronicle);
  if (known != answers_.end()) return outcome(request, known->second, chronicle);
  Answer fresh{data, {}, {}};
  if (auto found = number(request, fresh, chronicle)) return found;
  answers_[of(request, "request_id")] = fresh;
  return outcome(request, fresh, chronicle);
}

// The next number, dated by task time, and never before the one before it; none where the credit note does not fit its topic.
std::optional<Finding> RegisterCheck::number(std::string_view request, Answer& answer, const Entry& chronicle) {
  Series& series = series_[of(request, "legal_entity_id") + "/" + of(request, "document_type")];
  const std::string id = of(request, "request_id"), what = "the credit note for request " + id;
  const Outputs::Key at = key("credit-notes", partition_of(member(request, "customer_id"), partitions("credit-notes")));
  const Entry* found = next(at);
  const std::string_view note = found == nullptr ? std::string_view() : found->text();
  if (member(note, "credit_note_id") != id && may_be_oversized("credit-notes", note_bytes)) return std::nullopt;
  if (found == nullptr) return finding("outputs", what + " is missing");
  const std::int64_t day = std::max(time_ / day_micros, series.day);
  const std::int64_t n = series.last > 0 && civil(day).year == civil(series.day).year ? series.last + 1 : 1;
  char digits[32];
  std::snprintf(digits, sizeof digits, "CN-%04d-%06lld", civil(day).year, static_cast<long long>(n));
  answer.number = digits;
  answer.date = day_text(day);
  const std::string wrong = difference(note, {{"credit_note_id", id},
                                              {"number", answer.number},
                                              {"document_type", of(request, "document_type")},
                                              {"legal_entity_id", of(request, "legal_entity_id")},
                                              {"customer_id", of(request, "customer_id")},
                                              {"invoice_id", of(request, "invoice_id")},
                                              {"cancellation_id", of(request, "cancellation_id")},
                                              {"currency", of(request, "currency")},
                                              {"gross_minor", of(request, "amount_minor")},
                                              {"remaining_minor", of(request, "remaining_minor")},
                                              {"time", time_text(time_)}});
  if (!wrong.empty()) return finding("outputs", what + ": " + wrong);
  if (const std::string_view date = last_member(note, "issue_date"); date != answer.date)  // the first is the invoice's
    return finding("outputs", what + " is dated " + std::string(date) + ", must be " + answer.date);
  series = {day, n};
  return take(at, chronicle, time_, what);
}

std::optional<Finding> RegisterCheck::outcome(std::string_view request, const Answer& answer, const Entry& chronicle) {
  const Outputs::Key at = key("credit-note-outcomes", partition_of(member(request, "customer_id"), partitions("credit-note-outcomes")));
  const Entry* found = next(at);
  const std::string what = "the outcome of request " + of(request, "request_id");
  if (found == nullptr) return finding("outputs", what + " is missing");
  std::vector<std::pair<std::string_view, std::string>> wanted;
  for (const std::string_view same : {"request_id", "customer_id", "invoice_id", "currency", "amount_minor", "time"})
    wanted.emplace_back(same, of(request, same));
  if (answer.number.empty()) {
    wanted.insert(wanted.end(), {{"type", "due.credit-note.refused.v1"}, {"reason_code", "OVERSIZED_OUTPUT"}});
  } else {
    wanted.insert(wanted.end(), {{"type", "due.credit-note.numbered.v1"}, {"number", answer.number}, {"issue_date", answer.date}});
  }
  if (const std::string wrong = difference(found->text(), wanted); !wrong.empty()) return finding("outputs", what + ": " + wrong);
  return take(at, chronicle, time_, what);
}

}  // namespace due::oracle
