#include <gtest/gtest.h>

#include <deque>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "tests/unit/schemas/codec/samples.h"
#include "schemas/codec/event_decoder.h"
#include "tests/unit/schemas/codec/samples.h"

namespace due::codec {
namespace {

// Values as a whole, in the order of the codes.
constexpr std::string_view whole_values = R"~(
reason          | field       | value
NOT_JSON        |             | x
NOT_JSON        |             | "text"
NOT_JSON        |             | 12
NOT_JSON        |             | []
NOT_JSON        |             | {
NOT_JSON        |             | {"a":1
NOT_JSON        |             | {"a":{"b":1}
NOT_JSON        |             | {"a":1}}
NOT_JSON        |             | {"a":1} {"b":2}
NOT_JSON        |             | {"a":1,}
NOT_JSON        |             | {"a" 1}
NOT_JSON        |             | {a:1}
NOT_JSON        |             | {"a":01}
NOT_JSON        |             | {"a":1.}
NOT_JSON        |             | {"a":+1}
NOT_JSON        |             | {"a":1e}
NOT_JSON        |             | {"a":NaN}
NOT_JSON        |             | {"a":tru}
NOT_JSON        |             | {"a":truex}
NOT_JSON        |             | {"a":"b"c}
NOT_JSON        |             | {"a":"\x"}
NOT_JSON        |             | {"a":"\ud800"}
NOT_JSON        |             | {"a":"b}
NOT_JSON        |             | {"a":[1,]}
NOT_JSON        |             | {"a":[1}
NOT_JSON        |             | {"a":}
NOT_CLOUDEVENT  | specversion | {}
NOT_CLOUDEVENT  | specversion | {"id":"E1","source":"/s","type":"due.usage.recorded.v1","data":{}}
NOT_CLOUDEVENT  | specversion | {"specversion":"0.3","id":"E1","source":"/s","type":"due.usage.recorded.v1","data":{}}
NOT_CLOUDEVENT  | id          | {"specversion":"1.0","source":"/s","type":"due.usage.recorded.v1","data":{}}
NOT_CLOUDEVENT  | id          | {"specversion":"1.0","id":7,"source":"/s","type":"due.usage.recorded.v1","data":{}}
NOT_CLOUDEVENT  | source      | {"specversion":"1.0","id":"E1","type":"due.usage.recorded.v1","data":{}}
NOT_CLOUDEVENT  | type        | {"specversion":"1.0","id":"E1","source":"/s","data":{}}
NOT_CLOUDEVENT | datacontenttype | {"specversion":"1.0","id":"E1","source":"/s","type":"t","datacontenttype":"application/xml"}
NOT_CLOUDEVENT  | data_base64 | {"specversion":"1.0","id":"E1","source":"/s","type":"due.usage.recorded.v1","data_base64":"e30="}
UNKNOWN_TYPE    | type        | {"specversion":"1.0","id":"E1","source":"/s","type":"due.usage.recorded.v2","data":{}}
UNKNOWN_TYPE | type | {"specversion":"1.0","id":"E1","source":"/s","type":"sap.s4.beh.businesspartner.v1.BusinessPartner.Changed.v1"}
MISSING_FIELD   | data        | {"specversion":"1.0","id":"E1","source":"/s","type":"due.usage.recorded.v1"}
MISSING_FIELD   | data        | {"specversion":"1.0","id":"E1","source":"/s","type":"due.usage.recorded.v1","data":null}
MISSING_FIELD   | data.customer_id | {"specversion":"1.0","id":"E1","source":"/s","type":"due.usage.recorded.v1","data":{}}
DUPLICATE_FIELD | id          | {"specversion":"1.0","id":"E1","id":"E1","source":"/s","type":"due.usage.recorded.v1","data":{}}
DUPLICATE_FIELD | data        | {"specversion":"1.0","id":"E1","source":"/s","type":"due.usage.recorded.v1","data":{},"data":{}}
DUPLICATE_FIELD | ext.a       | {"specversion":"1.0","ext":{"a":1,"b":2,"a":1}}
DUPLICATE_FIELD | ext[1].a    | {"specversion":"1.0","ext":[{"a":1},{"a":null,"a":1}]}
DUPLICATE_FIELD | a           | {"a":1,"\u0061":1}
WRONG_TYPE      | data        | {"specversion":"1.0","id":"E1","source":"/s","type":"due.usage.recorded.v1","data":"{}"}
BAD_TIME        | time        | {"specversion":"1.0","id":"E1","source":"/s","type":"due.usage.recorded.v1","time":"2018-04-08 08:31:00"}
BAD_TIME        | time        | {"specversion":"1.0","id":"E1","source":"/s","type":"due.usage.recorded.v1","time":1712,"data":{}}
TEXT_TOO_LONG   | id          | {"specversion":"1.0","id":"","source":"/s","type":"due.usage.recorded.v1","data":{}}
TEXT_TOO_LONG   | id          | {"specversion":"1.0","id":"a\u0000","source":"/s","type":"due.usage.recorded.v1","data":{}}
TEXT_TOO_LONG   | source      | {"specversion":"1.0","id":"E1","source":"","type":"due.usage.recorded.v1","data":{}}
)~";

// One member of the data of a valid event put, or taken out ("-"), in the order of the codes.
constexpr std::string_view members = R"~(
reason              | field                   | type                     | member          | json
MISSING_FIELD       | data.customer_id        | due.invoice.issued.v1    | customer_id     | -
MISSING_FIELD       | data.invoice_id         | due.invoice.issued.v1    | invoice_id      | -
MISSING_FIELD       | data.invoice_id         | due.invoice.issued.v1    | invoice_id      | null
MISSING_FIELD       | data.issue_date         | due.invoice.issued.v1    | issue_date      | -
MISSING_FIELD       | data.due_date           | due.invoice.issued.v1    | due_date        | -
MISSING_FIELD       | data.currency           | due.invoice.issued.v1    | currency        | -
MISSING_FIELD       | data.gross_minor        | due.invoice.issued.v1    | gross_minor     | -
MISSING_FIELD       | data.version            | due.invoice.corrected.v1 | version         | -
MISSING_FIELD       | data.cancellation_id    | due.invoice.cancelled.v1 | cancellation_id | -
MISSING_FIELD       | data.invoice_id         | due.invoice.cancelled.v1 | invoice_id      | -
MISSING_FIELD       | data.cancel_date        | due.invoice.cancelled.v1 | cancel_date     | -
MISSING_FIELD       | data.credit_memo_id     | due.invoice.credited.v1  | credit_memo_id  | -
MISSING_FIELD       | data.credit_date        | due.invoice.credited.v1  | credit_date     | -
MISSING_FIELD       | data.payment_id         | due.payment.received.v1  | payment_id      | -
MISSING_FIELD       | data.amount_minor       | due.payment.received.v1  | amount_minor    | -
MISSING_FIELD       | data.reversal_id        | due.payment.reversed.v1  | reversal_id     | -
MISSING_FIELD       | data.payment_id         | due.payment.reversed.v1  | payment_id      | -
MISSING_FIELD       | data.usage_id           | due.usage.recorded.v1    | usage_id        | -
MISSING_FIELD       | data.meter              | due.usage.recorded.v1    | meter           | -
MISSING_FIELD       | data.quantity           | due.usage.recorded.v1    | quantity        | -
MISSING_FIELD       | data.occurred_at        | due.usage.recorded.v1    | occurred_at     | -
MISSING_FIELD       | data.lines[0].line_id   | due.invoice.issued.v1    | lines           | [{"net_minor":100}]
MISSING_FIELD | data.lines[1].net_minor | due.invoice.issued.v1 | lines | [{"line_id":"1","net_minor":100},{"line_id":"2"}]
MISSING_FIELD       | data.preceding[0].number | due.invoice.issued.v1   | preceding       | [{}]
DUPLICATE_FIELD     | data.gross_minor        | due.invoice.issued.v1    | x               | 1,"gross_minor":100
DUPLICATE_FIELD     | data.x                  | due.invoice.issued.v1    | x               | 1,"x":1
DUPLICATE_FIELD     | data.lines[0].line_id   | due.invoice.issued.v1    | lines           | [{"line_id":"1","net_minor":100,"line_id":"1"}]
DUPLICATE_FIELD     | data.x.y.z              | due.usage.recorded.v1    | x               | {"y":{"z":1,"z":2}}
WRONG_TYPE          | data.customer_id        | due.invoice.issued.v1    | customer_id     | 17
WRONG_TYPE          | data.gross_minor        | due.invoice.issued.v1    | gross_minor     | "100"
WRONG_TYPE          | data.gross_minor        | due.invoice.issued.v1    | gross_minor     | 100.0
WRONG_TYPE          | data.gross_minor        | due.invoice.issued.v1    | gross_minor     | 1e2
WRONG_TYPE          | data.gross_minor        | due.invoice.issued.v1    | gross_minor     | true
WRONG_TYPE          | data.issue_date         | due.invoice.issued.v1    | issue_date      | 20250301
WRONG_TYPE          | data.currency           | due.invoice.issued.v1    | currency        | 978
WRONG_TYPE          | data.lines              | due.invoice.issued.v1    | lines           | {}
WRONG_TYPE          | data.lines[0]           | due.invoice.issued.v1    | lines           | [1]
WRONG_TYPE          | data.lines[0].net_minor | due.invoice.issued.v1    | lines           | [{"line_id":"1","net_minor":1.0}]
WRONG_TYPE | data.lines[0].tax_rate | due.invoice.issued.v1 | lines | [{"line_id":"1","net_minor":1,"tax_rate":"19 %"}]
WRONG_TYPE          | data.lines[0].tax_rate  | due.invoice.issued.v1    | lines           | [{"line_id":"1","net_minor":1,"tax_rate":19.5}]
WRONG_TYPE          | data.preceding[0]       | due.invoice.issued.v1    | preceding       | ["2024-17"]
WRONG_TYPE          | data.number             | due.invoice.issued.v1    | number          | 17
WRONG_TYPE          | data.invoice_id         | due.payment.received.v1  | invoice_id      | {}
WRONG_TYPE          | data.remittance_text    | due.payment.received.v1  | remittance_text | []
WRONG_TYPE          | data.quantity           | due.usage.recorded.v1    | quantity        | 1.5
WRONG_TYPE          | data.occurred_at        | due.usage.recorded.v1    | occurred_at     | 1740832200
WRONG_TYPE          | data.dimensions         | due.usage.recorded.v1    | dimensions      | "a=b"
BAD_DATE            | data.issue_date         | due.invoice.issued.v1    | issue_date      | "2025-02-29"
BAD_DATE            | data.due_date           | due.invoice.issued.v1    | due_date        | "01.03.2025"
BAD_DATE            | data.service_from       | due.invoice.issued.v1    | service_from    | ""
BAD_DATE            | data.cancel_date        | due.invoice.cancelled.v1 | cancel_date     | "9999-01-01"
BAD_DATE            | data.value_date         | due.payment.received.v1  | value_date      | "2025-03-01T00:00:00Z"
BAD_DATE            | data.preceding[0].issue_date | due.invoice.issued.v1 | preceding      | [{"number":"1","issue_date":"2025"}]
BAD_TIME            | data.occurred_at        | due.usage.recorded.v1    | occurred_at     | "2025-03-01 12:30:00"
BAD_TIME            | data.occurred_at        | due.usage.recorded.v1    | occurred_at     | "2025-03-01T12:30:00"
BAD_CURRENCY        | data.currency           | due.invoice.issued.v1    | currency        | "eur"
BAD_CURRENCY        | data.currency           | due.invoice.issued.v1    | currency        | "DEM"
BAD_CURRENCY        | data.currency           | due.payment.received.v1  | currency        | ""
BAD_CURRENCY        | data.tax_currency       | due.invoice.issued.v1    | tax_currency    | "EURO"
AMOUNT_OUT_OF_RANGE | data.gross_minor        | due.invoice.issued.v1    | gross_minor     | -100
AMOUNT_OUT_OF_RANGE | data.gross_minor        | due.invoice.issued.v1    | gross_minor     | 99999999999999999999
AMOUNT_OUT_OF_RANGE | data.amount_minor       | due.payment.received.v1  | amount_minor    | -5
AMOUNT_OUT_OF_RANGE | data.amount_minor       | due.invoice.credited.v1  | amount_minor    | 0
AMOUNT_OUT_OF_RANGE | data.amount_minor       | due.payment.reversed.v1  | amount_minor    | 0
AMOUNT_OUT_OF_RANGE | data.version            | due.invoice.corrected.v1 | version         | 0
TEXT_TOO_LONG       | data.invoice_id         | due.invoice.issued.v1    | invoice_id      | ""
TEXT_TOO_LONG       | data.customer_id        | due.invoice.issued.v1    | customer_id     | "C\n1"
TEXT_TOO_LONG       | data.customer_id        | due.invoice.issued.v1    | customer_id     | "C\u007f1"
TEXT_TOO_LONG       | data.meter              | due.usage.recorded.v1    | meter           | ""
TEXT_TOO_LONG       | data.case_id            | due.usage.recorded.v1    | case_id         | "\t"
INCONSISTENT        | data.gross_minor        | due.invoice.issued.v1    | net_minor       | 80,"tax_minor":19
INCONSISTENT        | data.lines              | due.invoice.issued.v1    | net_minor       | 80,"lines":[{"line_id":"1","net_minor":79}]
INCONSISTENT        | data.service_to         | due.invoice.issued.v1    | service_from    | "2025-02-02","service_to":"2025-02-01"
)~";

std::vector<std::vector<std::string>> rows_of(std::string_view table) {
  std::vector<std::vector<std::string>> rows;
  std::istringstream lines{std::string{table}};
  for (std::string line; std::getline(lines, line);) {
    if (line.empty()) continue;
    std::vector<std::string>& cells = rows.emplace_back();
    for (std::size_t at = 0; at <= line.size();) {
      const std::size_t end = std::min(line.find(" | ", at), line.size());
      std::string cell = line.substr(at, end - at);
      cell.erase(0, cell.find_first_not_of(' '));
      cell.erase(cell.find_last_not_of(' ') + 1);
      cells.push_back(cell);
      at = end + 3;
    }
  }
  rows.erase(rows.begin());  // the header
  return rows;
}

std::string refusal_of(std::string_view value) {
  static EventDecoder decoder;
  std::deque<std::string> arena;
  const auto decoded = decoder.decode(value, {}, arena);
  const auto* refused = std::get_if<Refusal>(&decoded);
  if (refused == nullptr) return "taken";
  EXPECT_TRUE(refused->remedy.starts_with("Send ") && refused->remedy.ends_with('.')) << refused->remedy;
  return std::string{reason_code(refused->reason)} + " | " + refused->field;
}

TEST(Refusals, NameTheReasonAndTheFieldOfAWholeValue) {
  for (const auto& row : rows_of(whole_values)) EXPECT_EQ(refusal_of(row.at(2)), row.at(0) + " | " + row.at(1)) << row.at(2);
}

TEST(Refusals, NameTheReasonAndTheFieldOfOneMember) {
  for (const auto& row : rows_of(members)) {
    auto data = samples::data_of(row.at(2));
    samples::put(data, row.at(3), row.at(4));
    const std::string value = samples::structured(row.at(2), samples::object(data));
    EXPECT_EQ(refusal_of(value), row.at(0) + " | " + row.at(1)) << value;
  }
}

TEST(Refusals, ComeFromValidEventsByTheOneChangeAlone) {
  for (const std::string_view type : samples::types) EXPECT_EQ(refusal_of(samples::structured(type)), "taken") << type;
}

TEST(Refusals, CoverEveryReasonThatTheDecoderCanGive) {
  std::set<std::string> covered = {"EMPTY_VALUE"};  // in event_decoder_test.cc: a table cell cannot be a null value
  for (const std::string_view table : {whole_values, members})
    for (const auto& row : rows_of(table)) covered.insert(row.at(0));
  for (Reason reason = Reason::empty_value; reason <= Reason::inconsistent; reason = static_cast<Reason>(static_cast<int>(reason) + 1))
    EXPECT_TRUE(covered.contains(std::string{reason_code(reason)})) << reason_code(reason);
}

TEST(ReasonCode, IsTheNameInCapitals) {
  EXPECT_EQ(reason_code(Reason::empty_value), "EMPTY_VALUE");
  EXPECT_EQ(reason_code(Reason::inconsistent), "INCONSISTENT");
  EXPECT_EQ(reason_code(Reason::missing_key), "MISSING_KEY");
  EXPECT_EQ(reason_code(Reason::wrong_partition), "WRONG_PARTITION");
  EXPECT_EQ(reason_code(Reason::oversized_output), "OVERSIZED_OUTPUT");
}

}  // namespace
}  // namespace due::codec
