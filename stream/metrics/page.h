// stream/metrics/page.h
// A page of metrics being written, in Prometheus' text format. The sole home of prometheus-cpp.
//
//   Shape    values of one metric are given in a row; every value has the labels of its definition, in their order
//   Errors   none: a name that is not in the catalogue, or a wrong number of labels, is a bug and is checked
//   Threads  owned by one
#pragma once

#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>

#include "stream/metrics/catalogue.h"
#include "stream/runtime/telling/spread.h"

namespace due::metrics {

class Page {
 public:
  Page();
  ~Page();

  void add(std::string_view name, double value, std::initializer_list<std::string> labels = {});
  void add(std::string_view name, const runtime::Spread& spread);
  // A metric without a value yet is shown all the same, with its help.
  void announce(Of of);
  std::string text() const;

 private:
  struct Families;
  std::unique_ptr<Families> families_;
};

inline constexpr char content_type[] = "text/plain; version=0.0.4; charset=utf-8";

}  // namespace due::metrics
