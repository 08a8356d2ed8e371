// stream/cli/feeds/account_risk.h
// The workload on which duestream is compared with its peers: the same events, byte for byte, as the peers' own generator makes.
//
//   Source   the peers' EventSource: same seed, same algorithm, its heap order for equal keys included
//   Shape    `count` unique events over 400 days from 2025-01-01, customers by Zipf 0.8, one per cent exact duplicates; no headers.
//            Large accounts are an addition of ours: the most active customers first get `items` invoices each that nobody pays
//   Units    amounts: minor units of EUR
//   Errors   none
//   Clock    none
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "stream/cli/feeds/feed.h"

namespace due::cli {

// A binary heap that sifts as java.util.PriorityQueue does, so that equal keys leave it in the same order. T has `at`.
template <class T>
class JavaQueue {
 public:
  bool empty() const { return items_.empty(); }
  const T& front() const { return items_.front(); }
  void add(T item) {
    items_.push_back(std::move(item));
    std::size_t k = items_.size() - 1;
    while (k > 0 && items_[k].at < items_[(k - 1) / 2].at) {
      std::swap(items_[k], items_[(k - 1) / 2]);
      k = (k - 1) / 2;
    }
  }
  T poll() {
    T first = std::move(items_.front());
    if (items_.size() > 1) items_.front() = std::move(items_.back());
    items_.pop_back();
    for (std::size_t k = 0; k < items_.size() / 2;) {
      std::size_t child = 2 * k + 1;
      if (child + 1 < items_.size() && items_[child].at > items_[child + 1].at) ++child;
      if (items_[k].at <= items_[child].at) break;
      std::swap(items_[k], items_[child]);
      k = child;
    }
    return first;
  }

 private:
  std::vector<T> items_;
};

class AccountRiskFeed final : public Feed {
 public:
  struct Options {
    std::int64_t phase = 0;         // 0: the preload of 400 days; later ones go on behind it at the same pace, with ids of their own
    std::int64_t customers = 100'000;
    std::int64_t count = 3'000'000;
    std::int64_t preloaded = 3'000'000;  // the count of phase 0, which sets the pace
    std::int64_t skew_thousandths = 800;  // exponent of Zipf's law; 0: every customer is as active as any other
    std::int64_t large_accounts = 0, items = 0;  // their invoices are the first of `count`, one of each account in turns
  };
  explicit AccountRiskFeed(const Options& options);

  bool next(FeedRecord& out) override;
  const std::optional<Error>& broken() const override { return broken_; }
  bool duplicate() const { return duplicate_; }  // was the last record a repetition?

 private:
  struct Payment {
    std::int64_t at, customer, invoice, amount;
  };
  struct Again {
    std::int64_t at;
    FeedRecord record;
  };

  void invoice(std::int64_t customer, bool paid_some_day);
  void pay(const Payment& payment);
  void usage();
  void head(std::size_t topic, std::int64_t customer);
  void uuid();
  std::int64_t customer();
  double uniform();

  Options options_;
  std::int64_t start_ms_ = 0;
  double step_ms_ = 0;
  std::vector<double> cumulated_;
  JavaQueue<Payment> payments_;
  JavaQueue<Again> agains_;
  std::uint64_t seed_ = 0;
  std::int64_t n_ = 0, invoices_ = 0, now_ms_ = 0;
  std::size_t topic_ = 0;
  std::string key_, json_;
  bool duplicate_ = false;
  std::optional<Error> broken_;  // never
};

}  // namespace due::cli
