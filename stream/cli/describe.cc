#include "stream/cli/describe.h"

#include <cstdio>

#include "schemas/codec/json_writer.h"
#include "topology/features/features.h"

namespace due::cli {

int print_topology(bool mermaid, Wire& wire) {
  std::fputs((mermaid ? topology::as_mermaid(wire.topology()) : topology::as_text(wire.topology())).c_str(), stdout);
  return Exit::ok;
}

int print_features(bool json) {
  using namespace topology::features;
  if (json) {
    std::string out;
    codec::JsonWriter writer(out);
    writer.begin_object().key("feature_schema").value(schema_id()).key("features").begin_array();
    for (const Definition& d : catalogue())
      writer.begin_object()
          .key("name")
          .value(d.name)
          .key("unit")
          .value(d.unit)
          .key("scale")
          .value(d.scale)
          .key("meaning")
          .value(d.meaning)
          .end_object();
    writer.end_array().end_object();
    std::printf("%s\n", out.c_str());
    return Exit::ok;
  }
  std::printf("feature_schema %s; the integer on the wire divided by scale is the value\n\n", schema_id().c_str());
  std::printf("  %2s  %-20s %-6s %6s  %s\n", "#", "name", "unit", "scale", "meaning");
  int i = 0;
  for (const Definition& d : catalogue())
    std::printf("  %2d  %-20s %-6s %6lld  %s\n", ++i, d.name.c_str(), d.unit.c_str(), static_cast<long long>(d.scale), d.meaning.c_str());
  return Exit::ok;
}

}  // namespace due::cli
