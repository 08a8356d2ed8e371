#!/usr/bin/env bash
# The sink under fire: killed, frozen, doubled, its PostgreSQL killed and restarted, while events keep coming. Then every row is
# compared with the record it comes from.
set -euo pipefail

usage() {
  cat <<'TEXT'
tests/crash/sink_faults.sh [options]

  --kills N      kill -9 of the sink, most of them inside a transaction (default 20)
  --restarts N   PostgreSQL ended under it and started again: kill -9, immediate and fast shutdown in turn (default 5); the sink must
                 live through it
  --doubles N    a second sink of the same name is started; every other time the first one is frozen inside a transaction first
                 (default 6). The first one must end with exit code 3, the second one go on
  --quick        4 kills, 2 restarts, 2 doubles on less data: below a minute
  --seed N       order and moments of the faults (default 1)
  --json         the last line is one JSON object
  --keep         keep the work folder: logs of every process

Uses DUESTREAM_KAFKA where it is set, else a broker of its own; always a PostgreSQL of its own. DUESTREAM_BIN names the binary.
Exit code 0: each record is one row, equal to it, chains and views right; 1: not so; 2: the faults could not be made; 77: skipped.
TEXT
}

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/support/stack.bash
. "$here/../support/stack.bash"

options=()
while (($#)); do
  case $1 in
    --quick) options+=(--kills 4 --restarts 2 --doubles 2 --customers 300 --live-customers 40) ;;
    --json) options+=("$1") ;;
    --keep) keep=yes ;;
    --kills | --restarts | --doubles | --seed) options+=("$1=${2?"$1 needs a value"}"); shift ;;
    -h | --help) usage; trap - EXIT; exit 0 ;;
    *) due_fail "unknown argument: $1 (--help lists them)" ;;
  esac
  shift
done

due_binary
due_work sink-faults
unset DUESTREAM_POSTGRES  # it is killed: it must be nobody else's
due_stack kafka postgres
python3 -B "$here/sink_faults.py" --duestream "$duestream" --kafka "$DUESTREAM_KAFKA" --uri "$DUESTREAM_POSTGRES" --prefix "sinkfaults$$." \
  --stack "$due_top/deploy/local/stack.sh" --work "$work" "${options[@]}"
