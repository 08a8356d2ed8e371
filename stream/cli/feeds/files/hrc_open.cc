// docs/mappings/hrc-open.md
#include <array>

#include "stream/cli/feeds/files/mappings.h"
#include "stream/cli/feeds/files/prepared.h"

namespace due::cli {
namespace {

constexpr std::string_view source = "/hrc/open-items";

enum Column : std::size_t { posting_date, due_date, business_code, cust_number, doc_id, invoice_id, currency, open_amount, payment_terms,
                            column_count };
constexpr std::array<std::string_view, column_count> columns = {"posting_date", "due_date", "business_code", "cust_number",  "doc_id",
                                                                "invoice_id",   "currency", "open_amount",   "payment_terms"};

struct Row {
  std::string customer, document, number, currency, legal_entity, terms;
  Date posted, due;
  std::int64_t amount_minor = 0;
};

Result<Row> read_row(const CsvTable& csv) {
  const auto posted = parse_date(csv.cell(posting_date));
  if (!posted) return csv.cannot_be(posting_date);
  const auto due = parse_date(csv.cell(due_date));
  if (!due) return csv.cannot_be(due_date);
  for (const Column id : {cust_number, doc_id})
    if (csv.cell(id).empty()) return csv.cannot_be(id);
  const std::string_view code = csv.cell(currency);
  if (code != "USD" && code != "CAD") return csv.cannot_be(currency);  // both have two decimals
  const auto minor = hundredths(csv.cell(open_amount));
  if (!minor || *minor < 0) return csv.cannot_be(open_amount);
  const auto text = [&csv](Column column) { return std::string{csv.cell(column)}; };
  return Row{text(cust_number), text(doc_id),        text(invoice_id), std::string{code}, text(business_code), text(payment_terms),
             *posted,           *due,                *minor};
}

class HrcOpenFeed final : public PreparedFeed {
 public:
  explicit HrcOpenFeed(std::vector<Row> rows) : rows_(std::move(rows)) {
    std::stable_sort(rows_.begin(), rows_.end(), [](const Row& a, const Row& b) { return a.posted < b.posted; });
  }

  bool next(FeedRecord& out) override {
    if (at_ == rows_.size()) return false;
    const Row& row = rows_[at_++];
    const EventTime time = start_of(row.posted);
    std::string value;
    codec::JsonWriter json{value};
    begin_event(json, {"hrc-open-" + row.document, source, "due.invoice.issued.v1", row.customer, time});
    json.key("invoice_id").value("HRCO-" + row.document).key("issue_date").value(format(row.posted)).key("due_date").value(format(row.due));
    json.key("currency").value(row.currency).key("gross_minor").value(row.amount_minor);
    json.key("number").value(row.number).key("legal_entity_id").value(row.legal_entity).key("payment_terms_id").value(row.terms);
    end_event(json);
    out = history_record("invoices", row.customer, std::move(value), time);
    return true;
  }

 private:
  std::vector<Row> rows_;
  std::size_t at_ = 0;
};

}  // namespace

Result<std::unique_ptr<Feed>> hrc_open_feed(std::string csv, const std::string& name) {
  auto rows = read_rows(std::move(csv), name, columns, read_row);
  if (!rows) return rows.error();
  return std::unique_ptr<Feed>(std::make_unique<HrcOpenFeed>(std::move(*rows)));
}

}  // namespace due::cli
