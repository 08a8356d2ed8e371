#!/usr/bin/env bash
# The peer's workload decided live, then derived again: both speeds per CPU-second in one line, and whether every output was equal.
set -euo pipefail

usage() {
  cat <<'TEXT'
tests/bench/replay/run.sh [options]

  --events N       unique events of the workload of tests/bench/engine (default 300000); 1 % duplicates come on top
  --customers N    default 100000
  --replays N      replays behind the one run (default 1); the line has the median of their ratios
  --embedded       on the embedded log instead of a broker
  --run-args 'A', --replay-args 'A'
                   further arguments of `duestream run` and `duestream replay`
  --keep           keep the work folder: log, state

One JSON line: outputs_equal; events, those of the inputs; live and replay, each with seconds, cpu_seconds, events_per_second,
events_per_cpu_second and memory_peak_bytes of the duestream process alone, all its threads together (a run also waits for its group, and
commits); ratio_events_per_cpu_second, replay : live; load, of the machine when it began.
Uses DUESTREAM_KAFKA or starts a broker of its own, unless --embedded; DUESTREAM_BIN names the binary.
Exit code 0: equal; 1: different; 2: not measured; 77: no binary.
TEXT
}

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/support/stack.bash
. "$here/../../support/stack.bash"

events=300000 customers=100000 replays=1 embedded=no run_args=() replay_args=()
while (($#)); do
  case $1 in
    --events) events=${2:?"--events needs a number"}; shift ;;
    --customers) customers=${2:?"--customers needs a number"}; shift ;;
    --replays) replays=${2:?"--replays needs a number"}; shift ;;
    --embedded) embedded=yes ;;
    --run-args) read -ra run_args <<<"${2?"--run-args needs a value"}"; shift ;;
    --replay-args) read -ra replay_args <<<"${2?"--replay-args needs a value"}"; shift ;;
    --keep) keep=yes ;;
    -h | --help) usage; trap - EXIT; exit 0 ;;
    *) due_fail "unknown argument: $1 (--help lists them)" ;;
  esac
  shift
done

due_binary
due_work replay
if [[ $embedded == yes ]]; then
  log=(--log "embedded:$work/log")
else
  due_stack kafka
  log=(--log "kafka:$DUESTREAM_KAFKA" --prefix "replay$$.")
fi
read -r load _ </proc/loadavg
"$duestream" generate --workload account-risk --events "$events" --customers "$customers" --partitions 4 --create-topics "${log[@]}" >&2 ||
  due_fail "the workload was not published"
"$duestream" run "${log[@]}" --app "replay$$" --state "$work/state" --partitions 4 --create-topics --until-caught-up --json "${run_args[@]}" \
  >"$work/live.json" || due_fail "the run failed"
for ((i = 1; i <= replays; ++i)); do
  code=0
  "$duestream" replay "${log[@]}" --app "replay$$" --json "${replay_args[@]}" >"$work/replay.$i.json" || code=$?
  ((code < 2)) || due_fail "the replay could not be done"
done
python3 -B - "$work" "$replays" "$load" <<'PY'
import json, statistics, sys
work, replays, load = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
read = lambda name: json.load(open(f"{work}/{name}.json", encoding="utf-8"))
run, again = read("live"), [read(f"replay.{i + 1}") for i in range(replays)]
events = run["inputs"]
def speeds(r):
    return {"seconds": r["seconds"], "cpu_seconds": r["cpu_seconds"], "events_per_second": round(events / r["seconds"]),
            "events_per_cpu_second": round(events / r["cpu_seconds"]), "memory_peak_bytes": r["memory_peak_bytes"]}
ratios = [run["cpu_seconds"] / r["cpu_seconds"] for r in again]
middle = min(again, key=lambda r: abs(run["cpu_seconds"] / r["cpu_seconds"] - statistics.median(ratios)))
equal = all(r["outputs_equal"] for r in again)
print(json.dumps({"outputs_equal": equal, "events": events, "outputs": middle["outputs"], "differences": max(r["differences"] for r in again),
                  "live": speeds(run), "replay": speeds(middle), "ratio_events_per_cpu_second": round(statistics.median(ratios), 3),
                  "ratios": [round(r, 3) for r in ratios], "load": load}))
sys.exit(0 if equal else 1)
PY
