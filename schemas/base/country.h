// schemas/base/country.h
// Countries as ISO 3166-1 alpha-2 codes.
//
//   Clock    none
#pragma once

#include <string_view>

namespace due {

bool is_country(std::string_view code);  // two upper-case letters that are assigned

}  // namespace due
