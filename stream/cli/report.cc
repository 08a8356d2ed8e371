#include "stream/cli/report.h"

#include <algorithm>
#include <cstdio>
#include <map>

#include "schemas/codec/decision_reader.h"
#include "stream/cli/text/words.h"
#include "stream/cli/topic_reader.h"
#include "topology/features/features.h"

namespace due::cli {
namespace {

namespace features = topology::features;

constexpr std::size_t avg_delay_180d = 16, outstanding = 21, overdue = 22, open_items = 23;  // places in the feature vector

// The last decision that spoke of the customer's money.
struct Customer {
  codec::DecisionView last;
  std::int64_t decisions = 0, high = 0;
};

struct BadKind {
  std::int64_t records = 0;
  std::string field, remedy, origin;  // of the first one
};

std::string codes(const codec::DecisionView& d) {
  std::string text;
  for (const codec::ReasonView& r : d.reasons) text += (text.empty() ? "" : ", ") + r.code;
  return text;
}

Status read_decisions(log::Log& log, const std::string& topic, std::map<std::string, Customer>& customers) {
  return scan(log, topic, [&](std::int32_t, const log::Record& r) {
    auto d = codec::read_decision(r.value.value_or(""));
    if (!d || d->features.size() != features::count) return Next::go_on;
    Customer& c = customers[d->customer_id];
    ++c.decisions;
    c.high += d->decision == "HIGH" ? 1 : 0;
    c.last = std::move(*d);
    return Next::go_on;
  });
}

Status read_bad(log::Log& log, const std::string& topic, std::map<std::string, BadKind>& kinds) {
  return scan(log, topic, [&](std::int32_t, const log::Record& r) {
    std::map<std::string_view, std::string_view> h;
    for (const log::Header& header : r.headers) h[header.name] = header.value;
    BadKind& kind = kinds[std::string(h["x-err.code"])];
    if (++kind.records > 1) return Next::go_on;
    kind.field = h["x-err.field"];
    kind.remedy = h["x-err.remedy"];
    kind.origin = std::string(h["x-err.topic"]) + "/" + std::string(h["x-err.partition"]) + "/" + std::string(h["x-err.offset"]);
    return Next::go_on;
  });
}

void print_customers(const std::map<std::string, Customer>& customers, std::size_t top) {
  std::vector<const Customer*> order;
  std::int64_t high = 0;
  for (const auto& [id, c] : customers) {
    order.push_back(&c);
    high += c.last.decision == "HIGH" ? 1 : 0;
  }
  const auto rank = [](const Customer* c) {
    return std::make_tuple(c->last.decision == "HIGH", c->last.reasons.size(), c->last.features[overdue],
                           c->last.features[avg_delay_180d]);
  };
  std::sort(order.begin(), order.end(), [&](const Customer* a, const Customer* b) {
    return rank(a) != rank(b) ? rank(a) > rank(b) : a->last.customer_id < b->last.customer_id;
  });
  std::printf("\nRiskiest customers  (%lld of %zu are HIGH now)\n\n", static_cast<long long>(high), customers.size());
  std::printf("  %-14s %-5s %20s %20s %6s %12s  %s\n", "customer", "risk", "outstanding", "overdue", "open", "avg delay", "reasons");
  for (std::size_t i = 0; i < std::min(top, order.size()); ++i) {
    const codec::DecisionView& d = order[i]->last;
    std::printf("  %-14s %-5s %20s %20s %6lld %10s d  %s\n", d.customer_id.c_str(), d.decision.c_str(),
                money(d.features[outstanding], d.currency).c_str(), money(d.features[overdue], d.currency).c_str(),
                static_cast<long long>(d.features[open_items]),
                scaled(d.features[avg_delay_180d], features::ratio_scale, 1).c_str(),
                codes(d).c_str());
  }
}

void print_bad(const std::map<std::string, BadKind>& kinds) {
  std::int64_t all = 0;
  for (const auto& [code, k] : kinds) all += k.records;
  std::printf("\nBad records  (%lld, whole in the dead letters)\n\n", static_cast<long long>(all));
  std::printf("  %-20s %7s  %-24s %-22s %s\n", "reason", "records", "field", "first one", "remedy");
  for (const auto& [code, k] : kinds)
    std::printf("  %-20s %7lld  %-24s %-22s %s\n", code.c_str(), static_cast<long long>(k.records), k.field.c_str(), k.origin.c_str(),
                k.remedy.c_str());
}

}  // namespace

int report(const ReportArguments& a, Wire& wire) {
  auto log = wire.open_log(a.log, Access::read);
  if (!log) return complain(log.error());
  std::map<std::string, Customer> customers;
  if (Status read = read_decisions(**log, a.log.prefix + "decisions", customers); !read) return complain(read.error());
  std::map<std::string, BadKind> kinds;
  if (Status read = read_bad(**log, a.log.prefix + "dead-letters", kinds); !read) return complain(read.error());
  print_customers(customers, static_cast<std::size_t>(std::max(1, a.top)));
  print_bad(kinds);
  return Exit::ok;
}

}  // namespace due::cli
