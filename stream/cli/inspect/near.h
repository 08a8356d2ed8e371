// stream/cli/inspect/near.h
// Ids that a slip of the finger makes of one another, so that an unknown customer can be answered with one that exists.
#pragma once

#include <functional>
#include <optional>
#include <string>

namespace due::cli {

// The first id that `exists` among: other upper and lower case, blanks around it, one character more, less, other or swapped.
std::optional<std::string> near_id(const std::string& id, const std::function<bool(const std::string&)>& exists);

}  // namespace due::cli
