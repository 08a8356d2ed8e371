// tests/simulator/client/committer.h
// A transactional producer as librdkafka is one: requests that are sent again after a timeout, silently, and counted.
//
//   Rule     as stream/kafka/committer.cc: clean is one TxnOffsetCommit, one EndTxn, and every call a success
//   Threads  its requests go on by themselves while the worker computes; they die with its process
#pragma once

#include <memory>

#include "stream/log/log.h"
#include "tests/simulator/world/node.h"

namespace due::sim {

enum class Counts { heeded, ignored };  // ignored: a success is taken for one, as most clients do
Result<std::unique_ptr<log::Committer>> open_node_committer(Node& node, const log::CommitterOptions& options, Counts counts);

}  // namespace due::sim
