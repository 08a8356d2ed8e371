#include "stream/cli/inspect/page.h"

#include <algorithm>
#include <map>

#include "stream/cli/text/words.h"

namespace due::cli {
namespace {

namespace features = topology::features;
using Align = Table::Align;

constexpr char indent[] = "  ";

std::string plural(std::int64_t n, const std::string& what) { return grouped(n) + " " + what + (n == 1 ? "" : "s"); }

std::string heading(const std::string& text, Colours colours) { return "\n" + painted(text, Paint::strong, colours) + "\n"; }

// "20 of 1,234" where a list is cut short.
std::string shown_of(std::size_t all, std::size_t rows_max) {
  return all <= rows_max ? grouped(static_cast<std::int64_t>(all))
                         : grouped(static_cast<std::int64_t>(rows_max)) + " of " + grouped(static_cast<std::int64_t>(all));
}

// Older than what was looked at for names: the beginning of its hash.
std::string name_of(Hash128 document, const std::string& name) {
  return name.empty() && !document.zero() ? "#" + document.hex().substr(0, 12) : printable(name);
}

std::string feature_value(const features::Definition& d, std::int64_t v, Currency currency) {
  if (d.unit == "minor") return money(v, currency);
  if (d.unit == "days") return scaled(v, d.scale, 1) + " d";
  if (d.unit == "ratio") return scaled(v, d.scale, 2);
  return d.scale == 1 ? grouped(v) : scaled(v, d.scale, 2);
}

// One line per feature, one column per window: names that differ only in their window stand together.
std::string feature_table(const LedgerView& l, Colours colours) {
  Table table({{"feature", Align::left, 18}, {"30 days", Align::right, 14}, {"90 days", Align::right, 14}, {"180 days", Align::right, 14}},
              colours, indent);
  std::vector<std::string> order;
  std::map<std::string, std::map<std::string, std::string>> values;  // base name -> window -> value
  for (std::size_t i = 0; i < features::count; ++i) {
    const features::Definition& d = features::catalogue()[i];
    const std::size_t at = d.name.rfind('_');
    if (at == std::string::npos || !d.name.ends_with("d")) continue;  // balances stand at the top of the page
    const std::string base = d.name.substr(0, at), window = d.name.substr(at + 1);
    if (window != "30d" && window != "90d" && window != "180d") continue;
    if (!values.contains(base)) order.push_back(base);
    values[base][window] = feature_value(d, l.features[i], l.currency);
  }
  for (const std::string& base : order) table.row({base, values[base]["30d"], values[base]["90d"], values[base]["180d"]});
  return table.take();
}

std::string rule_line(const LedgerView& l, Colours colours) {
  std::string why;
  const topology::risk::Verdict& v = l.rule;
  if (v.slow)
    why = reason_in_words(
        {"AVG_DELAY_180D", {{"delay_days_sum", v.delay}, {"payments", v.payments}, {"threshold_days", v.delay_days_max}}},
        l.currency.text());
  if (v.large)
    why += (why.empty() ? "" : "; ") +
           reason_in_words({"OUTSTANDING", {{"outstanding_minor", v.outstanding}, {"threshold_minor", v.outstanding_max}}},
                           l.currency.text());
  return indent + painted(v.high() ? "HIGH" : "LOW", v.high() ? Paint::bad : Paint::good, colours) +
         (why.empty() ? "  no limit of the rule is exceeded" : "  " + why) + "\n";
}

std::string open_table(const LedgerView& l, const InspectPage& page, Colours colours) {
  if (l.open.empty()) return "";
  std::string out = heading("Open items (" + shown_of(l.open.size(), page.rows_max) + ", by due date)", colours);
  Table table({{"due", Align::left, 10},
               {"invoice"},
               {"issued", Align::left, 10},
               {"gross", Align::right},
               {"credited", Align::right},
               {"paid", Align::right},
               {"left", Align::right},
               {""}},
              colours, indent);
  for (std::size_t i = 0; i < std::min(page.rows_max, l.open.size()); ++i) {
    const OpenItem& o = l.open[i];
    const std::int32_t late = page.customer.day.days - o.due.days;
    const auto unless_zero = [&l](std::int64_t minor) { return minor == 0 ? "" : money(minor, l.currency); };
    table.row({Cell(format(o.due), late > 0 ? Paint::bad : Paint::plain), name_of(o.document, o.invoice), format(o.issued),
               money(o.gross, l.currency),
               unless_zero(o.credited), unless_zero(o.paid), money(o.left, l.currency),
               late > 0 ? plural(late, "day") + " overdue" : ""});
  }
  return out + table.take();
}

std::string payment_note(const PaymentLine& p) {
  if (p.status == topology::Payment::Status::reversed) return "reversed";
  if (p.delay && *p.delay == 0) return "on its due date";
  if (p.delay) return *p.delay > 0 ? plural(*p.delay, "day") + " late" : plural(-*p.delay, "day") + " early";
  return p.for_document.zero() ? "names no invoice" : "met no open item";
}

std::string payment_table(const LedgerView& l, const InspectPage& page, Colours colours) {
  if (l.payments.empty()) return "";
  std::string out = heading("Payments (" + shown_of(l.payments.size(), page.rows_max) + ", newest first)", colours);
  Table table({{"value date", Align::left, 10}, {"payment"}, {"for invoice"}, {"amount", Align::right}, {"allocated", Align::right}, {""}},
              colours, indent);
  for (std::size_t i = 0; i < std::min(page.rows_max, l.payments.size()); ++i) {
    const PaymentLine& p = l.payments[i];
    table.row({format(p.value_date), name_of(p.document, p.payment), name_of(p.for_document, p.invoice),
               money(p.amount, l.currency), money(p.allocated, l.currency), payment_note(p)});
  }
  return out + table.take();
}

std::string ledger_text(const LedgerView& l, const InspectPage& page, Colours colours) {
  const std::string name = l.currency.none() ? "No money event yet" : l.currency.text();
  std::string out = heading(name + " as of " + format(page.customer.day), colours) + rule_line(l, colours);
  out += std::string(indent) + "outstanding " + money(l.balances.outstanding, l.currency) + ", overdue " +
         money(l.balances.overdue, l.currency) + ", " + plural(l.balances.open, "open item") + "; " + plural(l.invoices, "invoice") +
         (l.cancelled > 0 ? " (" + grouped(l.cancelled) + " cancelled)" : "") + ", " +
         plural(static_cast<std::int64_t>(l.payments.size()), "payment") + " remembered\n\n";
  return out + feature_table(l, colours) + open_table(l, page, colours) + payment_table(l, page, colours);
}

std::string joined(const std::vector<std::string>& ids, std::size_t rows_max) {
  std::string out;
  for (std::size_t i = 0; i < std::min(ids.size(), rows_max); ++i) out += (out.empty() ? "" : ", ") + printable(ids[i]);
  return out + (ids.size() > rows_max ? ", ..." : "");
}

std::string master_text(const InspectPage& page) {
  const MasterView& m = page.customer.master;
  std::string out;
  if (m.record) {
    const events::CustomerRecorded& r = *m.record;
    out += indent;
    out += m.deactivated ? "recorded, deactivated" : "recorded";
    out += ", version " + grouped(r.version);
    if (!r.legal_entity_id.empty()) out += ", billed by " + printable(r.legal_entity_id);
    if (!r.time_zone.empty()) out += " (" + printable(r.time_zone) + ")";
    if (r.payment_terms_days) out += ", to pay in " + plural(*r.payment_terms_days, "day");
    if (r.credit_limit_minor) out += ", credit limit " + money(*r.credit_limit_minor, r.currency);
    out += "\n";
  }
  if (!m.price_rules.empty()) out += std::string(indent) + "price rules: " + joined(m.price_rules, page.rows_max) + "\n";
  if (!m.open_disputes.empty()) out += std::string(indent) + "open disputes: " + joined(m.open_disputes, page.rows_max) + "\n";
  return out;
}

std::string parked_text(const InspectPage& page, Colours colours) {
  std::string out;
  const auto& parked = page.customer.parked;
  if (!parked.empty()) {
    out += heading("Waiting for the document they refer to (" + shown_of(parked.size(), page.rows_max) + ")", colours);
    Table table({{"gives up at", Align::left, 20}, {"event"}, {"document"}, {""}, {"lies at"}}, colours, indent);
    for (std::size_t i = 0; i < std::min(page.rows_max, parked.size()); ++i)
      table.row({to_seconds(parked[i].gives_up), parked[i].event, parked[i].document, parked[i].and_also, parked[i].place});
    out += table.take();
  }
  const auto& expected = page.customer.expected;
  if (expected.empty()) return out;
  out += heading("Invoices that were named and have not come (" + shown_of(expected.size(), page.rows_max) + ")", colours);
  for (std::size_t i = 0; i < std::min(page.rows_max, expected.size()); ++i)
    out += indent + name_of(expected[i].first, expected[i].second) + "\n";
  return out;
}

std::string decisions_text(const InspectPage& page, Colours colours) {
  if (page.decisions.empty())
    return heading("Decisions", colours) + indent +
           (page.decisions_complete ? "none\n" : "none among the newest that were looked at; --look-back looks further\n");
  std::string out = heading("Decisions (newest last)", colours);
  Table table({{"place"}, {"day", Align::left, 10}, {"risk", Align::left, 4}, {"on"}, {"which lies at"}, {"why"}}, colours, indent);
  for (const PlacedDecision& p : page.decisions) {
    const codec::DecisionView& d = p.decision;
    table.row({p.place, d.business_date, Cell(d.decision, d.decision == "HIGH" ? Paint::bad : Paint::good), event_in_words(d.event_type),
               Cell(d.id, Paint::faint), reasons_in_words(d)});
  }
  return out + table.take();
}

}  // namespace

std::string as_text(const InspectPage& page, Colours colours) {
  const AsOf& a = page.as_of;
  std::string out = painted(printable(page.customer.customer), Paint::strong, colours) + "\n";
  out += std::string(indent) + a.task + " behind batch " + grouped(a.batch) + ", task time " + to_seconds(a.task_time) + "; " +
         (!a.asked.empty()     ? "as of " + printable(a.asked) + ", " + grouped(a.folded_steps) + " steps folded to there"
          : a.folded_steps > 0 ? grouped(a.folded_steps) + " steps newer than the state on disk"
                               : "as on disk") +
         "; " +
         plural(page.customer.documents_known, "business key") + " known\n";
  out += master_text(page);
  for (const LedgerView& l : page.customer.ledgers) out += ledger_text(l, page, colours);
  return out + parked_text(page, colours) + decisions_text(page, colours);
}

}  // namespace due::cli
