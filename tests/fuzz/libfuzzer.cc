// Runs a target under libFuzzer, with our mutations among its own.
#include <cstdint>
#include <cstring>

#include "tests/fuzz/mutate.h"
#include "tests/fuzz/target.h"

extern "C" {

std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t max_size);

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  due::fuzz::run({reinterpret_cast<const char*>(data), size});
  return 0;
}

std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t max_size, unsigned seed) {
  static const std::vector<std::string> valid = due::fuzz::valid_inputs();
  due::fuzz::Random random(seed);
  if (random() % 2 == 0) return LLVMFuzzerMutate(data, size, max_size);
  std::string input(reinterpret_cast<const char*>(data), size);
  due::fuzz::mutate(input, valid[random() % valid.size()], random);
  const std::size_t fits = std::min(input.size(), max_size);
  std::memcpy(data, input.data(), fits);
  return fits;
}

}  // extern "C"
