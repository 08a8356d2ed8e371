// Answers zone_offsets_test.py: prints the release; then for each line "zone instant" (seconds since 1970) the offset, or "none".
#include <cstdlib>
#include <iostream>
#include <string>

#include "schemas/base/zones/time_zone.h"

int main() {
  std::ios::sync_with_stdio(false);
  std::cout << due::tzdata_release() << '\n';
  std::string name;
  for (std::int64_t instant = 0; std::cin >> name >> instant;) {
    const auto zone = due::TimeZone::find(name);
    if (zone)
      std::cout << zone->offset_seconds({instant * 1'000'000}) << '\n';
    else
      std::cout << "none\n";
  }
}
