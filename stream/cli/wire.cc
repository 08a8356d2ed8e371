#include "stream/cli/wire.h"

#include <cstdio>

namespace due::cli {

int complain(const Error& error) {
  std::fprintf(stderr, "duestream: %s\n", error.what.c_str());
  return Exit::failed;
}

bool wants_topics(const LogChoice& choice) { return choice.create_topics || choice.uri.starts_with("embedded:"); }

Status create_topics(log::Log& log, const LogChoice& choice, const topology::Description& topology) {
  using Config = std::map<std::string, std::string>;
  const std::string keep = "-1";
  const std::string one_segment = "9223372036854775807";  // business dates as timestamps must not roll a segment a week
  const Config input{{"retention.ms", keep}, {"segment.ms", one_segment}};
  const Config output{{"retention.ms", keep}, {"message.timestamp.type", "LogAppendTime"}};
  Config dead_letters = output;
  dead_letters["max.message.bytes"] = std::to_string(1'048'588 + 65'536);  // an input's largest record and its reasons
  std::vector<log::TopicSpec> specs;
  for (const topology::Subtopology& s : topology.subtopologies) {
    for (const std::string& t : s.inputs) specs.push_back({choice.prefix + t, choice.partitions, input});
    for (const std::string& t : s.outputs)
      specs.push_back({choice.prefix + t, choice.partitions, t == "dead-letters" ? dead_letters : output});
  }
  specs.push_back({choice.prefix + "chronicle", choice.partitions, output});
  return log.create(specs);
}

}  // namespace due::cli
