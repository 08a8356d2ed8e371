// stream/app/config/topics_file.h
// deploy/topics.yaml: compiled in, and a file of one's own over it.
//
//   Shape    roles give what their topics have in common, topics add to it. What the file on top mentions is replaced, the rest stays
//   Errors   lines: where, what, what is allowed, what is nearest; a plan that breaks a demand of its roles is one, too
//   Threads  none
#pragma once

#include <string>
#include <vector>

#include "stream/cli/topics/plan.h"

namespace due::app::config {

struct TopicsRead {
  cli::topics::Plan plan;
  std::vector<std::string> complaints;
};

TopicsRead read_topics(const std::string& file);                                // empty: what is compiled in alone
TopicsRead read_topics_text(const std::string& text, const std::string& name);  // over what is compiled in

}  // namespace due::app::config
