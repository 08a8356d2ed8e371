#include "stream/cli/text/nearest.h"

#include <algorithm>
#include <cctype>
#include <vector>

namespace due::cli {
namespace {

std::string folded(std::string_view name) {
  std::string out;
  for (const char c : name) out.push_back(c == '-' ? '_' : static_cast<char>(std::tolower(static_cast<unsigned char>(c))));
  return out;
}

std::string_view last_part(std::string_view name) { return name.substr(name.rfind('.') + 1); }  // npos + 1 is 0

std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::vector<std::size_t>> d(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i) d[i][0] = i;
  for (std::size_t j = 0; j <= b.size(); ++j) d[0][j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i)
    for (std::size_t j = 1; j <= b.size(); ++j) {
      d[i][j] = std::min({d[i - 1][j] + 1, d[i][j - 1] + 1, d[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) d[i][j] = std::min(d[i][j], d[i - 2][j - 2] + 1);
    }
  return d[a.size()][b.size()];
}

}  // namespace

std::string nearest(std::string_view wrong, std::span<const std::string> names) {
  const std::string given = folded(wrong);
  std::size_t best = std::max<std::size_t>(3, given.size() / 3 + 1);  // from here on it is a guess, not a slip
  std::string found;
  for (const std::string& name : names) {
    const std::string candidate = folded(name);
    std::size_t d = distance(given, candidate);
    // The right name in a wrong section, or in none.
    const std::string_view tail = last_part(given), other = last_part(candidate);
    if (tail.size() >= 4 && (tail != given || other != candidate))
      if (const std::size_t by_tail = distance(tail, other); by_tail <= tail.size() / 3) d = std::min(d, by_tail + 2);
    if (d < best) {
      best = d;
      found = name;
    }
  }
  return found;
}

std::string nearest_hint(std::string_view wrong, std::span<const std::string> names) {
  const std::string name = nearest(wrong, names);
  return name.empty() ? "" : "; the nearest is " + name;
}

}  // namespace due::cli
