#!/usr/bin/env bash
# Takeover: of two processes on a real broker one is killed (kill -9); how long until the other decides for its partitions, cold, cold with a
# checkpoint, and with standbys. Times are printed, never judged; what is judged: a standby folds nothing again, every event is decided once,
# and everything folds to the same state.
set -euo pipefail

usage() {
  cat <<'TEXT'
tests/crash/takeover.sh [options]

  --customers N   of the state that is taken over (default 3000)
  --days N        of their business (default 120)
  --session MS    session timeout (default 6000)
  --only NAMES    of cold, checkpoint, standby; comma-separated (default all)
  --json          the last line is one JSON object
  --keep          keep the work folder: logs, states

Each way has topics and states of its own. The survivor has never had the victim's tasks. Events come all the time. Seconds from the kill
to: the group gives the partitions to the survivor; all their tasks are recovered; a new decision of one of them can be read (committed).
Uses DUESTREAM_KAFKA where it is set, else a broker of its own. DUESTREAM_BIN names the binary.
Exit code 0: measured and right; 1: not right; 2: not measured; 77: skipped.
TEXT
}

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/support/stack.bash
. "$here/../support/stack.bash"

options=()
while (($#)); do
  case $1 in
    --keep) keep=yes ;;
    --json) options+=("$1") ;;
    --customers | --days | --session | --only) options+=("$1=${2?"$1 needs a value"}"); shift ;;
    -h | --help) usage; trap - EXIT; exit 0 ;;
    *) due_fail "unknown argument: $1 (--help lists them)" ;;
  esac
  shift
done

due_binary
due_work takeover
due_stack kafka
python3 -B "$here/takeover.py" --duestream "$duestream" --kafka "$DUESTREAM_KAFKA" --prefix "takeover$$" --work "$work" "${options[@]}"
