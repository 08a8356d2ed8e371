// stream/cli/topics/acls.h
// The least rights that each kind of process needs, as the kafka-acls commands that grant them.
//
//   Source   Kafka's table of operations per request (its security documentation); tests/integration/secure.sh runs them for real
//   Shape    one command per principal and set of operations; names are literal, transactional ids share the application's prefix
//   Errors   none
//   Threads  none
#pragma once

#include <string>
#include <vector>

#include "stream/cli/topics/plan.h"

namespace due::cli::topics {

struct Principals {
  std::string processor = "User:duestream-processor", sink = "User:duestream-sink", producer = "User:duestream-producer",
              auditor = "User:duestream-auditor", deployer = "User:duestream-deployer";
};

struct Grant {
  std::string principal, why;
  std::string command;
};

std::vector<Grant> grants(const Plan& plan, const Place& place, const std::string& app, const Principals& principals);

}  // namespace due::cli::topics
