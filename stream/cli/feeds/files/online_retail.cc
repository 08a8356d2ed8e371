// docs/mappings/online-retail.md
#include <array>
#include <map>

#include "schemas/base/decimal.h"
#include "schemas/base/int128.h"
#include "schemas/base/money.h"
#include "stream/cli/feeds/files/mappings.h"
#include "stream/cli/feeds/files/prepared.h"

namespace due::cli {
namespace {

constexpr std::string_view source = "/online-retail";
constexpr std::string_view currency = "GBP";
constexpr std::int32_t terms_days = 30;

enum Column : std::size_t { invoice_no, stock_code, quantity, invoice_date, unit_price, customer_id, column_count };
constexpr std::array<std::string_view, column_count> columns = {"InvoiceNo",   "StockCode", "Quantity",
                                                                "InvoiceDate", "UnitPrice", "CustomerID"};

struct Article {
  std::string code;
  std::int64_t price_unscaled = 0;
  std::uint8_t price_scale = 0;
  auto operator<=>(const Article&) const = default;
};
struct Line {
  Article article;
  std::int64_t quantity = 0;  // without sign
  auto operator<=>(const Line&) const = default;
};

struct Document {
  std::string number, customer;
  EventTime time;
  std::int64_t total_minor = 0;
  std::vector<Line> lines;  // sorted, once the document is whole
  // What a cancellation refers to.
  enum class Refers : std::uint8_t { nothing, whole, part } refers = Refers::nothing;
  std::string invoice;

  bool cancellation() const { return number.starts_with('C'); }
  bool adjustment() const { return number.starts_with('A'); }
};

// quantity times price in pence, a half rounded away from zero.
std::optional<std::int64_t> line_minor(std::int64_t quantity, const Decimal& price) {
  Int128 divisor = 1;
  for (int i = 0; i < price.scale; ++i) divisor *= 10;
  const Int128 scaled = static_cast<Int128>(quantity) * price.unscaled * 100;
  const Int128 minor = (2 * (scaled < 0 ? -scaled : scaled) + divisor) / (2 * divisor);
  if (minor > INT64_MAX) return std::nullopt;
  return static_cast<std::int64_t>(scaled < 0 ? -minor : minor);
}

std::optional<EventTime> shop_time(std::string_view text) {
  if (text.size() != 19 || text[10] != ' ') return std::nullopt;
  return parse_time(std::string{text.substr(0, 10)} + 'T' + std::string{text.substr(11)} + 'Z');
}

// Which invoice a cancellation refers to, from what stands in both: the latest one of the customer that fits.
class Matcher {
 public:
  void take(Document& d) {
    if (d.customer.empty()) return;
    std::vector<Invoice>& invoices = invoices_[d.customer];
    if (!d.cancellation()) {
      Invoice& i = invoices.emplace_back(Invoice{&d, {}, false, false});
      for (const Line& line : d.lines) i.left[line.article] += line.quantity;
      return;
    }
    for (auto i = invoices.rbegin(); i != invoices.rend(); ++i)
      if (!i->cancelled && !i->credited && i->document->lines == d.lines) {
        i->cancelled = true;
        return refer(d, Document::Refers::whole, *i);
      }
    std::map<Article, std::int64_t> back;
    for (const Line& line : d.lines) back[line.article] += line.quantity;
    for (auto i = invoices.rbegin(); i != invoices.rend(); ++i)
      if (!i->cancelled && holds(i->left, back)) {
        i->credited = true;
        for (const auto& [article, n] : back) i->left[article] -= n;
        return refer(d, Document::Refers::part, *i);
      }
  }

 private:
  struct Invoice {
    const Document* document;
    std::map<Article, std::int64_t> left;  // not taken back yet
    bool cancelled, credited;
  };
  static bool holds(const std::map<Article, std::int64_t>& left, const std::map<Article, std::int64_t>& back) {
    for (const auto& [article, n] : back) {
      const auto found = left.find(article);
      if (found == left.end() || found->second < n) return false;
    }
    return true;
  }
  static void refer(Document& d, Document::Refers how, const Invoice& i) {
    d.refers = how;
    d.invoice = i.document->number;
  }

