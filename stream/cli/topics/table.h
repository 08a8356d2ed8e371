// stream/cli/topics/table.h
// A plan and what is there, for people and for programs.
//
//   Errors   none
//   Threads  none
#pragma once

#include <string>

#include "stream/cli/topics/plan.h"

namespace due::cli::topics {

std::string as_table(const Plan& plan, const Infos& infos, const Place& place);
std::string as_json(const Plan& plan, const Infos& infos, const Place& place);

}  // namespace due::cli::topics
