// tests/simulator/naive/naive.h
// A client as most are written, under the same faults: the simulator has to break it, or it proves nothing about ours.
//
//   Shape    consumes `in`, writes one output per record and a link of a chain per batch, commits both with its position. It trusts
//            every success and takes every failure for one, fences nobody when it takes over, starts from what it can read at once
#pragma once

#include <cstdint>
#include <map>
#include <string>

namespace due::sim {

struct NaiveRun {
  std::map<std::string, std::int64_t> broken;  // torn, position set back, doubled, forked: how often each was seen
};

NaiveRun run_naive(std::uint64_t seed);

}  // namespace due::sim
