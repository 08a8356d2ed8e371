#!/usr/bin/env bash
# Throughput of several duestream processes of one application beside that of one, on the same events and broker.
set -euo pipefail

usage() {
  cat <<'TEXT'
tests/bench/processes/run.sh [options]

  --processes N,N,...  how many at a time (default 1,2,3); the first is what the others are compared with
  --rounds N           of all of them, every other one backwards (default 2)
  --events N           of the workload account-risk, published before (default 1000000); 1 % repetitions come on top
  --customers N        default 100000
  --partitions N       and so many account tasks (default 6: one, two and three processes get equally many)
  --engine-args 'A'    further arguments of `duestream run`
  --limit-s N          gives up a run after N seconds (default 900)
  --json               the last line is one JSON object
  --keep               keep the work folder: logs, state

Each run has an application, states and topics of its own, with the same events byte for byte (a chronicle belongs to one application).
All processes are launched in one moment on full topics and measured until together they have consumed and committed every record:
/metrics of each says so (duestream_inputs_total), asked every 100 ms; CPU from /proc. That includes starting, joining the group and handing
tasks over; *middle* is from a quarter to three quarters of the records. Processes share this machine's cores with each other and with the broker:
where those are few, more of them cannot be faster, and what another one costs shows in the events per CPU-second of all of them.

Example: tests/bench/processes/run.sh --processes 1,2 --events 3000000 --json

Uses DUESTREAM_KAFKA (one local broker, or its CPU is not known; topics "processes*" stay on it) or starts a broker of its own;
DUESTREAM_BIN names the binary.
Exit code 0: measured; 1: a process ended; 2: not measured; 77: no binary.
TEXT
}

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/support/stack.bash
. "$here/../../support/stack.bash"

options=()
while (($#)); do
  case $1 in
    --json) options+=("$1") ;;
    --keep) keep=yes ;;
    --processes | --rounds | --events | --customers | --partitions | --engine-args | --limit-s) options+=("$1=${2?"$1 needs a value"}"); shift ;;
    -h | --help) usage; trap - EXIT; exit 0 ;;
    *) due_fail "unknown argument: $1 (--help lists them)" ;;
  esac
  shift
done

due_binary
due_work processes
due_stack kafka
python3 -B "$here/processes.py" --duestream "$duestream" --kafka "$DUESTREAM_KAFKA" --prefix "processes$$." --work "$work" "${options[@]}"
