// stream/cli/report.h
// `duestream report`: what was decided, on a page: the riskiest customers with reasons, the bad records with reasons.
#pragma once

#include "stream/cli/wire.h"

namespace due::cli {

struct ReportArguments {
  LogChoice log;
  int top = 10;
};

int report(const ReportArguments& arguments, Wire& wire);

}  // namespace due::cli
