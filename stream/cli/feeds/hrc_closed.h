// stream/cli/feeds/hrc_closed.h
// Real receivables as events: each row of the HRC closed-items file becomes an invoice issued and a payment received.
//
//   Source   CSV, plain or xz, with the columns of hrc_closed_items; docs/mappings/hrc-closed.md says it all, for a second implementation
//   Shape    order: business date, then invoices before payments, then row number; every record carries the header history
//   Units    amounts: minor units, read as text, exact
//   Errors   open: stop, naming file, row and column of the first cell that cannot be read
//   Clock    none
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "schemas/base/event_time.h"
#include "stream/cli/feeds/feed.h"

namespace due::cli {

class HrcClosedFeed final : public Feed {
 public:
  static Result<std::unique_ptr<HrcClosedFeed>> open(const std::string& path);
  // The same of a text; `name` is for messages.
  static Result<std::unique_ptr<HrcClosedFeed>> parse(const std::string& csv, const std::string& name);

  bool next(FeedRecord& out) override;
  const std::optional<Error>& broken() const override { return broken_; }

  struct Row {
    std::string customer, number, currency;
    Date issued, due, cleared;
    std::int64_t amount_minor = 0;
  };

 private:
  enum class What : std::uint8_t { invoice, payment };
  struct Step {
    Date date;
    What what;
    std::size_t row;  // index into rows_; the row number is one more
    auto operator<=>(const Step&) const = default;
  };
  explicit HrcClosedFeed(std::vector<Row> rows);

  std::vector<Row> rows_;
  std::vector<Step> steps_;
  std::size_t at_ = 0;
  std::optional<Error> broken_;  // never: everything is read at the open
};

}  // namespace due::cli
