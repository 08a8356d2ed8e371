#include <gtest/gtest.h>

#include <sstream>
#include <string>
#include <vector>

#include "tests/unit/schemas/codec/published.h"
#include "tests/unit/schemas/codec/samples.h"

namespace due::codec {
namespace {

// One member of the data of the first published example put, or taken out ("-").
constexpr std::string_view table = R"~(
reason              | field                      | schema                  | member              | json
MISSING_FIELD       | data.tiers                 | contract-agreed         | tiers               | null
MISSING_FIELD       | data.match[0].value        | contract-agreed         | match               | [{"dimension":"region"}]
DUPLICATE_FIELD     | data.tiers[0].up_to        | contract-agreed         | tiers               | [{"up_to":1,"up_to":2}]
DUPLICATE_FIELD     | data.rate                  | fx-rate-published       | x                   | 1,"rate":"1"
WRONG_TYPE          | data.natural_person        | customer-created        | natural_person      | "false"
WRONG_TYPE          | data.natural_person        | customer-created        | natural_person      | 0
WRONG_TYPE          | data.credit_limit_minor    | customer-created        | credit_limit_minor  | "5000"
WRONG_TYPE          | data.tiers                 | contract-agreed         | tiers               | {}
WRONG_TYPE          | data.tiers[1]              | contract-agreed         | tiers               | [{"up_to":1},7]
WRONG_TYPE          | data.tiers[0].unit_price   | contract-agreed         | tiers               | [{"unit_price":0.01}]
WRONG_TYPE          | data.tiers[0].unit_price   | contract-agreed         | tiers               | [{"unit_price":"0.0000000000001"}]
WRONG_TYPE          | data.tiers[0].unit_price   | contract-agreed         | tiers               | [{"unit_price":"1e2"}]
WRONG_TYPE          | data.rate                  | fx-rate-published       | rate                | 1.0465
WRONG_TYPE          | data.rate                  | fx-rate-published       | rate                | "1,0465"
WRONG_TYPE          | data.model_sha256          | control-model-activated | model_sha256        | "9F86"
WRONG_TYPE          | data.offset                | control-record-skipped  | offset              | "81234"
BAD_DATE            | data.valid_from            | customer-created        | valid_from          | "2025-02-29"
BAD_DATE            | data.period                | control-close-requested | period              | "2025-13"
BAD_DATE            | data.period                | control-close-requested | period              | "2025-03-01"
BAD_TIME            | data.known_at              | control-rerun-ordered   | known_at            | "2025-04-04"
BAD_CURRENCY        | data.currency              | customer-created        | currency            | "EURO"
BAD_CURRENCY        | data.quote_currency        | fx-rate-published       | quote_currency      | "usd"
AMOUNT_OUT_OF_RANGE | data.version               | customer-changed        | version             | 1
AMOUNT_OUT_OF_RANGE | data.version               | contract-agreed         | version             | 0
AMOUNT_OUT_OF_RANGE | data.credit_limit_minor    | customer-created        | credit_limit_minor  | -1
AMOUNT_OUT_OF_RANGE | data.payment_terms_days    | customer-created        | payment_terms_days  | -30
AMOUNT_OUT_OF_RANGE | data.amount_minor          | dispute-opened          | amount_minor        | 0
AMOUNT_OUT_OF_RANGE | data.amount_minor          | dispute-approved        | amount_minor        | 99999999999999999999
AMOUNT_OUT_OF_RANGE | data.tiers[0].up_to        | contract-agreed         | tiers               | [{"up_to":0}]
AMOUNT_OUT_OF_RANGE | data.tiers[0].unit_price   | contract-agreed         | tiers               | [{"unit_price":"-0.01"}]
AMOUNT_OUT_OF_RANGE | data.rate                  | fx-rate-published       | rate                | "0.000"
AMOUNT_OUT_OF_RANGE | data.partition             | control-record-skipped  | partition           | 2147483648
TEXT_TOO_LONG       | data.customer_id           | customer-created        | customer_id         | ""
TEXT_TOO_LONG       | data.actor                 | control-close-requested | actor               | ""
TEXT_TOO_LONG       | data.reason                | control-close-requested | reason              | ""
TEXT_TOO_LONG       | data.reason                | dispute-rejected        | reason              | ""
INCONSISTENT        | data.valid_to              | customer-created        | valid_to            | "2024-12-31"
INCONSISTENT        | data.valid_to              | contract-agreed         | valid_to            | "2024-12-31"
INCONSISTENT        | data.to                    | control-rerun-ordered   | to                  | "2025-02-28"
INCONSISTENT        | data.quote_currency        | fx-rate-published       | quote_currency      | "EUR"
INCONSISTENT        | data.tiers                 | contract-agreed         | tiers               | []
INCONSISTENT        | data.tiers                 | contract-agreed         | model               | "unit"
INCONSISTENT        | data.tiers[0].up_to        | contract-agreed         | tiers               | [{"unit_price":"1"},{"unit_price":"2"}]
INCONSISTENT        | data.tiers[0].up_to        | contract-agreed         | tiers               | [{"up_to":9,"unit_price":"1"}]
INCONSISTENT        | data.tiers[1].up_to        | contract-agreed         | tiers               | [{"up_to":9},{"up_to":9},{}]
INCONSISTENT        | data.tiers[0].unit_price   | contract-agreed         | model               | "flat","tiers":[{"unit_price":"1"}]
INCONSISTENT        | data.match[1].dimension    | contract-agreed | match | [{"dimension":"a","value":"1"},{"dimension":"a","value":"2"}]
INCONSISTENT        | data.package_size          | contract-agreed         | package_size        | 10
INCONSISTENT        | data.package_size          | contract-agreed         | model               | "package","tiers":[{"unit_price":"1"}]
INCONSISTENT        | data.period_cap_minor      | contract-agreed         | period_cap_minor    | 499
INCONSISTENT        | data.over_limit            | contract-agreed         | over_limit          | -
INCONSISTENT        | data.over_limit            | contract-agreed         | quantity_limit      | -
UNKNOWN_VALUE       | data.country               | customer-created        | country             | "XX"
UNKNOWN_VALUE       | data.country               | customer-created        | country             | "de"
UNKNOWN_VALUE       | data.time_zone             | customer-created        | time_zone           | "CET/Berlin"
UNKNOWN_VALUE       | data.model                 | contract-agreed         | model               | "tiered"
UNKNOWN_VALUE       | data.tier_scope            | provider-rule-agreed    | tier_scope          | "all"
UNKNOWN_VALUE       | data.mode                  | control-rerun-ordered   | mode                | "Post"
)~";

std::string trimmed(std::string cell) {
  cell.erase(0, cell.find_first_not_of(' '));
  cell.erase(cell.find_last_not_of(' ') + 1);
  return cell;
}

std::string refusal_of(MasterTopic topic, std::string_view value) {
  MasterDecoder decoder{topic};
  const auto decoded = decoder.decode(value, {});
  const auto* refused = std::get_if<Refusal>(&decoded);
  if (refused == nullptr) return "taken";
  EXPECT_TRUE(refused->remedy.starts_with("Send ") && refused->remedy.ends_with('.')) << refused->remedy;
  return std::string{reason_code(refused->reason)} + ' ' + refused->field;
}

TEST(MasterRefusals, NameTheReasonAndTheFieldOfOneMember) {
  std::istringstream lines{std::string{table}};
  std::size_t rows = 0;
  for (std::string line; std::getline(lines, line);) {
    std::vector<std::string> cells;
    for (std::size_t at = 0; at < line.size();) {
      const std::size_t end = std::min(line.find(" | ", at), line.size());
      cells.push_back(trimmed(line.substr(at, end - at)));
      at = end + 3;
    }
    if (cells.empty() || cells.at(0) == "reason") continue;
    for (const published::Schema& of : published::master) {
      if (of.file != cells.at(2)) continue;
      simdjson::dom::parser parser;
      const simdjson::dom::element example = simdjson::dom::array(published::load(of.file, parser)["examples"]).at(0);
      auto data = published::members_of(example["data"]);
      if (cells.at(4).find("\"tiers\"") != std::string::npos) samples::put(data, "tiers", "-");  // the cell brings its own
      samples::put(data, cells.at(3), cells.at(4));
      auto envelope = published::members_of(example);
      samples::put(envelope, "data", samples::object(data));
      EXPECT_EQ(refusal_of(of.topic, samples::object(envelope)), cells.at(0) + ' ' + cells.at(1)) << line;
      ++rows;
    }
  }
  EXPECT_EQ(rows, 58U);
}

TEST(MasterRefusals, KeepEachTopicToItsOwnTypes) {
  for (const published::Schema& of : published::master) {
    simdjson::dom::parser parser;
    const std::string example = simdjson::minify(simdjson::dom::array(published::load(of.file, parser)["examples"]).at(0));
    for (int topic = 0; topic < 6; ++topic)
      EXPECT_EQ(refusal_of(static_cast<MasterTopic>(topic), example),
                static_cast<MasterTopic>(topic) == of.topic ? "taken" : "UNKNOWN_TYPE type")
          << of.file;
  }
}

TEST(MasterRefusals, AskForTheEnvelopeBeforeTheData) {
  EXPECT_EQ(refusal_of(MasterTopic::customers, ""), "EMPTY_VALUE ");
  EXPECT_EQ(refusal_of(MasterTopic::customers, "x"), "NOT_JSON ");
  EXPECT_EQ(refusal_of(MasterTopic::customers, "{}"), "NOT_CLOUDEVENT specversion");
  EXPECT_EQ(refusal_of(MasterTopic::customers, samples::structured("due.customer.created.v1", "7")), "WRONG_TYPE data");
}

}  // namespace
}  // namespace due::codec
