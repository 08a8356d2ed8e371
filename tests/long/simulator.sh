#!/usr/bin/env bash
# Ten thousand seeds of the simulator, shared out over the cores.
set -euo pipefail

usage() {
  cat <<'TEXT'
tests/long/simulator.sh [--seeds N] [--jobs N] [--bin FILE]

Runs seeds 1..N of duestream_sim, each twice, and adds up what the shares say; then plants its known bugs, one at a time. Passed is: no
violation, no second run with another trace, every named point and every rare path of the list below met often enough (per 10,000
seeds: a death at each point 100 times, each path 20 times), every bug found. It says how far it is while it runs. The last line is the
sum as JSON.

  --seeds N   default 10000
  --jobs N    shares; default: the cores
  --bin FILE  default build/release/bin/duestream_sim
Results so far: tests/long/results.md
TEXT
}

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
seeds=10000 jobs=$(nproc) bin=$root/build/release/bin/duestream_sim
while (($#)); do
  case $1 in
    --seeds) seeds=${2:?"--seeds needs a number"}; shift ;;
    --jobs) jobs=${2:?"--jobs needs a number"}; shift ;;
    --bin) bin=${2:?"--bin needs a file"}; shift ;;
    -h | --help) usage; exit 0 ;;
    *) printf 'simulator: unknown argument: %s\n' "$1" >&2; exit 2 ;;
  esac
  shift
done
[[ -x $bin ]] || { echo "simulator: $bin is not built: cmake --preset release -DDUE_TESTS=ON && cmake --build --preset release" >&2; exit 2; }

shares=$(mktemp -d)
trap 'rm -rf -- "$shares"' EXIT
for ((i = 0; i < jobs; ++i)); do
  "$bin" --seeds "$((seeds * i / jobs + 1))..$((seeds * (i + 1) / jobs))" --json --progress >"$shares/$i" || true &
done
wait
failed=0
grep -h -A 40 'violation, found by\|another trace' "$shares"/* || true
"$bin" --plants --seeds 1..2000 || failed=1
python3 "$root/tests/long/simulator_sum.py" "$seeds" "$shares"/* || failed=1
exit "$failed"
