#include "stream/cli/wire.h"

#include <cstdio>
#include <cstdlib>

namespace due::cli {

int complain(const Error& error) {
  std::fprintf(stderr, "duestream: %s\n", error.what.c_str());
  return Exit::failed;
}

int complain(const std::vector<std::string>& configuration) {
  for (const std::string& line : configuration) std::fprintf(stderr, "duestream: %s\n", line.c_str());
  return Exit::usage;
}

int leave(const LogChoice& log, int code) {
  std::fflush(nullptr);
  if (log.uri.starts_with("kafka:")) std::_Exit(code);
  return code;
}

}  // namespace due::cli
