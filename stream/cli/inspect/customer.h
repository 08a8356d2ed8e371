// stream/cli/inspect/customer.h
// What a task remembers of one customer, gathered for a person: nothing here is kept by the engine, all of it follows from rows.
//
//   Source   rows of state/, decoded as topology/account does; features and the rule by the functions that decide
//   Units    minor units of a ledger's currency; business dates
//   Errors   StoreFailure for a row that cannot be read
//   Clock    none: the day is the account's, the task's, or the one that is asked for
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "state/api/rows.h"
#include "stream/cli/inspect/names.h"
#include "topology/account/account.h"
#include "topology/account/documents.h"
#include "topology/master/customers.h"
#include "topology/risk/baseline.h"

namespace due::cli {

// State has the hash of a document's id; `invoice` and `payment` are filled in where the id is found in the events (names.h).
struct OpenItem {
  Hash128 document;
  std::string invoice;
  Date issued, due;
  std::int64_t gross = 0, credited = 0, paid = 0, left = 0;
};

struct PaymentLine {
  Hash128 document, for_document;  // zero: the payment names no invoice
  std::string payment, invoice;
  topology::Payment::Status status{};
  Date value_date;
  std::int64_t amount = 0, allocated = 0;
  std::optional<std::int64_t> delay;  // days against the due date, of one that met its open item
};

// One currency of a customer.
struct LedgerView {
  Currency currency;  // none: no money event yet
  topology::features::Balances balances;
  topology::features::Vector features{};
  topology::risk::Verdict rule;  // what the baseline would say on that day
  std::vector<OpenItem> open;         // by due date
  std::vector<PaymentLine> payments;  // newest first
  std::int64_t invoices = 0, cancelled = 0;
};

struct ParkedLine {
  std::string place;  // topic/partition/offset
  std::string event, document, and_also;
  EventTime gives_up;
};

// What was recorded of the customer himself, his prices and his disputes.
struct MasterView {
  std::optional<events::CustomerRecorded> record;  // as known now about the day of the view
  bool deactivated = false;
  std::vector<std::string> price_rules;    // their ids
  std::vector<std::string> open_disputes;  // their ids
};

struct CustomerView {
  std::string customer;
  Date day;  // of features, balances and the rule
  MasterView master;
  std::vector<LedgerView> ledgers;
  std::vector<ParkedLine> parked;        // by when they give up
  std::vector<std::pair<Hash128, std::string>> expected;  // invoices that were named and have not come
  std::int64_t documents_known = 0;                       // business keys that are remembered: documents and usage
};

struct InspectOptions {
  std::optional<Date> day;
  Date task_day;  // of task time
  topology::LogicOptions logic;
  std::vector<std::string> input_topics;
};

// nullopt: nothing is remembered of that customer.
std::optional<CustomerView> customer_view(const std::string& customer, state::RowReader& rows, const InspectOptions& options);

// The documents in the first `rows_max` lines of each list; and their names put in.
Documents documents_of(const CustomerView& view, std::size_t rows_max);
void set_names(CustomerView& view, const Names& names);

}  // namespace due::cli
