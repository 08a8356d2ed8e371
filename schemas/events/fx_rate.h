// schemas/events/fx_rate.h
// What one unit of a currency costs in another one on a day.
//
//   Source   topic fx-rates, broadcast; schemas/json/fx-rate-published.schema.json
//   Units    `rate` units of quote_currency for one unit of base_currency; the inverse is never published or kept
#pragma once

#include <cstdint>
#include <string>

#include "schemas/base/decimal.h"
#include "schemas/base/event_time.h"
#include "schemas/base/money.h"

namespace due::events {

// due.fx-rate.published.v1. Business key: rate_type, base_currency, quote_currency, rate_date, version.
struct FxRatePublished {
  std::string rate_type;  // whose rate, and which: ECB, M (SAP's average rate), ...
  Currency base_currency, quote_currency;
  Date rate_date;  // holds from this day until the next one for which there is a rate
  std::int64_t version = 1;
  Decimal rate;  // > 0
};

}  // namespace due::events
