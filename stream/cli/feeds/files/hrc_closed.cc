// docs/mappings/hrc-closed.md
#include <algorithm>
#include <array>

#include "stream/cli/feeds/files/mappings.h"
#include "stream/cli/feeds/files/prepared.h"

namespace due::cli {
namespace {

constexpr std::string_view source = "/hrc/closed-items";
constexpr std::int32_t terms_days_default = 30;

enum Column : std::size_t { clear_date, due_date, cust_number, amount, invoice_id, terms_days_est, currency_est, column_count };
constexpr std::array<std::string_view, column_count> columns = {"clear_date", "due_date",       "cust_number", "amount",
                                                                "invoice_id", "terms_days_est", "currency_est"};

struct Row {
  std::string customer, number, currency;
  Date issued, due, cleared;
  std::int64_t amount_minor = 0;
};

Result<Row> read_row(const CsvTable& csv) {
  const auto cleared = parse_date(csv.cell(clear_date));
  if (!cleared) return csv.cannot_be(clear_date);
  const auto due = parse_date(csv.cell(due_date));
  if (!due) return csv.cannot_be(due_date);
  if (csv.cell(cust_number).empty()) return csv.cannot_be(cust_number);
  const auto minor = hundredths(csv.cell(amount));  // USD and CAD have two decimals both
  if (!minor || *minor <= 0) return csv.cannot_be(amount);
  const std::string_view days = csv.cell(terms_days_est);
  const auto terms = days.empty() ? std::optional<std::int64_t>{terms_days_default} : whole_number(days);
  if (!terms || *terms < 0 || *terms > 3'650) return csv.cannot_be(terms_days_est);
  const std::string_view currency = csv.cell(currency_est).empty() ? "USD" : csv.cell(currency_est);
  if (currency != "USD" && currency != "CAD") return csv.cannot_be(currency_est);
  Row row;
  row.customer = csv.cell(cust_number);
  row.number = csv.cell(invoice_id);
  row.currency = currency;
  row.cleared = *cleared;
  row.due = *due;
  row.issued = std::min(due->plus(-static_cast<std::int32_t>(*terms)), *cleared);
  row.amount_minor = *minor;
  return row;
}

class HrcClosedFeed final : public PreparedFeed {
 public:
  explicit HrcClosedFeed(std::vector<Row> rows) : rows_(std::move(rows)) {
    for (std::size_t row = 0; row < rows_.size(); ++row) {
      steps_.push_back({rows_[row].issued, What::invoice, row});
      steps_.push_back({rows_[row].cleared, What::payment, row});
    }
    std::sort(steps_.begin(), steps_.end());
  }

  bool next(FeedRecord& out) override {
    if (at_ == steps_.size()) return false;
    const Step& step = steps_[at_++];
    const Row& row = rows_[step.row];
    const std::string number = padded(step.row + 1, 5);
    const bool invoice = step.what == What::invoice;
    const std::string id = (invoice ? "hrc-invoice-" : "hrc-payment-") + number;
    std::string value;
    codec::JsonWriter json{value};
    begin_event(json, {id, source, invoice ? "due.invoice.issued.v1" : "due.payment.received.v1", row.customer, start_of(step.date)});
    if (invoice) {
      json.key("invoice_id").value("HRC-" + number).key("issue_date").value(format(row.issued)).key("due_date").value(format(row.due));
      json.key("currency").value(row.currency).key("gross_minor").value(row.amount_minor);
      if (!row.number.empty()) json.key("number").value(row.number);
    } else {
      json.key("payment_id").value("HRC-" + number + "-P").key("invoice_id").value("HRC-" + number);
      json.key("value_date").value(format(row.cleared));
      json.key("currency").value(row.currency).key("amount_minor").value(row.amount_minor);
    }
    end_event(json);
    out = history_record(invoice ? "invoices" : "payments", row.customer, std::move(value), start_of(step.date));
    return true;
  }

 private:
  enum class What : std::uint8_t { invoice, payment };
  struct Step {
    Date date;
    What what;
    std::size_t row;  // index into rows_; the row number is one more
    auto operator<=>(const Step&) const = default;
  };

  std::vector<Row> rows_;
  std::vector<Step> steps_;
  std::size_t at_ = 0;
};

}  // namespace

Result<std::unique_ptr<Feed>> hrc_closed_feed(std::string csv, const std::string& name) {
  auto rows = read_rows(std::move(csv), name, columns, read_row);
  if (!rows) return rows.error();
  return std::unique_ptr<Feed>(std::make_unique<HrcClosedFeed>(std::move(*rows)));
}

}  // namespace due::cli
