#include "topology/graph/description.h"

#include <algorithm>
#include <set>

namespace due::topology {
namespace {

std::string joined(const std::vector<std::string>& parts) {
  std::string text;
  for (const std::string& p : parts) text += (text.empty() ? "" : ", ") + p;
  return text;
}

}  // namespace

std::string LogicOptions::text() const {
  return "delay_days_max=" + std::to_string(delay_days_max) + ";unpaid_units_max=" + std::to_string(unpaid_units_max) +
         ";future_max_micros=" + std::to_string(future_max_micros) + ";parked_max_micros=" + std::to_string(parked_max_micros);
}

bool is_internal(const Description& topology, std::string_view topic) {
  bool written = false, read = false;
  for (const Subtopology& s : topology.subtopologies) {
    written = written || std::find(s.outputs.begin(), s.outputs.end(), topic) != s.outputs.end();
    read = read || std::find(s.inputs.begin(), s.inputs.end(), topic) != s.inputs.end();
  }
  return written && read;
}

bool is_chronicle(const Description& topology, std::string_view topic) {
  const auto& all = topology.subtopologies;
  return std::any_of(all.begin(), all.end(), [topic](const Subtopology& s) { return s.chronicle == topic; });
}

std::string as_text(const Description& topology) {
  std::string text = "Topology\n";
  for (const Subtopology& s : topology.subtopologies) {
    text += "  Subtopology: " + s.name + "  (one task per partition of " + s.inputs.front() + ", its spine)\n";
    text += "    Sources: " + joined(s.inputs) + "\n";
    if (!s.broadcast.empty()) text += "    Broadcast: " + joined(s.broadcast) + "  (every task reads them)\n";
    for (const ProcessorNode& p : s.processors) {
      text += "    Processor: " + p.name + "  " + p.does + "\n";
      text += "      <- " + joined(p.from) + "\n";
      if (!p.stores.empty()) text += "      stores: " + joined(p.stores) + "\n";
      if (!p.outputs.empty()) text += "      -> " + joined(p.outputs) + "\n";
    }
    text += "    Sinks: " + joined(s.outputs) + "\n";
    text += "    Chronicle: " + s.chronicle + "\n";
  }
  return text;
}

std::string as_mermaid(const Description& topology) {
  std::string text = "flowchart LR\n";
  std::set<std::string> stores;
  for (const Subtopology& s : topology.subtopologies) {
    for (const auto* inputs : {&s.inputs, &s.broadcast})
      for (const std::string& i : *inputs) text += "  " + i + "([" + i + "])\n";
    text += "  subgraph " + s.name + "\n";
    for (const ProcessorNode& p : s.processors) {
      text += "    " + p.name + "[" + p.name + "]\n";
      for (const std::string& store : p.stores)
        if (stores.insert(store).second) text += "    " + store + "[(" + store + ")]\n";
    }
    text += "  end\n";
    for (const std::string& o : s.outputs) text += "  " + o + "([" + o + "])\n";
    for (const ProcessorNode& p : s.processors) {
      for (const std::string& from : p.from) text += "  " + from + " --> " + p.name + "\n";
      for (const std::string& store : p.stores) text += "  " + p.name + " --- " + store + "\n";
      for (const std::string& o : p.outputs) text += "  " + p.name + " --> " + o + "\n";
    }
  }
  return text;
}

}  // namespace due::topology
