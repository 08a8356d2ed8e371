// stream/cli/feeds/generator.h
// The records of an invented company, for `generate`: what customers are billed, pay and use, repetitions, and records that are wrong.
//
//   Source   stream/cli/feeds/company.h; equal options give equal bytes
//   Shape    ordered by the record's timestamp, in each topic and over all; a repetition keeps its old event time. Headers: content-type,
//            history, and on a wrong record expected-reason with the code that it must be refused with
//   Units    amounts: minor units of the customer's currency
//   Errors   none
//   Clock    none
//   Threads  one
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "stream/cli/feeds/company.h"
#include "stream/cli/feeds/feed.h"

namespace due::cli {

class GeneratorFeed final : public Feed {
 public:
  explicit GeneratorFeed(const CompanyOptions& options) : options_(options), plan_(plan_company(options)) {}

  bool next(FeedRecord& out) override;
  const std::optional<Error>& broken() const override { return broken_; }
  std::size_t size() const { return plan_.size(); }  // records in all

 private:
  std::string event_text(const Planned& event) const;
  void spoil(const Planned& event, FeedRecord& record) const;

  CompanyOptions options_;
  std::vector<Planned> plan_;
  std::size_t at_ = 0;
  std::optional<Error> broken_;  // never
};

// The reason code that a record with this flaw is refused with; empty: none.
std::string_view expected_reason(Flaw flaw);

}  // namespace due::cli
