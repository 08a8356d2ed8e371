// stream/cli/text/nearest.h
// The name that somebody meant who wrote another one: for every "is not a ..." message.
//
//   Shape    edit distance with swapped neighbours; case and - against _ do not count; a right name in a wrong section is near
//   Errors   empty, if nothing is near enough to be meant
//   Threads  none
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace due::cli {

std::string nearest(std::string_view wrong, std::span<const std::string> names);

// "; the nearest is NAME", or nothing.
std::string nearest_hint(std::string_view wrong, std::span<const std::string> names);

}  // namespace due::cli
