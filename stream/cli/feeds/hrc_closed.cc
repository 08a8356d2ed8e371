#include "stream/cli/feeds/hrc_closed.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <string_view>

#include "schemas/codec/json_writer.h"
#include "stream/cli/feeds/event_text.h"
#include "stream/cli/feeds/xz_file.h"

namespace due::cli {
namespace {

constexpr std::string_view source = "/hrc/closed-items";
constexpr std::int32_t terms_days_default = 30;

// The columns that are read, in the order in which cells_of() gives them.
enum Column : std::size_t { clear_date, due_date, cust_number, amount, invoice_id, terms_days_est, currency_est, column_count };
constexpr std::array<std::string_view, column_count> column_names = {"clear_date", "due_date",       "cust_number", "amount",
                                                                     "invoice_id", "terms_days_est", "currency_est"};

std::vector<std::string_view> split(std::string_view line) {
  std::vector<std::string_view> cells;
  for (std::size_t at = 0; at <= line.size();) {
    const std::size_t end = std::min(line.find(',', at), line.size());
    cells.push_back(line.substr(at, end - at));
    at = end + 1;
  }
  return cells;
}

std::optional<std::int64_t> whole_number(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// "12.34" -> 1234, "12.3" -> 1230, "12" -> 1200. USD and CAD have two decimals both.
std::optional<std::int64_t> minor_units(std::string_view text) {
  const std::size_t point = std::min(text.find('.'), text.size());
  std::string digits{text.substr(0, point)};
  const std::string_view decimals = point < text.size() ? text.substr(point + 1) : std::string_view{};
  if (digits.empty() || decimals.size() > 2 || (point < text.size() && decimals.empty())) return std::nullopt;
  digits.append(decimals).append(2 - decimals.size(), '0');
  if (digits.find_first_not_of("0123456789") != std::string::npos) return std::nullopt;
  return whole_number(digits);
}

// nullopt and `bad` set: the column that cannot be read.
std::optional<HrcClosedFeed::Row> read_row(const std::array<std::string_view, column_count>& cells, Column& bad) {
  HrcClosedFeed::Row row;
  const auto fail_at = [&bad](Column column) { bad = column; return std::nullopt; };
  const auto cleared = parse_date(cells[clear_date]);
  if (!cleared) return fail_at(clear_date);
  const auto due = parse_date(cells[due_date]);
  if (!due) return fail_at(due_date);
  if (cells[cust_number].empty()) return fail_at(cust_number);
  const auto minor = minor_units(cells[amount]);
  if (!minor || *minor <= 0) return fail_at(amount);
  const auto terms = cells[terms_days_est].empty() ? std::optional<std::int64_t>{terms_days_default} : whole_number(cells[terms_days_est]);
  if (!terms || *terms < 0 || *terms > 3'650) return fail_at(terms_days_est);
  row.customer = cells[cust_number];
  row.number = cells[invoice_id];
  row.currency = cells[currency_est].empty() ? "USD" : cells[currency_est];
  if (row.currency != "USD" && row.currency != "CAD") return fail_at(currency_est);
  row.cleared = *cleared;
  row.due = *due;
  row.issued = std::min(due->plus(-static_cast<std::int32_t>(*terms)), *cleared);
  row.amount_minor = *minor;
  return row;
}

std::string row_id(std::size_t row) {
  std::string digits = std::to_string(row + 1);
  return std::string(digits.size() < 5 ? 5 - digits.size() : 0, '0') + digits;
}

}  // namespace

Result<std::unique_ptr<HrcClosedFeed>> HrcClosedFeed::open(const std::string& path) {
  const auto text = read_text_file(path);
  if (!text) return text.error();
  return parse(text.value(), path);
}

Result<std::unique_ptr<HrcClosedFeed>> HrcClosedFeed::parse(const std::string& csv, const std::string& name) {
  std::string_view rest = csv;
  const auto take_line = [&rest] {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    std::string_view line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    return line;
  };
  const std::vector<std::string_view> header = split(take_line());
  std::array<std::size_t, column_count> places{};
  for (std::size_t column = 0; column < column_count; ++column) {
    const auto found = std::find(header.begin(), header.end(), column_names[column]);
    if (found == header.end())
      return Error{Remedy::stop, name + ": has no column " + std::string{column_names[column]} + "; is it hrc_closed_items?"};
    places[column] = static_cast<std::size_t>(found - header.begin());
  }
  std::vector<Row> rows;
  while (!rest.empty()) {
    const std::vector<std::string_view> cells = split(take_line());
    const std::string where = name + ", row " + std::to_string(rows.size() + 1) + ": ";
    if (cells.size() != header.size()) return Error{Remedy::stop, where + "has another number of cells than the header"};
    std::array<std::string_view, column_count> wanted;
    for (std::size_t column = 0; column < column_count; ++column) wanted[column] = cells[places[column]];
    Column bad{};
    auto row = read_row(wanted, bad);
    if (!row) return Error{Remedy::stop, where + std::string{column_names[bad]} + " cannot be \"" + std::string{wanted[bad]} + '"'};
    rows.push_back(std::move(*row));
  }
  return std::unique_ptr<HrcClosedFeed>{new HrcClosedFeed{std::move(rows)}};  // the constructor is private
}

HrcClosedFeed::HrcClosedFeed(std::vector<Row> rows) : rows_(std::move(rows)) {
  for (std::size_t row = 0; row < rows_.size(); ++row) {
    steps_.push_back({rows_[row].issued, What::invoice, row});
    steps_.push_back({rows_[row].cleared, What::payment, row});
  }
  std::sort(steps_.begin(), steps_.end());
}

bool HrcClosedFeed::next(FeedRecord& out) {
  if (at_ == steps_.size()) return false;
  const Step& step = steps_[at_++];
  const Row& row = rows_[step.row];
  const std::string number = row_id(step.row);
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
  out = {invoice ? "invoices" : "payments", row.customer, std::move(value), {structured_header(), history_header()}, start_of(step.date)};
  return true;
}

}  // namespace due::cli
