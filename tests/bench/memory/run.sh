#!/usr/bin/env bash
# Memory of a real run with many customers, as the kernel counts it, and whether compaction debt is left on the disk behind it.
set -euo pipefail

usage() {
  cat <<'TEXT'
tests/bench/memory/run.sh [options]

  --customers N     default 5000000
  --events N        of the workload account-risk (default 3 per customer)
  --bound-mb N      the bound that the process must keep (default 1024)
  --engine-args 'A' further arguments of `duestream run`
  --json            the last line is one JSON object
  --keep            keep the work folder: state, log

Generates the workload, lets one process decide all of it, and reads VmHWM of /proc/PID/status, the most that was resident since its
start, until it ends. Then every task's rows are opened and RocksDB is asked how many compactions are running or due.
Uses DUESTREAM_KAFKA or starts a broker of its own; DUESTREAM_BIN names the binary.
Exit code 0: inside the bound, and no debt; 1: not so; 2: not measured; 77: no binary.
TEXT
}

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/support/stack.bash
. "$here/../../support/stack.bash"

customers=5000000 events="" bound_mb=1024 json=no engine_args=""
while (($#)); do
  case $1 in
    --json) json=yes ;;
    --keep) keep=yes ;;
    --customers) customers=${2:?"--customers needs a number"}; shift ;;
    --events) events=${2:?"--events needs a number"}; shift ;;
    --bound-mb) bound_mb=${2:?"--bound-mb needs a number"}; shift ;;
    --engine-args) engine_args=${2?"--engine-args needs a value"}; shift ;;
    -h | --help) usage; trap - EXIT; exit 0 ;;
    *) due_fail "unknown argument: $1 (--help lists them)" ;;
  esac
  shift
done
events=${events:-$((customers * 3))}

due_binary
debt=$(dirname "$duestream")/compaction_debt
[[ -x $debt ]] || due_skip "no $debt (it is built with the tests)"
due_work memory
due_stack kafka
to=(--log "kafka:$DUESTREAM_KAFKA" --prefix "memory$$.")
echo "memory: $events events of $customers customers ..." >&2
"$duestream" generate --workload account-risk --customers "$customers" --events "$events" --create-topics --partitions 4 "${to[@]}" >&2

read -ra further <<<"$engine_args"
"$duestream" run "${to[@]}" --app "memory$$" --state "$work/state" --until-caught-up --json "${further[@]}" >"$work/summary" 2>"$work/log" &
run=$!
end_run() { kill "$run" 2>/dev/null || true; }
due_at_end end_run
peak=0
while read -r _ now _ < <(grep VmHWM "/proc/$run/status" 2>/dev/null); do peak=$now; sleep 0.5; done
wait "$run" || due_fail "duestream run ended with $?; $(tail -n 2 "$work/log")"

"$debt" "$work/state" >"$work/debt" || due_fail "the state cannot be opened"
python3 - "$work/summary" "$work/debt" "$peak" "$customers" "$bound_mb" "$json" <<'PY'
import json
import sys

summary_path, debt_path, peak_kib, customers, bound, as_json = sys.argv[1:]
with open(summary_path, encoding="utf-8") as file:
    run = json.loads(file.read().splitlines()[-1])
with open(debt_path, encoding="utf-8") as file:
    debt = json.load(file)
out = {"customers": int(customers), "inputs": run["inputs"], "decisions": run["decisions"], "vm_hwm_mb": int(peak_kib) // 1024,
       "bound_mb": int(bound), "events_per_cpu_second": run["events_per_cpu_second"], "seconds": run["seconds"], "persists": run["persists"],
       "state_mb": debt["files_bytes"] // 1_000_000, "rows": debt["rows"], "compactions_left": debt["compactions_left"]}
print(f"{out['decisions']:,} decisions for {out['customers']:,} customers in {out['seconds']:.0f} s, {out['events_per_cpu_second']:,} events per "
      f"CPU-second; peak memory {out['vm_hwm_mb']:,} MB of {out['bound_mb']:,} (VmHWM); {out['persists']} persists, {out['rows']:,} rows in "
      f"{out['state_mb']:,} MB, compactions left: {out['compactions_left']}")
if as_json == "yes":
    print(json.dumps(out))
sys.exit(0 if out["vm_hwm_mb"] <= out["bound_mb"] and out["compactions_left"] == 0 else 1)
PY
