// Alerts and the dashboard speak of metrics and labels that exist, and the runbook has an entry for each alert.
#include <gtest/gtest.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>

#include "stream/metrics/catalogue.h"

namespace due::metrics {
namespace {

const std::string deploy = DUE_SOURCE_DIR "/deploy/";

std::string file(const std::string& path) {
  std::ifstream in(path);
  return {std::istreambuf_iterator<char>(in), {}};
}

const Definition* found(std::string name) {
  for (const std::string suffix : {"", "_bucket", "_count", "_sum"}) {
    if (!name.ends_with(suffix)) continue;
    const std::string family = name.substr(0, name.size() - suffix.size());
    for (const Definition& d : catalogue())
      if (d.name == family && (suffix.empty() || d.type == Type::histogram)) return &d;
  }
  return nullptr;
}

// Every name in an expression that looks like one of ours is one; so is every label that is matched or grouped by.
void check_expression(const std::string& expression, const std::string& where) {
  static const std::regex name(R"(\b(duestream|process)_[a-z_]+)"), matcher(R"(([a-z_]+)\s*(=~|!~|!=|=)\s*")"),
      by(R"(\bby \(([a-z_, ]+)\))");
  std::set<std::string> labels{"instance", "job", "le"};
  std::size_t metrics = 0;
  for (std::sregex_iterator m(expression.begin(), expression.end(), name), end; m != end; ++m, ++metrics) {
    const Definition* d = found(m->str());
    ASSERT_NE(d, nullptr) << where << ": there is no metric " << m->str();
    labels.insert(d->labels.begin(), d->labels.end());
  }
  EXPECT_TRUE(metrics > 0 || expression.find("up{") != std::string::npos) << where << ": " << expression;
  for (std::sregex_iterator m(expression.begin(), expression.end(), matcher), end; m != end; ++m)
    EXPECT_TRUE(labels.contains((*m)[1])) << where << ": no label " << (*m)[1];
  static const std::regex word("[a-z_]+");
  for (std::sregex_iterator m(expression.begin(), expression.end(), by), end; m != end; ++m) {
    const std::string list = (*m)[1];
    for (std::sregex_iterator w(list.begin(), list.end(), word); w != end; ++w)
      EXPECT_TRUE(labels.contains(w->str())) << where << ": no label " << w->str();
  }
}

std::vector<YAML::Node> alerts() {
  std::vector<YAML::Node> all;
  for (const YAML::Node& group : YAML::LoadFile(deploy + "prometheus/alerts.yml")["groups"])
    for (const YAML::Node& rule : group["rules"]) all.push_back(rule);
  return all;
}

TEST(Alerts, SpeakOfMetricsThatExist) {
  EXPECT_GT(alerts().size(), 10U);
  for (const YAML::Node& a : alerts()) {
    const auto name = a["alert"].as<std::string>();
    check_expression(a["expr"].as<std::string>(), name);
    const auto severity = a["labels"]["severity"].as<std::string>();
    EXPECT_TRUE(severity == "critical" || severity == "warning") << name;
    EXPECT_FALSE(a["annotations"]["summary"].as<std::string>().empty()) << name;
  }
}

TEST(Runbook, HasAnEntryForEachAlertAndForNothingElse) {
  std::set<std::string> wanted, there;
  for (const YAML::Node& a : alerts()) wanted.insert(a["alert"].as<std::string>());
  const std::string runbook = file(DUE_SOURCE_DIR "/docs/runbook.md");
  static const std::regex entry(R"(## (\w+)\n([^#]*))");
  for (std::sregex_iterator m(runbook.begin(), runbook.end(), entry), end; m != end; ++m) {
    there.insert((*m)[1]);
    const std::string text = (*m)[2];
    EXPECT_NE(text.find("\n- "), std::string::npos) << (*m)[1] << " says nothing to do";
  }
  EXPECT_EQ(there, wanted);
}

TEST(Dashboard, SpeaksOfMetricsThatExist) {
  const YAML::Node dashboard = YAML::Load(file(deploy + "grafana/dashboards/duestream.json"));  // JSON is YAML
  std::set<int> ids;
  std::size_t charts = 0;
  for (const YAML::Node& panel : dashboard["panels"]) {
    EXPECT_TRUE(ids.insert(panel["id"].as<int>()).second);
    if (panel["type"].as<std::string>() == "row") continue;
    ++charts;
    EXPECT_GT(panel["targets"].size(), 0U);
    for (const YAML::Node& t : panel["targets"]) check_expression(t["expr"].as<std::string>(), panel["title"].as<std::string>());
  }
  EXPECT_GT(charts, 10U);
}

TEST(Provisioning, NamesTheDatasourceThatTheDashboardAsks) {
  const YAML::Node source = YAML::LoadFile(deploy + "grafana/provisioning/datasources/prometheus.yml")["datasources"][0];
  for (const YAML::Node& panel : YAML::Load(file(deploy + "grafana/dashboards/duestream.json"))["panels"]) {
    if (!panel["datasource"]) continue;  // a row
    EXPECT_EQ(panel["datasource"]["uid"].as<std::string>(), source["uid"].as<std::string>());
  }
}

}  // namespace
}  // namespace due::metrics