  std::map<std::string, std::vector<Invoice>> invoices_;  // by customer, in order
};

class OnlineRetailFeed final : public PreparedFeed {
 public:
  explicit OnlineRetailFeed(std::vector<Document> documents) : documents_(std::move(documents)) {
    Matcher matcher;
    for (Document& d : documents_) {
      std::sort(d.lines.begin(), d.lines.end());
      matcher.take(d);
    }
  }

  bool next(FeedRecord& out) override {
    if (at_ == documents_.size()) return false;
    const Document& d = documents_[at_++];
    std::string value;
    codec::JsonWriter json{value};
    begin_event(json, {"retail-" + d.number, source, type_of(d), d.customer, d.time});
    write_data(json, d);
    end_event(json);
    out = history_record("invoices", d.customer.empty() ? std::nullopt : std::optional{d.customer}, std::move(value), d.time);
    return true;
  }

 private:
  static std::string_view type_of(const Document& d) {
    if (d.total_minor >= 0 && !d.cancellation()) return "due.invoice.issued.v1";
    return d.refers == Document::Refers::whole ? "due.invoice.cancelled.v1" : "due.invoice.credited.v1";
  }
  static void write_data(codec::JsonWriter& json, const Document& d) {
    const Date day = date_of(d.time);
    const std::string_view type = type_of(d);
    if (type == "due.invoice.issued.v1") {
      json.key("invoice_id").value(d.number).key("issue_date").value(format(day)).key("due_date").value(format(day.plus(terms_days)));
      json.key("currency").value(currency).key("gross_minor").value(d.total_minor);
    } else if (type == "due.invoice.cancelled.v1") {
      json.key("cancellation_id").value(d.number).key("invoice_id").value(d.invoice).key("cancel_date").value(format(day));
    } else {
      json.key("credit_memo_id").value(d.number);
      if (d.refers == Document::Refers::part) json.key("invoice_id").value(d.invoice);
      json.key("credit_date").value(format(day)).key("currency").value(currency).key("amount_minor").value(-d.total_minor);
      if (d.adjustment()) json.key("reason_code").value("bad_debt");
    }
  }

  std::vector<Document> documents_;
  std::size_t at_ = 0;
};

// Adds the row's line to its document. A document is where its first line is.
Status take_row(const CsvTable& csv, std::vector<Document>& documents, std::map<std::string, std::size_t>& by_number) {
  const auto pieces = whole_number(csv.cell(quantity));
  if (!pieces) return csv.cannot_be(quantity);
  const auto price = parse_decimal(csv.cell(unit_price));
  if (!price) return csv.cannot_be(unit_price);
  const auto minor = line_minor(*pieces, *price);
  if (!minor) return csv.cannot_be(unit_price);
  const auto time = shop_time(csv.cell(invoice_date));
  if (!time) return csv.cannot_be(invoice_date);
  if (csv.cell(invoice_no).empty()) return csv.cannot_be(invoice_no);
  const auto [at, fresh] = by_number.try_emplace(std::string{csv.cell(invoice_no)}, documents.size());
  if (fresh) {
    Document& d = documents.emplace_back();
    d.number = at->first;
    d.customer = csv.cell(customer_id);
    d.time = *time;
  }
  Document& d = documents[at->second];
  if (d.customer != csv.cell(customer_id)) return csv.wrong("invoice " + d.number + " has two customers");
  const auto total = checked_add(d.total_minor, *minor);
  if (!total) return csv.cannot_be(unit_price);
  d.total_minor = *total;
  d.lines.push_back({{std::string{csv.cell(stock_code)}, price->unscaled, price->scale}, std::abs(*pieces)});
  return Done{};
}

}  // namespace

Result<std::unique_ptr<Feed>> online_retail_feed(std::string csv, const std::string& name) {
  auto table = CsvTable::parse(std::move(csv), name, columns);
  if (!table) return table.error();
  std::vector<Document> documents;
  std::map<std::string, std::size_t> by_number;
  while (table->next())
    if (Status taken = take_row(*table, documents, by_number); !taken) return taken.error();
  if (table->broken()) return *table->broken();
  return std::unique_ptr<Feed>(std::make_unique<OnlineRetailFeed>(std::move(documents)));
}

}  // namespace due::cli
