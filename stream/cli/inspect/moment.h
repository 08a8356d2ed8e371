// stream/cli/inspect/moment.h
// `--as-of`: a batch of the customer's task (120), or the step that took a record of an input (invoices:2:4711).
//
//   Errors   nullopt: neither
#pragma once

#include <optional>
#include <string_view>

#include "stream/runtime/look/look.h"

namespace due::cli {

std::optional<runtime::Moment> parse_moment(std::string_view text);

}  // namespace due::cli
