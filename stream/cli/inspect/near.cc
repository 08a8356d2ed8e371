#include "stream/cli/inspect/near.h"

#include <string_view>

namespace due::cli {
namespace {

constexpr std::string_view alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_.:/";
constexpr std::size_t length_max = 64;  // of an id

char upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }
char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

}  // namespace

std::optional<std::string> near_id(const std::string& id, const std::function<bool(const std::string&)>& exists) {
  if (id.size() > length_max) return std::nullopt;
  const std::size_t from = id.find_first_not_of(" \t"), to = id.find_last_not_of(" \t");
  const std::string bare = from == std::string::npos ? "" : id.substr(from, to - from + 1);
  std::string large = bare, small = bare;
  for (char& c : large) c = upper(c);
  for (char& c : small) c = lower(c);
  const auto tried = [&](const std::string& other) { return other != id && !other.empty() && exists(other); };
  for (const std::string& other : {bare, large, small})
    if (tried(other)) return other;
  for (std::size_t i = 0; i + 1 < bare.size(); ++i) {
    std::string other = bare;
    std::swap(other[i], other[i + 1]);
    if (tried(other)) return other;
  }
  for (std::size_t i = bare.size(); i-- > 0;) {  // slips come late in an id more often than early
    std::string other = bare;
    for (const char c : alphabet) {
      other[i] = c;
      if (tried(other)) return other;
    }
    other = bare;
    if (tried(other.erase(i, 1))) return other;
  }
  for (std::size_t i = bare.size() + 1; i-- > 0;)
    for (const char c : alphabet)
      if (std::string other = bare; tried(other.insert(i, 1, c))) return other;
  return std::nullopt;
}

}  // namespace due::cli
