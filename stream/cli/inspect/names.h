// stream/cli/inspect/names.h
// What documents are called. State knows them by hashes of their ids; the ids themselves are in the events, which are read back, newest
// first, until every document that is asked for has its name.
//
//   Limits   `look_back_max` offsets of each input; what is older stays without a name
//   Errors   as the log's
#pragma once

#include <map>
#include <set>

#include "stream/cli/topic_reader.h"
#include "topology/account/documents.h"

namespace due::cli {

struct HashOrder {
  bool operator()(Hash128 a, Hash128 b) const { return a.high != b.high ? a.high < b.high : a.low < b.low; }
};
using Documents = std::set<Hash128, HashOrder>;
using Names = std::map<Hash128, std::string, HashOrder>;

struct NameSearch {
  std::string customer;
  std::vector<std::string> topics;  // with prefix; each is read while names are missing
  std::int32_t partition = 0;
  Documents wanted;
  std::int64_t look_back_max = INT64_MAX;
};
Result<Names> find_names(log::Log& log, const NameSearch& search);

}  // namespace due::cli
