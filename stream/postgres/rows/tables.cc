// The topics that have a table. A new one: a row here (for CloudEvents of our own, its columns are all it takes), and a migration in
// schemas/postgres that creates the table and ends with `select duestream.make_ledger(...)`.
#include "stream/postgres/rows/dead_letters.h"
#include "stream/postgres/rows/events.h"
#include "stream/postgres/rows/json_mapper.h"

namespace due::postgres {
namespace {

using Of = codec::Member::Of;

const std::vector<JsonColumn>& decisions() {
  static const std::vector<JsonColumn> columns = {
      {"decision_id", Type::text, {Of::envelope, "id", {}}},
      {"event_id", Type::text, {Of::data, "event_id", {}}},
      {"event_source", Type::text, {Of::data, "event_source", {}}},
      {"event_type", Type::text, {Of::data, "event_type", {}}},
      {"customer_id", Type::text, {Of::data, "customer_id", {}}},
      {"business_date", Type::date, {Of::data, "business_date", {}}},
      {"currency", Type::text, {Of::data, "currency", {}}, Need::optional},
      {"decision", Type::text, {Of::data, "decision", {}}},
      {"rule", Type::text, {Of::data, "rule", {}}},
      {"reasons", Type::texts, {Of::data, "reasons", "code"}},
      {"features", Type::bigints, {Of::data, "features", {}}},
      {"feature_schema", Type::text, {Of::data, "feature_schema", {}}},
      {"logic", Type::text, {Of::data, "logic", {}}},
  };
  return columns;
}

const std::vector<JsonColumn>& anomalies() {
  static const std::vector<JsonColumn> columns = {
      {"anomaly_id", Type::text, {Of::envelope, "id", {}}},
      {"type", Type::text, {Of::envelope, "type", {}}},
      {"subject", Type::text, {Of::envelope, "subject", {}}, Need::optional},
      {"found_at", Type::instant, {Of::envelope, "time", {}}, Need::optional},
  };
  return columns;
}

const std::vector<JsonColumn>& credit_notes() {
  static const std::vector<JsonColumn> columns = {
      {"credit_note_id", Type::text, {Of::data, "credit_note_id", {}}},
      {"number", Type::text, {Of::data, "number", {}}},
      {"document_type", Type::text, {Of::data, "document_type", {}}},
      {"legal_entity_id", Type::text, {Of::data, "legal_entity_id", {}}},
      {"customer_id", Type::text, {Of::data, "customer_id", {}}},
      {"invoice_ids", Type::texts, {Of::data, "refers_to", "invoice_id"}},
      {"reason_code", Type::text, {Of::data, "reason_code", {}}},
      {"cancellation_id", Type::text, {Of::data, "cancellation_id", {}}, Need::optional},
      {"issue_date", Type::date, {Of::data, "issue_date", {}}},
      {"currency", Type::text, {Of::data, "currency", {}}},
      {"gross_minor", Type::bigint, {Of::data, "gross_minor", {}}},
      {"remaining_minor", Type::bigint, {Of::data, "remaining_minor", {}}},
      {"status", Type::text, {Of::data, "status", {}}},
  };
  return columns;
}

template <const std::vector<JsonColumn>& (*columns)()>
Table of_json(std::string topic, std::string name) {
  return {std::move(topic), std::move(name), Source::output, JsonMapper::names(columns()),
          []() -> std::unique_ptr<RowMapper> { return std::make_unique<JsonMapper>(columns()); }};
}

}  // namespace

const std::vector<Table>& tables() {
  static const std::vector<Table> all = {
      of_json<decisions>("decisions", "decisions"),
      of_json<anomalies>("anomalies", "anomalies"),
      dead_letters_table(),
      invoice_events_table(),
      payment_events_table(),
      usage_events_table(),
      control_events_table(),
      of_json<credit_notes>("credit-notes", "credit_notes"),
  };
  return all;
}

}  // namespace due::postgres
