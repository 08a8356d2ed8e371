// stream/runtime/report.h
// How the runtime tells people what it does: one event with fields at a time. Who writes it where is the caller's business.
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace due::runtime {

enum class Level { debug, info, warning, error };

// `event` is a stable name such as commit.end; `fields` is "name=value name=value".
using Report = std::function<void(Level level, std::string_view event, const std::string& fields)>;

}  // namespace due::runtime
