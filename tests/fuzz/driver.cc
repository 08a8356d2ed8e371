// Runs a target without libFuzzer: mutations of its valid inputs, and of the known broken ones, the same for the same seed.
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "tests/fuzz/mutate.h"
#include "tests/fuzz/target.h"

extern "C" void __sanitizer_set_death_callback(void (*callback)()) __attribute__((weak));

namespace due::fuzz {
namespace {

constexpr char usage[] =
    "fuzz_TARGET [--runs N] [--seed S]   N mutations (20,000); the last line says how many, and how fast\n"
    "fuzz_TARGET --write-inputs DIR      the inputs to begin with, a file each: a corpus for the libFuzzer program of the same name\n"
    "fuzz_TARGET FILE...                 runs these inputs, such as one that was kept\n"
    "An input that ends the process is kept as crash-TARGET-SEED-NUMBER in the working folder. Exit code 0: none did.\n";

// Of what runs now: for the one who must write it when the process ends.
struct Now {
  const std::string* input = nullptr;
  char file[200] = "crash";
} now;

void keep_input() {
  if (now.input == nullptr) return;
  if (std::FILE* file = std::fopen(now.file, "wb")) {
    std::fwrite(now.input->data(), 1, now.input->size(), file);
    std::fclose(file);
  }
  std::fprintf(stderr, "kept: %s, %zu bytes\n", now.file, now.input->size());
  now.input = nullptr;
}

void on_abort(int) {
  keep_input();
  std::signal(SIGABRT, SIG_DFL);
  std::abort();
}

void run_one(const std::string& input) {
  // A copy of exactly its size: the address sanitizer sees every byte that is read beyond it.
  const std::vector<char> exact(input.begin(), input.end());
  now.input = &input;
  run({exact.data(), exact.size()});
  now.input = nullptr;
}

int run_files(int count, char** names) {
  for (int i = 0; i < count; ++i) {
    std::ifstream in(names[i], std::ios::binary);
    if (!in) return std::fprintf(stderr, "%s cannot be read\n", names[i]), 2;
    run_one({std::istreambuf_iterator<char>(in), {}});
    std::printf("%s: passed\n", names[i]);
  }
  return 0;
}

int write_inputs(const std::string& directory) {
  std::filesystem::create_directories(directory);
  std::size_t number = 0;
  for (const auto& inputs : {valid_inputs(), broken_inputs()})
    for (const std::string& input : inputs) std::ofstream(directory + "/" + std::to_string(number++), std::ios::binary) << input;
  std::printf("%zu inputs in %s\n", number, directory.c_str());
  return 0;
}

int run_mutations(const char* name, std::uint64_t runs, std::uint64_t seed) {
  const std::vector<std::string> valid = valid_inputs(), broken = broken_inputs();
  require(!valid.empty(), "a target has valid inputs");
  for (const auto* inputs : {&valid, &broken})
    for (const std::string& input : *inputs) run_one(input);
  const auto began = std::chrono::steady_clock::now();
  Random random(seed);
  const auto any = [&random](const std::vector<std::string>& of) -> const std::string& { return of[random() % of.size()]; };
  for (std::uint64_t n = 0; n < runs; ++n) {
    std::snprintf(now.file, sizeof now.file, "crash-%s-%llu-%llu", name, static_cast<unsigned long long>(seed),
                  static_cast<unsigned long long>(n));
    std::string input = broken.empty() || random() % 5 != 0 ? any(valid) : any(broken);
    mutate(input, any(valid), random);
    run_one(input);
  }
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  std::printf("%s: %llu mutations of %zu valid and %zu broken inputs, seed %llu, in %.1f s, none ended it\n", name,
              static_cast<unsigned long long>(runs), valid.size(), broken.size(), static_cast<unsigned long long>(seed), seconds);
  return 0;
}

int main_of(int argc, char** argv) {
  std::uint64_t runs = 20'000, seed = 1;
  const char* name = std::strrchr(argv[0], '/') != nullptr ? std::strrchr(argv[0], '/') + 1 : argv[0];
  std::signal(SIGABRT, on_abort);
  if (__sanitizer_set_death_callback != nullptr) __sanitizer_set_death_callback(keep_input);
  for (int i = 1; i < argc; i += 2) {
    const std::string option = argv[i];
    if (!option.starts_with("--")) return run_files(argc - i, argv + i);
    if (i + 1 == argc || (option != "--runs" && option != "--seed" && option != "--write-inputs")) return std::fputs(usage, stderr), 2;
    if (option == "--write-inputs") return write_inputs(argv[i + 1]);
    (option == "--runs" ? runs : seed) = std::strtoull(argv[i + 1], nullptr, 10);
  }
  return run_mutations(name, runs, seed);
}

}  // namespace
}  // namespace due::fuzz

int main(int argc, char** argv) { return due::fuzz::main_of(argc, argv); }
