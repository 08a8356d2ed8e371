// docs/mappings/salford.md
#include <array>
#include <map>

#include "stream/cli/feeds/files/mappings.h"
#include "stream/cli/feeds/files/prepared.h"

namespace due::cli {
namespace {

constexpr std::string_view source = "/salford/spending";

enum Column : std::size_t { payment_date, document_no, gross_gbp, supplier, directorate, gl_description, column_count };
constexpr std::array<std::string_view, column_count> columns = {"payment_date", "document_no", "gross_gbp",
                                                                "supplier",     "directorate", "gl_description"};

struct Row {
  std::size_t number = 0;     // in the file
  std::size_t supplier = 0;   // by first appearance in the file, from 1
  std::size_t reverses = 0;   // row that a negative row takes back; 0: none
  Date paid;
  std::int64_t amount_minor = 0;
  std::string supplier_name, document, directorate, ledger_text;
};

Result<Row> read_row(const CsvTable& csv) {
  const auto paid = parse_date(csv.cell(payment_date));
  if (!paid) return csv.cannot_be(payment_date);
  const auto minor = hundredths(csv.cell(gross_gbp));
  if (!minor || *minor == 0) return csv.cannot_be(gross_gbp);
  if (csv.cell(supplier).empty()) return csv.cannot_be(supplier);
  Row row;
  row.number = csv.row();
  row.paid = *paid;
  row.amount_minor = *minor;
  row.supplier_name = csv.cell(supplier);
  row.document = csv.cell(document_no);
  row.directorate = csv.cell(directorate);
  row.ledger_text = csv.cell(gl_description);
  return row;
}

class SalfordFeed final : public PreparedFeed {
 public:
  explicit SalfordFeed(std::vector<Row> rows) : rows_(std::move(rows)) {
    std::map<std::string, std::size_t> suppliers;
    for (Row& row : rows_) row.supplier = suppliers.try_emplace(row.supplier_name, suppliers.size() + 1).first->second;
    std::stable_sort(rows_.begin(), rows_.end(), [](const Row& a, const Row& b) { return a.paid < b.paid; });
    std::map<std::pair<std::size_t, std::int64_t>, std::vector<std::size_t>> standing;  // payments by supplier and amount, not taken back
    for (Row& row : rows_) {
      auto& payments = standing[{row.supplier, std::abs(row.amount_minor)}];
      if (row.amount_minor > 0) {
        payments.push_back(row.number);
      } else if (!payments.empty()) {
        row.reverses = payments.back();
        payments.pop_back();
      }
    }
  }

  bool next(FeedRecord& out) override {
    if (at_ == rows_.size()) return false;
    const Row& row = rows_[at_++];
    const bool payment = row.amount_minor > 0;
    const std::string number = padded(row.number, 6), customer = "SUP-" + padded(row.supplier, 5);
    std::string value;
    codec::JsonWriter json{value};
    begin_event(json, {"salford-" + number, source, payment ? "due.payment.received.v1" : "due.payment.reversed.v1", customer,
                       start_of(row.paid)});
    if (payment)
      json.key("payment_id").value("SAL-" + number);
    else
      json.key("reversal_id").value("SAL-" + number).key("payment_id").value(row.reverses == 0 ? "SAL-" + number + "-UNKNOWN"
                                                                                               : "SAL-" + padded(row.reverses, 6));
    json.key("value_date").value(format(row.paid)).key("currency").value("GBP");
    json.key("amount_minor").value(std::abs(row.amount_minor));
    json.key("bank_ref").value(row.document).key("directorate").value(row.directorate).key("gl_description").value(row.ledger_text);
    end_event(json);
    out = history_record("payments", customer, std::move(value), start_of(row.paid));
    return true;
  }

 private:
  std::vector<Row> rows_;
  std::size_t at_ = 0;
};

}  // namespace

Result<std::unique_ptr<Feed>> salford_feed(std::string csv, const std::string& name) {
  auto rows = read_rows(std::move(csv), name, columns, read_row);
  if (!rows) return rows.error();
  return std::unique_ptr<Feed>(std::make_unique<SalfordFeed>(std::move(*rows)));
}

}  // namespace due::cli
