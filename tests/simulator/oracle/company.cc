#include "tests/simulator/oracle/company.h"

#include <algorithm>
#include <array>

#include "tests/simulator/oracle/calendar.h"

namespace due::oracle {
namespace {

constexpr const char* topics[] = {"invoices", "payments", "usage"};
constexpr std::size_t long_id = 64;  // the longest there may be

std::size_t topic_of(Kind kind) {
  switch (kind) {
    case Kind::payment:
    case Kind::reversal: return 1;
    case Kind::usage: return 2;
    default: return 0;
  }
}

std::string text(const char* name, const std::string& value) { return std::string(",\"") + name + "\":\"" + value + "\""; }
std::string number(const char* name, std::int64_t value) { return std::string(",\"") + name + "\":" + std::to_string(value); }

std::string entity_of(const Fact& f) { return f.entity.empty() ? std::string() : text("legal_entity_id", f.entity); }

std::string data_of(const Fact& f) {
  std::string d = "\"customer_id\":\"" + f.customer + "\"";
  switch (f.kind) {
    case Kind::invoice:
      return d + text("invoice_id", f.id) + text("issue_date", day_text(f.day)) + text("due_date", day_text(f.due)) +
             text("currency", f.currency) + number("gross_minor", f.amount) + entity_of(f);
    case Kind::correction:
      return d + text("invoice_id", f.refers) + number("version", f.version) + text("issue_date", day_text(f.day)) +
             text("due_date", day_text(f.due)) + text("currency", f.currency) + number("gross_minor", f.amount);
    case Kind::cancellation:
      return d + text("cancellation_id", f.id) + text("invoice_id", f.refers) + text("cancel_date", day_text(f.day)) + entity_of(f);
    case Kind::memo:
      return d + text("credit_memo_id", f.id) + text("invoice_id", f.refers) + text("credit_date", day_text(f.day)) +
             text("currency", f.currency) + number("amount_minor", f.amount);
    case Kind::payment:
      if (!f.refers.empty()) d += text("invoice_id", f.refers);
      return d + text("payment_id", f.id) + text("value_date", day_text(f.day)) + text("currency", f.currency) +
             number("amount_minor", f.amount);
    case Kind::reversal:
      return d + text("reversal_id", f.id) + text("payment_id", f.refers) + text("value_date", day_text(f.day)) +
             text("currency", f.currency) + number("amount_minor", f.amount);
    case Kind::usage:
      if (!f.case_id.empty()) d += text("case_id", f.case_id);
      return d + text("usage_id", f.id) + text("meter", "images") + number("quantity", f.amount) +
             text("occurred_at", day_text(f.day) + "T12:00:00Z");
    case Kind::bad: break;
  }
  return d;
}

std::string envelope(const Fact& f, std::string_view type, const std::string& data) {
  return "{\"specversion\":\"1.0\"" + text("id", f.event_id) + text("source", "/sim") + ",\"type\":\"" + std::string(type) + "\"" +
         text("time", time_text(f.time)) + ",\"data\":{" + data + "}}";
}

class Maker {
 public:
  Maker(const CompanyOptions& options, sim::Dice& dice) : options_(options), dice_(dice) {}
  std::vector<Posted> make();

 private:
  Fact fresh(Kind kind);
  void refer(Fact& f);
  Fact next();
  void refuse(Posted& p);
  Posted post(Fact f);
  std::string id(const char* prefix) { return prefix + std::to_string(++ids_); }
  std::string customer() { return "C" + std::to_string(dice_.below(static_cast<std::uint64_t>(options_.customers))); }
  std::string entity() { return "LE" + std::to_string(1 + dice_.below(static_cast<std::uint64_t>(options_.entities))); }
  std::string currency() { return options_.two_currencies && dice_.chance(0.3) ? "USD" : "EUR"; }

