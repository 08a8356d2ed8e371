#include "schemas/codec/event_decoder.h"

#include <gtest/gtest.h>

#include <deque>
#include <string>
#include <vector>

#include "tests/unit/schemas/codec/samples.h"

namespace due::codec {
namespace {

using events::Event;

class EventDecoderTest : public testing::Test {
 protected:
  // The event's views point into records_.back().
  Event decode(std::string_view value, std::vector<HeaderView> headers = {}) {
    auto decoded = decoder_.decode(records_.emplace_back(value), headers, arena_);
    if (auto* refused = std::get_if<Refusal>(&decoded)) {
      ADD_FAILURE() << reason_code(refused->reason) << ' ' << refused->field << ": " << refused->remedy << "\n" << value;
      return {};
    }
    return std::get<Event>(decoded);
  }
  std::string refused_as(std::string_view value, std::vector<HeaderView> headers = {}) {
    auto decoded = decoder_.decode(value, headers, arena_);
    if (auto* refused = std::get_if<Refusal>(&decoded)) return std::string{reason_code(refused->reason)} + ' ' + refused->field;
    return "taken";
  }
  static bool within(std::string_view part, std::string_view whole) {
    return part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size();
  }

  EventDecoder decoder_;
  std::deque<std::string> arena_;
  std::deque<std::string> records_;
};

TEST_F(EventDecoderTest, ReadsEveryFieldOfAnInvoice) {
  const Event event = decode(samples::structured("due.invoice.issued.v1"));
  const auto& invoice = std::get<events::InvoiceIssued>(event.data);
  EXPECT_EQ(event.id, "E1");
  EXPECT_EQ(event.source, "/erp");
  EXPECT_EQ(event.customer_id, "C1");
  EXPECT_EQ(event.time, parse_time("2025-03-01T12:30:00Z"));
  EXPECT_EQ(invoice.invoice_id, "I1");
  EXPECT_EQ(invoice.issue_date, parse_date("2025-03-01"));
  EXPECT_EQ(invoice.due_date, parse_date("2025-03-31"));
  EXPECT_EQ(invoice.currency, Currency::parse("EUR"));
  EXPECT_EQ(invoice.gross_minor, 100);
}

TEST_F(EventDecoderTest, ReadsEveryFieldOfTheOtherTypes) {
  const auto corrected = std::get<events::InvoiceCorrected>(decode(samples::structured("due.invoice.corrected.v1")).data);
  EXPECT_EQ(corrected.version, 2);
  EXPECT_EQ(corrected.gross_minor, 100);
  EXPECT_EQ(corrected.due_date, parse_date("2025-03-31"));
  const auto credited = std::get<events::InvoiceCredited>(decode(samples::structured("due.invoice.credited.v1")).data);
  EXPECT_EQ(credited.credit_memo_id, "M1");
  EXPECT_EQ(credited.invoice_id, "I1");
  EXPECT_EQ(credited.credit_date, parse_date("2025-03-15"));
  EXPECT_EQ(credited.currency, Currency::parse("EUR"));
  EXPECT_EQ(credited.amount_minor, 40);
  const auto cancelled = std::get<events::InvoiceCancelled>(decode(samples::structured("due.invoice.cancelled.v1")).data);
  EXPECT_EQ(cancelled.cancellation_id.size() + cancelled.invoice_id.size(), 4U);
  EXPECT_EQ(cancelled.cancel_date, parse_date("2025-03-05"));
  const auto received = std::get<events::PaymentReceived>(decode(samples::structured("due.payment.received.v1")).data);
  EXPECT_EQ(received.amount_minor, 100);
  EXPECT_EQ(received.value_date, parse_date("2025-03-20"));
  const auto reversed = std::get<events::PaymentReversed>(decode(samples::structured("due.payment.reversed.v1")).data);
  EXPECT_EQ(reversed.amount_minor, 100);
  EXPECT_EQ(reversed.value_date, parse_date("2025-03-25"));
  const auto usage = std::get<events::UsageRecorded>(decode(samples::structured("due.usage.recorded.v1")).data);
  EXPECT_TRUE(usage.has_case);
  EXPECT_EQ(usage.quantity, 7);
  EXPECT_EQ(usage.occurred_at, parse_time("2025-03-01T12:30:00Z"));
}

TEST_F(EventDecoderTest, PointsIntoTheRecordWhereNothingIsEscaped) {
  const Event event = decode(samples::structured("due.payment.received.v1"));
  const auto& payment = std::get<events::PaymentReceived>(event.data);
  for (const std::string_view view : {event.id, event.source, event.customer_id, payment.payment_id, payment.invoice_id})
    EXPECT_TRUE(within(view, records_.back())) << view;
  EXPECT_TRUE(arena_.empty());
}

TEST_F(EventDecoderTest, KeepsUnescapedTextsInTheArena) {
  auto data = samples::data_of("due.payment.received.v1");
  samples::put(data, "payment_id", R"("P\u0031\/\"\u00e9\ud83d\ude00")");
  const Event event = decode(samples::structured("due.payment.received.v1", samples::object(data)));
  const std::string_view id = std::get<events::PaymentReceived>(event.data).payment_id;
  EXPECT_EQ(id, "P1/\"\xc3\xa9\xf0\x9f\x98\x80");
  ASSERT_EQ(arena_.size(), 1U);
  EXPECT_EQ(id.data(), arena_.front().data());
  EXPECT_TRUE(within(event.customer_id, records_.back()));
}

TEST_F(EventDecoderTest, ReadsBinaryModeFromHeaders) {
  const std::string value = samples::object(samples::data_of("due.invoice.issued.v1"));
  const std::vector<HeaderView> headers = {{"ce_specversion", "1.0"},
                                           {"ce_id", "E1"},
                                           {"ce_source", "/erp"},
                                           {"ce_type", "due.invoice.issued.v1"},
                                           {"ce_time", "2025-03-01T13:30:00+01:00"},
                                           {"content-type", "application/json; charset=utf-8"},
                                           {"ce_traceparent", "00-x"},
                                           {"history", "true"}};
  const Event event = decode(value, headers);
  const Event same = decode(samples::structured("due.invoice.issued.v1"));
  EXPECT_EQ(event.id, same.id);
  EXPECT_EQ(event.time, same.time);
  EXPECT_EQ(event.content, same.content);
  EXPECT_EQ(event.customer_id, "C1");
}

TEST_F(EventDecoderTest, TakesStructuredModeWithAndWithoutItsContentType) {
  const std::string value = samples::structured("due.usage.recorded.v1");
  for (const std::string_view type :
       {"application/cloudevents+json", "application/cloudevents+json; charset=UTF-8", "application/cloudevents"})
    EXPECT_EQ(decode(value, {{"content-type", type}, {"ce_id", "other"}}).id, "E1");
  EXPECT_EQ(decode(value, {{"content-type", "application/json"}, {"history", "true"}}).id, "E1");
}

TEST_F(EventDecoderTest, RefusesHeadersThatMakeNoEvent) {
  const std::string data = samples::object(samples::data_of("due.invoice.issued.v1"));
  const std::vector<HeaderView> good = {
      {"ce_specversion", "1.0"}, {"ce_id", "E1"}, {"ce_source", "/erp"}, {"ce_type", "due.invoice.issued.v1"}};
  EXPECT_EQ(refused_as(data, good), "taken");
  const char* const missing[] = {"NOT_CLOUDEVENT ce_specversion", "NOT_CLOUDEVENT ce_id", "NOT_CLOUDEVENT ce_source",
                                 "NOT_CLOUDEVENT ce_type"};
  for (std::size_t at = 0; at < good.size(); ++at) {
    std::vector<HeaderView> headers = good;
    headers.erase(headers.begin() + static_cast<std::ptrdiff_t>(at));
    EXPECT_EQ(refused_as(data, headers), missing[at]);
  }
  const auto with = [&good](HeaderView further) { std::vector<HeaderView> headers = good; headers.push_back(further); return headers; };
  EXPECT_EQ(refused_as(data, with({"ce_id", "E1"})), "DUPLICATE_FIELD ce_id");
  EXPECT_EQ(refused_as(data, with({"ce_time", "2025-03-01"})), "BAD_TIME ce_time");
  EXPECT_EQ(refused_as(data, with({"content-type", "text/plain"})), "NOT_CLOUDEVENT content-type");
  EXPECT_EQ(refused_as(data, with({"content-type", "application/cloudevents+avro"})), "NOT_CLOUDEVENT content-type");
  EXPECT_EQ(refused_as(data, with({"content-type", "application/cloudevents-batch+json"})), "NOT_CLOUDEVENT content-type");
  EXPECT_EQ(refused_as(data, with({"ce_subject", "\xff"})), "NOT_CLOUDEVENT ce_subject");
  EXPECT_EQ(refused_as("[1]", good), "NOT_JSON ");
  EXPECT_EQ(refused_as(R"({"customer_id":"C1","customer_id":"C1"})", good), "DUPLICATE_FIELD data.customer_id");
}

TEST_F(EventDecoderTest, RefusesATombstoneAndNothingAtAll) {
  for (const auto value : {std::optional<std::string_view>{}, std::optional<std::string_view>{""}}) {
    const auto decoded = decoder_.decode(value, {}, arena_);
    ASSERT_TRUE(std::holds_alternative<Refusal>(decoded));
    EXPECT_EQ(std::get<Refusal>(decoded).reason, Reason::empty_value);
  }
}

TEST_F(EventDecoderTest, FallsBackToTheStartOfTheBusinessDateWithoutATime) {
  auto envelope = samples::envelope("due.payment.received.v1", samples::object(samples::data_of("due.payment.received.v1")));
  for (const std::string_view absent : {"-", "null"}) {
    samples::put(envelope, "time", absent);
    EXPECT_EQ(decode(samples::object(envelope)).time, parse_time("2025-03-20T00:00:00Z"));
  }
}

TEST_F(EventDecoderTest, TakesAPaymentWithoutAnInvoiceAndUsageWithoutACase) {
  for (const std::string_view absent : {"-", "null", "\"\""}) {
    auto payment = samples::data_of("due.payment.received.v1");
    samples::put(payment, "invoice_id", absent);
    EXPECT_EQ(
        std::get<events::PaymentReceived>(decode(samples::structured("due.payment.received.v1", samples::object(payment))).data).invoice_id,
        "");
    auto usage = samples::data_of("due.usage.recorded.v1");
    samples::put(usage, "case_id", absent);
    EXPECT_FALSE(
        std::get<events::UsageRecorded>(decode(samples::structured("due.usage.recorded.v1", samples::object(usage))).data).has_case);
  }
}

TEST_F(EventDecoderTest, TakesTheFullModelAndFieldsItDoesNotKnow) {
  auto data = samples::data_of("due.invoice.issued.v1");
  samples::put(data, "gross_minor", "11900");
  samples::put(data, "net_minor", "10000");
  samples::put(data, "tax_minor", "1900");
  samples::put(
      data, "lines",
      R"([{"line_id":"1","net_minor":12000,"tax_rate":"19.00","quantity":3,"unit_price":"40.00"},)"
      R"({"line_id":"2","net_minor":-2000,"allowance_reason":"Rabatt","note":{"a":[1]}}])");
  samples::put(data, "preceding", R"([{"number":"2024-17","issue_date":"2024-12-01"}])");
  samples::put(data, "service_from", R"("2025-02-01")");
  samples::put(data, "service_to", R"("2025-02-01")");
  samples::put(data, "prepaid_minor", "0");
  samples::put(data, "number", R"("2025-1")");
  samples::put(data, "contract_id", R"("")");
  samples::put(data, "x_erp", R"({"anything":[true,null,1.5e3,"\n"]})");
  const Event event = decode(samples::structured("due.invoice.issued.v1", samples::object(data)));
  EXPECT_EQ(std::get<events::InvoiceIssued>(event.data).gross_minor, 11'900);
}

TEST_F(EventDecoderTest, TakesADueDateBeforeTheIssueDate) {
  auto data = samples::data_of("due.invoice.issued.v1");
  samples::put(data, "due_date", R"("2025-02-01")");
  EXPECT_EQ(refused_as(samples::structured("due.invoice.issued.v1", samples::object(data))), "taken");
}

TEST_F(EventDecoderTest, KnowsBothSidesOfEveryLimit) {
  const auto with = [this](std::string_view type, std::string_view name, const std::string& json) {
    auto data = samples::data_of(type);
    samples::put(data, name, json);
    return refused_as(samples::structured(type, samples::object(data)));
  };
  const auto quoted = [](std::size_t size) { return '"' + std::string(size, 'x') + '"'; };
  EXPECT_EQ(with("due.invoice.issued.v1", "invoice_id", quoted(64)), "taken");
  EXPECT_EQ(with("due.invoice.issued.v1", "invoice_id", quoted(65)), "TEXT_TOO_LONG data.invoice_id");
  EXPECT_EQ(with("due.payment.received.v1", "remittance_text", quoted(4'096)), "taken");
  EXPECT_EQ(with("due.payment.received.v1", "remittance_text", quoted(4'097)), "TEXT_TOO_LONG data.remittance_text");
  EXPECT_EQ(with("due.invoice.issued.v1", "gross_minor", "0"), "taken");
  EXPECT_EQ(with("due.invoice.issued.v1", "gross_minor", "-0"), "taken");
  EXPECT_EQ(with("due.invoice.issued.v1", "gross_minor", "-1"), "AMOUNT_OUT_OF_RANGE data.gross_minor");
  EXPECT_EQ(with("due.invoice.issued.v1", "gross_minor", "9223372036854775807"), "taken");
  EXPECT_EQ(with("due.invoice.issued.v1", "gross_minor", "9223372036854775808"), "AMOUNT_OUT_OF_RANGE data.gross_minor");
  EXPECT_EQ(with("due.invoice.issued.v1", "net_minor", "-9223372036854775808"), "taken");
  EXPECT_EQ(with("due.invoice.issued.v1", "net_minor", "-9223372036854775809"), "AMOUNT_OUT_OF_RANGE data.net_minor");
  const auto lines = [](std::string_view other) {
    return R"([{"line_id":"1","net_minor":9223372036854775807},{"line_id":"2","net_minor":)" + std::string{other} + "}]";
  };
  EXPECT_EQ(with("due.invoice.issued.v1", "lines", lines("0")), "taken");
  EXPECT_EQ(with("due.invoice.issued.v1", "lines", lines("1")), "AMOUNT_OUT_OF_RANGE data.lines");
  EXPECT_EQ(with("due.payment.received.v1", "amount_minor", "1"), "taken");
  EXPECT_EQ(with("due.payment.received.v1", "amount_minor", "0"), "AMOUNT_OUT_OF_RANGE data.amount_minor");
  EXPECT_EQ(with("due.invoice.corrected.v1", "version", "2"), "taken");
  EXPECT_EQ(with("due.invoice.corrected.v1", "version", "1"), "AMOUNT_OUT_OF_RANGE data.version");
  EXPECT_EQ(with("due.usage.recorded.v1", "quantity", "0"), "taken");
  EXPECT_EQ(with("due.usage.recorded.v1", "quantity", "-1"), "AMOUNT_OUT_OF_RANGE data.quantity");
  EXPECT_EQ(with("due.invoice.issued.v1", "x", "1e10000"), "taken");
  EXPECT_EQ(with("due.invoice.issued.v1", "x", "[1e10001]"), "AMOUNT_OUT_OF_RANGE data.x[0]");
}

TEST_F(EventDecoderTest, ReadsThirtyTwoLevelsAndNoMore) {
  const auto nested = [this](std::size_t levels, char open, char close) {  // the event and its data are two of them
    const std::string empty = open == '{' ? "{}" : "[]";
    std::string inner = empty;
    for (std::size_t level = 3; level < levels; ++level) inner = open == '{' ? "{\"a\":" + inner + "}" : open + inner + close;
    auto data = samples::data_of("due.usage.recorded.v1");
    samples::put(data, "x", inner);
    return refused_as(samples::structured("due.usage.recorded.v1", samples::object(data)));
  };
  EXPECT_EQ(nested(32, '{', '}'), "taken");
  EXPECT_EQ(nested(33, '{', '}'), "NOT_JSON ");
  EXPECT_EQ(nested(32, '[', ']'), "taken");
  EXPECT_EQ(nested(33, '[', ']'), "NOT_JSON ");
  EXPECT_EQ(nested(5'000, '[', ']'), "NOT_JSON ");
}

TEST_F(EventDecoderTest, IsNotMisledByWhatAnEarlierRecordLeft) {
  const std::string good = samples::structured("due.invoice.issued.v1");
  EXPECT_EQ(refused_as(good), "taken");
  EXPECT_EQ(refused_as(good.substr(0, good.size() - 1)), "NOT_JSON ");
  auto data = samples::data_of("due.invoice.issued.v1");
  samples::put(data, "gross_minor", "-");
  EXPECT_EQ(refused_as(samples::structured("due.invoice.issued.v1", samples::object(data))), "MISSING_FIELD data.gross_minor");
}

TEST_F(EventDecoderTest, NamesScaledMetersToWhoSendsADecimalQuantity) {
  auto data = samples::data_of("due.usage.recorded.v1");
  samples::put(data, "quantity", "1.5");
  const auto decoded = decoder_.decode(samples::structured("due.usage.recorded.v1", samples::object(data)), {}, arena_);
  ASSERT_TRUE(std::holds_alternative<Refusal>(decoded));
  EXPECT_EQ(std::get<Refusal>(decoded).reason, Reason::wrong_type);
  EXPECT_NE(std::get<Refusal>(decoded).remedy.find("scaled meter"), std::string::npos);
}

}  // namespace
}  // namespace due::codec
