#include "stream/metrics/page.h"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <algorithm>

#include "schemas/base/result.h"

namespace due::metrics {

struct Page::Families {
  std::vector<prometheus::MetricFamily> all;

  prometheus::MetricFamily& of(const Definition& d) {
    const auto found = std::ranges::find(all, d.name, &prometheus::MetricFamily::name);
    if (found != all.end()) return *found;
    using prometheus::MetricType;
    static constexpr MetricType types[] = {MetricType::Counter, MetricType::Gauge, MetricType::Histogram};
    const MetricType type = types[static_cast<std::size_t>(d.type)];
    return all.emplace_back(prometheus::MetricFamily{std::string(d.name), std::string(d.help), type, {}});
  }
};

Page::Page() : families_(std::make_unique<Families>()) {}
Page::~Page() = default;

void Page::add(std::string_view name, double value, std::initializer_list<std::string> labels) {
  const Definition& d = definition(name);
  check(labels.size() == d.labels.size() && d.type != Type::histogram, "a metric has other labels than its definition");
  prometheus::ClientMetric& metric = families_->of(d).metric.emplace_back();
  auto label = d.labels.begin();
  for (const std::string& text : labels) metric.label.push_back({std::string(*label++), text});
  (d.type == Type::counter ? metric.counter.value : metric.gauge.value) = value;
}

void Page::add(std::string_view name, const runtime::Spread& spread) {
  const Definition& d = definition(name);
  check(d.type == Type::histogram, "a metric is no histogram");
  prometheus::ClientMetric::Histogram& h = families_->of(d).metric.emplace_back().histogram;
  h.sample_count = static_cast<std::uint64_t>(spread.count);
  h.sample_sum = static_cast<double>(spread.sum_micros) / 1e6;
  std::uint64_t cumulative = 0;
  for (std::size_t i = 0; i < spread.bounds.size(); ++i) {
    cumulative += static_cast<std::uint64_t>(spread.counts[i]);
    h.bucket.push_back({cumulative, spread.bounds[i]});
  }
}

void Page::announce(Of of) {
  for (const Definition& d : catalogue())
    if (d.of == of) (void)families_->of(d);
}

std::string Page::text() const { return prometheus::TextSerializer().Serialize(families_->all); }

}  // namespace due::metrics
