#include "stream/cli/wire.h"

#include <cstdio>

namespace due::cli {

int complain(const Error& error) {
  std::fprintf(stderr, "duestream: %s\n", error.what.c_str());
  return Exit::failed;
}

int complain(const std::vector<std::string>& configuration) {
  for (const std::string& line : configuration) std::fprintf(stderr, "duestream: %s\n", line.c_str());
  return Exit::usage;
}

}  // namespace due::cli
