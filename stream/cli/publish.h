// stream/cli/publish.h
// `duestream publish` and `duestream generate`: events into the input topics, from files or made up.
#pragma once

#include <string>
#include <vector>

#include "stream/cli/feeds/company.h"
#include "stream/cli/feeds/feed.h"
#include "stream/cli/wire.h"

namespace due::cli {

struct PublishArguments {
  LogChoice log;
  std::string format = "ndjson";  // or a name of file_formats()
  std::vector<std::string> files;  // "-" is standard input
  bool json = false;
};

struct GenerateArguments {
  LogChoice log;
  CompanyOptions company;
  std::string workload = "company";  // account-risk: the workload on which engines are compared
  std::int64_t events = 3'000'000;   // account-risk: unique events
  std::int64_t skew_thousandths = 800, large_accounts = 0, items = 0;  // account-risk: as in feeds/account_risk.h
  bool json = false;
};

int publish(const PublishArguments& arguments, Wire& wire);
int generate(const GenerateArguments& arguments, Wire& wire);

}  // namespace due::cli
