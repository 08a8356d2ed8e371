#!/usr/bin/env bash
# A million mutations for every codec, under sanitizers; and libFuzzer, which looks for new ways through the code, where Clang is there.
set -euo pipefail

usage() {
  cat <<'TEXT'
tests/long/fuzz.sh [--runs N] [--seconds S] [--seed S]

Builds the fuzz targets (tests/fuzz) under the address and undefined-behaviour sanitizers, and runs each:
  1. N mutations (1,000,000) of valid records by the driver of our own, the same ones for the same seed (today's date)
  2. with Clang and its libFuzzer: S seconds (60), from the same inputs; --seconds 0 leaves it out
About 20 minutes on two cores. The last line is: fuzz: passed, or what failed. Results so far: tests/long/results.md
An input that ends a target is kept in build/fuzz and named; fuzz_TARGET FILE runs it again.
TEXT
}

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
runs=1000000 seconds=60 seed=$(date -u +%Y%m%d)
say() { printf 'fuzz: %s\n' "$*"; }
fail() { printf 'fuzz: failed: %s\n' "$*" >&2; exit 1; }
while (($#)); do
  case $1 in
    --runs) runs=${2:?"--runs needs a number"}; shift ;;
    --seconds) seconds=${2:?"--seconds needs a number"}; shift ;;
    --seed) seed=${2:?"--seed needs a number"}; shift ;;
    -h | --help) usage; exit 0 ;;
    *) fail "unknown argument: $1 (--help lists them)" ;;
  esac
  shift
done

cd "$root"
export ASAN_OPTIONS=detect_stack_use_after_return=1 UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1
work=$root/build/fuzz
mkdir -p "$work"
build() { "$@" >"$work/build.log" 2>&1 || { tail -n 40 "$work/build.log" >&2; fail "$*"; }; }
programs() { find "$1/bin" -maxdepth 1 -name 'fuzz_*' -type f -perm -u+x | sort; }

failed=()
build cmake --preset asan
build cmake --build --preset asan -j "$(nproc)" --target fuzz
for program in $(programs build/asan); do
  (cd "$work" && "$root/$program" --runs "$runs" --seed "$seed") || failed+=("${program##*/}")
done

clang=$(compgen -c clang++ | sort -V | tail -n 1 || true)
if ((seconds > 0)) && [[ -n $clang ]] && echo 'extern "C" int LLVMFuzzerTestOneInput(const unsigned char*, unsigned long) { return 0; }' |
  "$clang" -x c++ -fsanitize=fuzzer - -o "$work/try" 2>/dev/null; then
  build cmake -S . -B build/libfuzzer -G Ninja -DCMAKE_BUILD_TYPE=RelWithDebInfo -DCMAKE_CXX_COMPILER="$clang" -DDUE_LIBFUZZER=ON \
    -DDUE_SANITIZE=address,undefined "-DCMAKE_CXX_FLAGS=-fsanitize=fuzzer-no-link" \
    "-DCMAKE_RUNTIME_OUTPUT_DIRECTORY=$root/build/libfuzzer/bin"
  build cmake --build build/libfuzzer -j "$(nproc)" --target fuzz
  for program in $(programs build/libfuzzer); do
    name=${program##*/} corpus=$work/corpus/${program##*/}
    "build/asan/bin/$name" --write-inputs "$corpus" >"$work/$name.log"
    if (cd "$work" && "$root/$program" -max_total_time="$seconds" -max_len=65536 -print_final_stats=1 "$corpus") >"$work/$name.log" 2>&1; then
      say "$name under libFuzzer: $(sed -n 's/^stat::number_of_executed_units: *//p' "$work/$name.log") runs in $seconds s," \
        "$(grep -o 'cov: [0-9]*' "$work/$name.log" | tail -n 1 | cut -d' ' -f2) edges, none ended it"
    else
      tail -n 30 "$work/$name.log" >&2
      failed+=("$name (libFuzzer)")
    fi
  done
else
  say "libFuzzer left out: no Clang with it (apt-get install clang), or --seconds 0"
fi
((${#failed[@]} == 0)) || fail "${failed[*]}; the inputs are in build/fuzz"
say "passed"
