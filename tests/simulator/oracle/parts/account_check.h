// tests/simulator/oracle/parts/account_check.h
// What the steps of an account task must give: decisions, dead letters, requests for credit notes.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tests/simulator/oracle/parts/account_book.h"
#include "tests/simulator/oracle/task_check.h"

namespace due::oracle {

// What was published, by key and value.
using Texts = std::map<std::pair<std::optional<std::string>, std::optional<std::string>>, const Posted*>;

class AccountCheck final : public TaskCheck {
 public:
  AccountCheck(const Evidence& evidence, const Texts& texts, OutputCursor& cursor, int task);
  const AccountBook& book() const { return book_; }

 protected:
  std::int64_t time() const override { return book_.time(); }
  std::optional<Finding> tick(const ChronicleRun& run, const Entry& chronicle) override;
  std::optional<Finding> record(std::size_t input, const Entry& record, const Entry& chronicle) override;

 private:
  // What fires together at a tick has no order.
  enum class Order { given, any };
  std::optional<Finding> outputs_of(std::vector<Expected> expected, Order order, const Entry& chronicle);
  std::optional<Finding> output(const Expected& expected, const Entry& chronicle);
  std::optional<Finding> request(const Expected& expected, const Entry& chronicle);
  std::optional<Finding> outcome(const Entry& record, const Origin& origin, const Entry& chronicle);

  const Texts& texts_;
  AccountBook book_;
};

}  // namespace due::oracle
