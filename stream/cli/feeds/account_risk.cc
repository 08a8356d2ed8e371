#include "stream/cli/feeds/account_risk.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace due::cli {
namespace {

constexpr std::int64_t day_ms = 86'400'000;
constexpr std::array<std::string_view, 3> topics = {"invoices", "payments", "usage"};
constexpr std::array<std::string_view, 3> types = {"due.invoice.issued.v1", "due.payment.received.v1", "due.usage.recorded.v1"};

std::uint64_t mix(std::uint64_t z) {
  z += 0x9E3779B97F4A7C15U;
  z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9U;
  z = (z ^ z >> 27) * 0x94D049BB133111EBU;
  return z ^ z >> 31;
}

std::string padded(std::int64_t value, std::size_t width) {
  std::string digits = std::to_string(value);
  return digits.size() >= width ? digits : std::string(width - digits.size(), '0') + digits;
}

std::string hex(std::uint64_t value) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string text(16, '0');
  for (std::size_t i = 0; i < 16; ++i) text[15 - i] = digits[value >> (4 * i) & 15];
  return text;
}

std::string date(std::int64_t ms) { return format(Date{static_cast<std::int32_t>(ms / day_ms)}); }

// Always three digits of milliseconds.
std::string time(std::int64_t ms) {
  const std::int64_t t = ms % day_ms;
  return date(ms) + 'T' + padded(t / 3'600'000, 2) + ':' + padded(t / 60'000 % 60, 2) + ':' + padded(t / 1'000 % 60, 2) + '.' +
         padded(t % 1'000, 3) + 'Z';
}

}  // namespace

AccountRiskFeed::AccountRiskFeed(const Options& options) : options_(options), seed_(static_cast<std::uint64_t>(4'711 + options.phase)) {
  step_ms_ = 400.0 * static_cast<double>(day_ms) / static_cast<double>(options.preloaded);
  const std::int64_t days_behind = options.phase == 0 ? 0 : 400 + 60 * (options.phase - 1);
  start_ms_ = (parse_date("2025-01-01")->days + days_behind) * day_ms;
  cumulated_.resize(static_cast<std::size_t>(options.customers));
  const double exponent = static_cast<double>(options.skew_thousandths) / 1'000;
  double sum = 0;
  for (std::size_t i = 0; i < cumulated_.size(); ++i) cumulated_[i] = sum += std::pow(static_cast<double>(i + 1), -exponent);
  for (double& share : cumulated_) share /= sum;
}

bool AccountRiskFeed::next(FeedRecord& out) {
  if (!agains_.empty() && (agains_.front().at <= n_ || n_ == options_.count)) {
    out = agains_.poll().record;
    out.timestamp = EventTime{now_ms_ * 1'000};
    return duplicate_ = true;
  }
  if (n_ == options_.count) return false;
  duplicate_ = false;
  now_ms_ = start_ms_ + static_cast<std::int64_t>(static_cast<double>(n_) * step_ms_);
  if (n_ < options_.large_accounts * options_.items)
    invoice(n_ % options_.large_accounts, false);
  else if (!payments_.empty() && payments_.front().at <= now_ms_)
    pay(payments_.poll());
  else if (uniform() < 1.0 / 3)
    invoice(customer(), true);
  else
    usage();
  json_ += "}}";
  out = {std::string{topics[topic_]}, key_, json_, {}, EventTime{now_ms_ * 1'000}};
  ++n_;
  if (uniform() < 0.01) {
    const double place = uniform();  // drawn before the choice between near and far
    const std::int64_t reach = uniform() < 0.5 ? 200 : options_.count / 3;
    agains_.add({n_ + 1 + static_cast<std::int64_t>(place * static_cast<double>(reach)), out});
  }
  return true;
}

void AccountRiskFeed::invoice(std::int64_t c, bool paid_some_day) {
  const std::int64_t number = options_.phase * 100'000'000 + invoices_++;
  const std::int64_t gross = 1'000 + static_cast<std::int64_t>(200'000 * std::pow(uniform(), 3));
  const std::int64_t due = now_ms_ + 30 * day_ms;
  head(0, c);
  json_ += R"(","invoice_id":"INV-)" + padded(number, 9) + R"(","issue_date":")" + date(now_ms_) + R"(","due_date":")" + date(due) +
           R"(","currency":"EUR","gross_minor":)" + std::to_string(gross);
  if (!paid_some_day || uniform() < 0.03) return;
  const double skew = static_cast<double>(1 + c * 7'919 % 5);  // 1: pays late, 5: pays in time
  const std::int64_t at = due + static_cast<std::int64_t>((-5 + 65 * std::pow(uniform(), skew)) * static_cast<double>(day_ms));
  const std::int64_t first = uniform() < 0.15 ? gross / 2 : gross;
  payments_.add({at, c, number, first});
  if (first < gross) payments_.add({at + 5 * day_ms, c, number, gross - first});
}

void AccountRiskFeed::pay(const Payment& payment) {
  head(1, payment.customer);
  json_ += R"(","payment_id":"PAY-)" + padded(options_.phase * 100'000'000 + n_, 9) + R"(","invoice_id":"INV-)" +
           padded(payment.invoice, 9) + R"(","value_date":")" + date(now_ms_) + R"(","currency":"EUR","amount_minor":)" +
           std::to_string(payment.amount);
}

void AccountRiskFeed::usage() {
  head(2, customer());
  json_ += R"(","usage_id":"USE-)" + padded(options_.phase * 100'000'000 + n_, 9) + R"(","meter":"images","case_id":"CASE-)" +
           padded(n_ / 3, 9) + R"(","quantity":)" + std::to_string(1 + static_cast<int>(uniform() * 9)) + R"(,"occurred_at":")" +
           time(now_ms_) + '"';
}

void AccountRiskFeed::head(std::size_t topic, std::int64_t customer) {
  topic_ = topic;
  key_ = 'C' + padded(customer, 8);
  json_ = R"({"specversion":"1.0","id":")";
  uuid();
  json_ += R"(","source":"/erp/sap/4711","type":")";
  json_ += types[topic];
  json_ += R"(","subject":")" + key_ + R"(","time":")" + time(now_ms_) +
           R"(","datacontenttype":"application/json","data":{"customer_id":")" + key_;
}

void AccountRiskFeed::uuid() {
  const std::uint64_t base = static_cast<std::uint64_t>(n_) * 2 + (static_cast<std::uint64_t>(options_.phase) << 40);
  const std::string high = hex(mix(base));
  const std::string low = hex(mix(base + 1));
  json_.append(high, 0, 8).append(1, '-').append(high, 8, 4).append(1, '-').append(high, 12, 4);
  json_.append(1, '-').append(low, 0, 4).append(1, '-').append(low, 4, 12);
}

std::int64_t AccountRiskFeed::customer() {
  const auto found = std::lower_bound(cumulated_.begin(), cumulated_.end(), uniform());
  return std::min<std::int64_t>(found - cumulated_.begin(), static_cast<std::int64_t>(cumulated_.size()) - 1);
}

double AccountRiskFeed::uniform() { return static_cast<double>(mix(seed_ += 0x9E3779B97F4A7C15U) >> 11) * 0x1p-53; }

}  // namespace due::cli
