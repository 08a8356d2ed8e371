// What decoding one event costs: structured and binary CloudEvents of the sizes that the account-risk workload has.
#include <benchmark/benchmark.h>

#include <array>
#include <deque>
#include <string>
#include <string_view>
#include <variant>

#include "schemas/codec/event_decoder.h"

namespace due::codec {
namespace {

constexpr std::string_view invoice =
    R"({"specversion":"1.0","id":"0f3a6f0e-7f1c-4f0d-9c1e-2b8a5d6e7f80","source":"/erp/sap/4711",)"
    R"("type":"due.invoice.issued.v1","subject":"C00000001",)"
    R"("time":"2025-03-01T12:30:00.123Z","datacontenttype":"application/json",)"
    R"("data":{"customer_id":"C00000001","invoice_id":"INV-000000123",)"
    R"("issue_date":"2025-03-01","due_date":"2025-03-31","currency":"EUR","gross_minor":123456}})";
constexpr std::string_view usage =
    R"({"specversion":"1.0","id":"0f3a6f0e-7f1c-4f0d-9c1e-2b8a5d6e7f80","source":"/erp/sap/4711",)"
    R"("type":"due.usage.recorded.v1","subject":"C00000001",)"
    R"("time":"2025-03-01T12:30:00.123Z","datacontenttype":"application/json",)"
    R"("data":{"customer_id":"C00000001","usage_id":"USE-000000123",)"
    R"("meter":"images","case_id":"CASE-000000041","quantity":7,"occurred_at":"2025-03-01T12:30:00.123Z"}})";
constexpr std::string_view invoice_data =
    R"({"customer_id":"C00000001","invoice_id":"INV-000000123","issue_date":"2025-03-01","due_date":"2025-03-31",)"
    R"("currency":"EUR","gross_minor":123456})";

void decode(benchmark::State& state, std::string_view value, std::span<const HeaderView> headers) {
  EventDecoder decoder;
  std::deque<std::string> arena;
  for (auto _ : state) {
    auto decoded = decoder.decode(value, headers, arena);
    if (!std::holds_alternative<events::Event>(decoded)) state.SkipWithError("refused");
    benchmark::DoNotOptimize(decoded);
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(value.size()) * state.iterations());
  state.SetItemsProcessed(state.iterations());
  state.SetLabel(std::to_string(value.size()) + " bytes");
}

void structured_invoice(benchmark::State& state) { decode(state, invoice, {}); }
void structured_usage(benchmark::State& state) { decode(state, usage, {}); }
void binary_invoice(benchmark::State& state) {
  static constexpr std::array<HeaderView, 6> headers = {{{"content-type", "application/json"}, {"ce_specversion", "1.0"},
                                                         {"ce_id", "0f3a6f0e-7f1c-4f0d-9c1e-2b8a5d6e7f80"}, {"ce_source", "/erp/sap/4711"},
                                                         {"ce_type", "due.invoice.issued.v1"}, {"ce_time", "2025-03-01T12:30:00.123Z"}}};
  decode(state, invoice_data, headers);
}
BENCHMARK(structured_invoice);
BENCHMARK(structured_usage);
BENCHMARK(binary_invoice);

}  // namespace
}  // namespace due::codec

