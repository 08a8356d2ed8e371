#!/usr/bin/env bash
# Exactly once under fire: two processes of one group on a real broker, killed, rebalanced and frozen while they decide on the
# 80,000 events of the closed items. Then every decision is read and compared with what it must be.
set -euo pipefail

usage() {
  cat <<'TEXT'
tests/crash/faults.sh [options]

  --kills N     kill -9 (default 10); at least half inside an open transaction, which the log must show
  --revokes N   a third process joins and leaves; a revoke must find a batch computed and not committed (default 5)
  --stops N     SIGSTOP inside a transaction past the session timeout, then SIGCONT (default 3)
  --quick       3 kills, 1 revoke, 1 stop, in larger batches: below three minutes
  --seed N      order and moments of the faults (default 1)
  --batch-records N, --session-ms N, --commit-ms N, --run-args 'A'
                of duestream run; small batches make the work last as long as the faults
  --ask-broker  after a kill inside a transaction, ask the broker for its state with Kafka's own tool (2 s each)
  --json        the last line is one JSON object
  --keep        keep the work folder: logs of every process, expected and actual decisions

Uses DUESTREAM_KAFKA where it is set, else a broker of its own. DUESTREAM_BIN names the binary.
Exit code 0: each decision exactly once and equal to the expected one, seq headers without a gap; 1: not so; 2: the faults could
not be made; 77: skipped.
TEXT
}

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/support/stack.bash
. "$here/../support/stack.bash"

options=()
while (($#)); do
  case $1 in
    --quick) options+=(--kills 3 --revokes 1 --stops 1 --batch-records 10 --session-ms 4000) ;;
    --json | --ask-broker) options+=("$1") ;;
    --keep) keep=yes ;;
    --kills | --revokes | --stops | --seed | --batch-records | --session-ms | --commit-ms | --run-args)
      options+=("$1=${2?"$1 needs a value"}"); shift ;;
    -h | --help) usage; trap - EXIT; exit 0 ;;
    *) due_fail "unknown argument: $1 (--help lists them)" ;;
  esac
  shift
done

due_shared data/hrc_closed_items.csv.xz
due_binary
due_work faults
due_stack kafka
python3 -B "$here/faults.py" --duestream "$duestream" --kafka "$DUESTREAM_KAFKA" --prefix "faults$$." \
  --csv "$shared/data/hrc_closed_items.csv.xz" --work "$work" "${options[@]}"