  const CompanyOptions& options_;
  sim::Dice& dice_;
  int ids_ = 0;
  std::int64_t today_ = 0;
  std::vector<Fact> made_, invoices_, payments_;
};

Fact Maker::fresh(Kind kind) {
  Fact f;
  f.kind = kind;
  f.customer = customer();
  f.event_id = id("e");
  f.day = today_ - (dice_.chance(0.1) ? dice_.between(0, 60) : 0);  // some are late, and some fall out of every window
  if (dice_.chance(0.02)) f.day -= 170;
  f.due = f.day + dice_.between(0, 40);
  f.currency = currency();
  f.amount = dice_.chance(0.05) ? dice_.between(900'000, 2'000'000) : dice_.between(0, 40'000);
  f.time = today_ * day_micros + dice_.between(0, 86'399) * 1'000'000;
  return f;
}

void Maker::refer(Fact& f) {
  const bool to_payment = f.kind == Kind::reversal;
  const std::vector<Fact>& documents = to_payment ? payments_ : invoices_;
  if (documents.empty() || dice_.chance(0.05)) {
    f.refers = to_payment ? "NOP" : "NOI";  // never comes
    return;
  }
  const std::size_t newest = std::min<std::size_t>(documents.size(), 12);
  const Fact& d = documents[documents.size() - 1 - dice_.below(newest)];
  f.customer = d.customer;
  f.refers = d.id;
  if (!dice_.chance(0.04)) f.currency = d.currency;
  if (to_payment && !dice_.chance(0.1)) f.amount = d.amount;
  if (f.kind == Kind::payment && dice_.chance(0.6)) f.amount = std::max<std::int64_t>(1, d.amount);
  if (f.kind == Kind::memo && dice_.chance(0.9)) f.amount = dice_.between(1, std::max<std::int64_t>(1, d.amount));
}

Fact Maker::next() {
  const std::uint64_t what = dice_.below(100);
  if (what < 34) {
    Fact f = fresh(Kind::invoice);
    f.id = id("I");
    if (dice_.chance(0.5)) f.entity = entity();
    invoices_.push_back(f);
    return f;
  }
  Fact f = fresh(what < 60   ? Kind::payment
                 : what < 76 ? Kind::usage
                 : what < 81 ? Kind::correction
                 : what < 92 ? Kind::cancellation
                 : what < 96 ? Kind::memo
                             : Kind::reversal);
  switch (f.kind) {
    case Kind::payment:
      f.id = id("P");
      f.amount = std::max<std::int64_t>(1, f.amount);
      if (!dice_.chance(0.1)) refer(f);
      payments_.push_back(f);
      break;
    case Kind::usage:
      f.id = id("U");
      if (dice_.chance(0.6)) f.case_id = "K" + std::to_string(dice_.below(20));
      break;
    case Kind::correction:
      refer(f);
      f.version = dice_.between(2, 4);
      f.id = std::to_string(f.version) + "/" + f.refers;
      break;
    case Kind::cancellation:
      f.id = id("X");
      if (dice_.chance(0.2)) f.id.append(long_id - f.id.size(), 'x');  // so that some credit notes are larger than others
      if (dice_.chance(0.2)) f.entity = entity();
      refer(f);
      break;
    case Kind::memo:
      f.id = id("M");
      f.amount = std::max<std::int64_t>(1, f.amount);
      refer(f);
      break;
    default:
      f.id = id("R");
      f.amount = std::max<std::int64_t>(1, f.amount);
      refer(f);
  }
  return f;
}

// Spoils a record so that it must be refused for exactly one reason.
void Maker::refuse(Posted& p) {
  switch (dice_.below(7)) {
    case 0: p.fact.code = "NOT_JSON", p.value = "{broken " + p.fact.event_id; break;
    case 1: p.fact.code = "EMPTY_VALUE", p.value.reset(); break;
    case 2: p.fact.code = "MISSING_KEY", p.key.reset(); break;
    case 3: p.fact.code = "UNKNOWN_TYPE", p.value = envelope(p.fact, "due.invoice.imagined.v1", data_of(p.fact)); break;
    case 4: p.fact.code = "WRONG_KEY", p.key = p.fact.customer + "x"; break;
    case 5: {
      Fact far = p.fact;
      far.time += 40 * 366 * day_micros;
      p.fact.time = far.time;
      p.fact.code = "FUTURE_DATED", p.value = envelope(far, type_of(far.kind), data_of(far));
      break;
    }
    default:
      p.fact.code = "MISSING_FIELD";
      p.value = envelope(p.fact, type_of(p.fact.kind), "\"customer_id\":\"" + p.fact.customer + "\"");
  }
}

Posted Maker::post(Fact f) {
  Posted p;
  p.topic = topics[topic_of(f.kind)];
  p.key = f.customer;
  p.value = envelope(f, type_of(f.kind), data_of(f));
  p.fact = std::move(f);
  if (dice_.chance(options_.bad)) {
    refuse(p);
  } else {
    p.astray = dice_.chance(options_.astray);
  }
  return p;
}

std::vector<Posted> Maker::make() {
  std::vector<Posted> all;
  for (int n = 0; n < options_.events; ++n) {
    today_ = options_.first_day + static_cast<std::int64_t>(n) * options_.days / options_.events;
    if (!made_.empty() && dice_.chance(options_.duplicate)) {
      Fact again = made_[made_.size() - 1 - dice_.below(std::min<std::size_t>(made_.size(), 40))];
      if (dice_.chance(0.5)) again.event_id = id("e");  // the same content in another envelope
      all.push_back(post(std::move(again)));
    } else if (!made_.empty() && dice_.chance(options_.conflict)) {
      Fact other = made_[made_.size() - 1 - dice_.below(std::min<std::size_t>(made_.size(), 40))];
      other.event_id = id("e");
      other.amount += 1;
      other.day -= 1;
      all.push_back(post(std::move(other)));
    } else {
      made_.push_back(next());
      all.push_back(post(made_.back()));
    }
  }
  // What comes a little out of order: a payment before its invoice, a cancellation before what it cancels.
  for (std::size_t i = 1; i < all.size(); ++i)
    if (dice_.chance(0.15)) std::swap(all[i], all[i - 1 - dice_.below(std::min<std::size_t>(i, 8))]);
  const auto live_from = static_cast<std::size_t>(static_cast<double>(all.size()) * (1 - options_.live));
  for (std::size_t i = 0; i < live_from && i < all.size(); ++i) all[i].history = true;
  return all;
}

std::uint32_t murmur2(std::string_view key) {
  constexpr std::uint32_t m = 0x5bd1e995;
  std::uint32_t h = 0x9747b28c ^ static_cast<std::uint32_t>(key.size());
  const auto byte = [&](std::size_t i) { return std::uint32_t{static_cast<unsigned char>(key[i])}; };
  std::size_t i = 0;
  for (; i + 4 <= key.size(); i += 4) {
    std::uint32_t k = byte(i) | byte(i + 1) << 8 | byte(i + 2) << 16 | byte(i + 3) << 24;
    k *= m;
    k ^= k >> 24;
    h = h * m ^ k * m;
  }
  if (key.size() - i >= 3) h ^= byte(i + 2) << 16;
  if (key.size() - i >= 2) h ^= byte(i + 1) << 8;
  if (key.size() - i >= 1) h = (h ^ byte(i)) * m;
  h ^= h >> 13;
  h *= m;
  return h ^ h >> 15;
}

}  // namespace

std::string content_of(const Fact& fact) { return std::to_string(static_cast<int>(fact.kind)) + data_of(fact); }

std::string_view type_of(Kind kind) {
  constexpr std::array<std::string_view, 7> names = {"due.invoice.issued.v1",   "due.invoice.corrected.v1", "due.invoice.cancelled.v1",
                                                     "due.payment.received.v1", "due.payment.reversed.v1",  "due.usage.recorded.v1",
                                                     "due.invoice.credited.v1"};
  return names[static_cast<std::size_t>(kind)];
}

int partition_of(std::string_view key, int partitions) {
  return static_cast<int>((murmur2(key) & 0x7fffffff) % static_cast<std::uint32_t>(partitions));
}

std::vector<Posted> company(const CompanyOptions& options, sim::Dice& dice) { return Maker(options, dice).make(); }

}  // namespace due::oracle
