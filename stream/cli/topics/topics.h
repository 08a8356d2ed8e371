// stream/cli/topics/topics.h
// `duestream topics plan|create|check|acls`: the topics of DESIGN on any cluster.
//
//   Errors   exit code 1: a topic is missing or is not as the plan says, one line each; or what the log says
//   Threads  none
#pragma once

#include "stream/cli/topics/acls.h"
#include "stream/cli/wire.h"

namespace due::cli {

struct TopicsArguments {
  LogChoice log;
  AppChoice app;
  topics::Principals principals;
  bool json = false;
};

int plan_topics(const TopicsArguments& arguments, Wire& wire);
int create_topics(const TopicsArguments& arguments, Wire& wire);
int check_topics(const TopicsArguments& arguments, Wire& wire);
int print_acls(const TopicsArguments& arguments);

}  // namespace due::cli
