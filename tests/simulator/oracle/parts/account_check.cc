#include "tests/simulator/oracle/parts/account_check.h"

#include <algorithm>
#include <charconv>

#include "tests/simulator/oracle/calendar.h"

namespace due::oracle {
namespace {

constexpr std::size_t decision_bytes = 700;  // about

std::vector<std::int64_t> numbers(std::string_view list) {
  std::vector<std::int64_t> all;
  while (!list.empty()) {
    std::int64_t v = 0;
    const auto [end, error] = std::from_chars(list.data(), list.data() + list.size(), v);
    if (error != std::errc{}) break;
    all.push_back(v);
    list.remove_prefix(static_cast<std::size_t>(end - list.data()));
    if (list.starts_with(',')) list.remove_prefix(1);
  }
  return all;
}

std::string text(const std::vector<std::int64_t>& v) {
  std::string t;
  for (const std::int64_t x : v) t += (t.empty() ? "" : ",") + std::to_string(x);
  return t;
}

// What of a decision is not as it must be; empty: nothing.
std::string wrong_in(const Entry& found, const Expected& e) {
  const std::string_view json = found.text();
  const Fact& f = e.posted->fact;
  const std::string members = difference(json, {{"event_id", f.event_id},
                                                {"event_source", "/sim"},
                                                {"event_type", std::string(type_of(f.kind))},
                                                {"customer_id", f.customer},
                                                {"business_date", day_text(f.day)},
                                                {"currency", e.currency},
                                                {"decision", e.high ? "HIGH" : "LOW"},
                                                {"time", time_text(e.time)}});
  if (!members.empty()) return members;
  const std::vector<std::int64_t> features = numbers(member(json, "features")), wanted(e.features.begin(), e.features.end());
  return features == wanted ? std::string() : "features are " + text(features) + ", must be " + text(wanted);
}

}  // namespace

AccountCheck::AccountCheck(const Evidence& evidence, const Texts& texts, OutputCursor& cursor, int task)
    : TaskCheck(evidence, parts()[0], cursor, task), texts_(texts), book_(task, evidence.tasks, evidence.parked_micros) {}

std::optional<Finding> AccountCheck::tick(const ChronicleRun& run, const Entry& chronicle) {
  return outputs_of(book_.tick(run.time, run.wall), Order::any, chronicle);
}

std::optional<Finding> AccountCheck::record(std::size_t in, const Entry& record, const Entry& chronicle) {
  const Origin origin{input(in), task(), record.offset};
  if (origin.topic == "credit-note-outcomes") return outcome(record, origin, chronicle);
  const auto posted = texts_.find({record.key, record.value});
  if (posted == texts_.end()) return finding("chronicle", "it takes a record that nobody published");
  return outputs_of(book_.record(*posted->second, origin, record.header("history") != nullptr), Order::given, chronicle);
}

std::optional<Finding> AccountCheck::outputs_of(std::vector<Expected> expected, Order order, const Entry& chronicle) {
  while (!expected.empty()) {
    auto at = expected.begin();
    if (order == Order::any) {
      const auto fits = std::find_if(at, expected.end(), [&](const Expected& e) {
        const Entry* found = next(place_of_dead_letter(e.posted->key));
        return found != nullptr && origin_of(*found) == text(e.origin);
      });
      if (fits != expected.end()) at = fits;
    }
    if (auto found = output(*at, chronicle)) return found;
    expected.erase(at);
  }
  return std::nullopt;
}

std::optional<Finding> AccountCheck::output(const Expected& e, const Entry& chronicle) {
  if (e.credit > 0) return request(e, chronicle);
  if (!e.code.empty()) return dead_letter({e.code, e.origin, e.posted->key, e.posted->value, e.time}, chronicle);
  const Outputs::Key at = key("decisions", partition_of(*e.posted->key, partitions("decisions")));
  const Entry* found = next(at);
  const bool elsewhere = found == nullptr || origin_of(*found) != text(e.origin);
  if (elsewhere && may_be_oversized("decisions", decision_bytes))
    return dead_letter({"OVERSIZED_OUTPUT", e.origin, e.posted->key, e.posted->value, e.time}, chronicle);
  const std::string what = "a decision on " + text(e.origin);
  if (found == nullptr) return finding("outputs", what + " is missing");
  if (elsewhere) return finding("outputs", what + " must be there, found is " + describe(*found));
  if (auto wrong = take(at, chronicle, e.time, what)) return wrong;
  if (const std::string wrong = wrong_in(*found, e); !wrong.empty()) return finding("outputs", describe(*found) + ": " + wrong);
  return std::nullopt;
}

std::optional<Finding> AccountCheck::request(const Expected& e, const Entry& chronicle) {
  const std::string series = e.entity + "/381";
  const Outputs::Key at = key("credit-note-requests", partition_of(series, partitions("credit-note-requests")));
  const Entry* found = next(at);
  const Fact& f = e.posted->fact;
  const std::string what = "the request for a credit note by cancellation " + f.id;
  if (found == nullptr) return finding("outputs", what + " is missing");
  const std::string_view json = found->text();
  const std::string wrong = difference(json, {{"cancellation_id", f.id},
                                              {"invoice_id", f.refers},
                                              {"customer_id", f.customer},
                                              {"amount_minor", std::to_string(e.credit)},
                                              {"currency", e.currency},
                                              {"remaining_minor", "0"},
                                              {"legal_entity_id", e.entity},
                                              {"document_type", "381"},
                                              {"time", time_text(e.time)}});
  if (!wrong.empty()) return finding("outputs", what + ": " + wrong);
  if (found->key != series) return finding("outputs", what + " has the key " + found->key.value_or("(none)"));
  if ((found->header("history") != nullptr) != e.history) return finding("outputs", what + " is not history as its cancellation is");
  book_.asked(std::string(member(json, "request_id")), e);
  return take(at, chronicle, e.time, what);
}

std::optional<Finding> AccountCheck::outcome(const Entry& record, const Origin& origin, const Entry& chronicle) {
  const std::string_view json = record.text();
  AccountBook::Verdict v;
  v.request_id = member(json, "request_id");
  v.numbered = member(json, "type") == "due.credit-note.numbered.v1";
  v.answer = member(json, v.numbered ? "number" : "reason_code");
  const std::string_view amount = member(json, "amount_minor");
  std::from_chars(amount.data(), amount.data() + amount.size(), v.amount);
  const std::string code = book_.settle(std::string(member(json, "customer_id")), v);
  if (code.empty()) return std::nullopt;
  if (record.header("duestream") != nullptr)
    return finding("answers", text(origin) + ", which the register wrote, does not answer what is open: " + code);
  return dead_letter({code, origin, record.key, record.value, book_.time()}, chronicle);
}

}  // namespace due::oracle
