// tests/fuzz/mutate.h
// One input made into another: bytes, digits, chunks, words of JSON and of our events, pieces of other inputs.
//
//   Shape    deterministic: the same random numbers, the same input
//   Limits   at most input_bytes_max come out
//   Threads  none
#pragma once

#include <cstddef>
#include <random>
#include <string>
#include <string_view>

namespace due::fuzz {

inline constexpr std::size_t input_bytes_max = 1U << 16;

using Random = std::mt19937_64;

// One to six changes. `other`: whatever pieces are taken from.
void mutate(std::string& input, std::string_view other, Random& random);

}  // namespace due::fuzz
