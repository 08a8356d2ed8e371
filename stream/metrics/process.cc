#include "stream/metrics/process.h"

#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <vector>

namespace due::metrics {
namespace {

// The numbers of /proc/self/stat behind the command's name, which may hold blanks; proc(5) counts from 1, and these from field 3.
std::vector<std::string> stat_fields() {
  std::ifstream file("/proc/self/stat");
  std::string text{std::istreambuf_iterator<char>(file), {}};
  text.erase(0, std::min(text.rfind(')'), text.size() - 1) + 1);
  std::istringstream words(text);
  return {std::istream_iterator<std::string>(words), {}};
}

// When the machine was started, as seconds since 1970.
double boot_time() {
  std::ifstream file("/proc/stat");
  for (std::string line; std::getline(file, line);)
    if (line.starts_with("btime ")) return std::stod(line.substr(6));
  return 0;
}

}  // namespace

void add_process(Page& page) {
  const auto ticks = static_cast<double>(sysconf(_SC_CLK_TCK));
  if (const auto stat = stat_fields(); stat.size() > 21) {
    const auto field = [&stat](std::size_t number) { return std::stod(stat[number - 3]); };
    page.add("process_cpu_seconds_total", (field(14) + field(15)) / ticks);
    page.add("process_threads", field(20));
    page.add("process_start_time_seconds", boot_time() + field(22) / ticks);
    page.add("process_virtual_memory_bytes", field(23));
    page.add("process_resident_memory_bytes", field(24) * static_cast<double>(sysconf(_SC_PAGESIZE)));
  }
  std::error_code none;
  const std::filesystem::directory_iterator open("/proc/self/fd", none);
  if (!none) page.add("process_open_fds", static_cast<double>(std::distance(begin(open), end(open))));
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0) page.add("process_max_fds", static_cast<double>(limit.rlim_cur));
}

}  // namespace due::metrics
