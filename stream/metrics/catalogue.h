// stream/metrics/catalogue.h
// Every metric there is: its name, its labels, what it says. docs/metrics.md is printed from here.
//
//   Units    Prometheus' own: seconds, bytes, and plain numbers
//   Threads  none
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace due::metrics {

enum class Type { counter, gauge, histogram };
enum class Of { run, sink, process };  // who exposes it; of a process: both

struct Definition {
  std::string_view name;
  Type type;
  Of of;
  std::vector<std::string_view> labels;
  std::string_view help;
};

std::span<const Definition> catalogue();
const Definition& definition(std::string_view name);  // checked: there is one
std::string reference();                              // docs/metrics.md

}  // namespace due::metrics
