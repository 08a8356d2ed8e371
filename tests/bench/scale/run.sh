#!/usr/bin/env bash
# Events per CPU-second of duestream alone, and its memory, as one thing grows at a time: customers, open items of an account, partitions, skew.
set -euo pipefail

usage() {
  cat <<'TEXT'
tests/bench/scale/run.sh [options]

  --axes A,A,...       of customers, items, partitions, keys (default all)
  --events N           of each case (default 1000000); at least one per customer; 1 % repetitions come on top
  --documents N        on the axis items: unpaid invoices in all, spread over ever fewer accounts (default 100000)
  --long               ten million customers too
  --bound-mb N         the bound that memory is held against (default 1024)
  --engine-args 'A'    further arguments of `duestream run`
  --json               the last line is one JSON object
  --keep               keep the work folder: summaries, logs

  axis         cases; the rest of each is 100,000 customers, 4 partitions, Zipf 0.8, no large accounts
  customers    100 thousand, 1 million, 5 million, with --long 10 million
  items        10, 100, 1,000, 10,000, 100,000 unpaid invoices in each of so many of the most active accounts that it is --documents in all
  partitions   1, 4, 16, 32
  keys         all customers alike, Zipf 0.8, Zipf 1.2

Each case has topics, an application and a state of its own; the workload is account-risk (`duestream generate --help`: --skew, --large-accounts, --items).
Memory is VmHWM of /proc/PID/status, asked every half second; then every task's rows are opened and RocksDB is asked how many
compactions are running or due.

Example: tests/bench/scale/run.sh --axes items,keys --events 300000 --json

Uses DUESTREAM_KAFKA (topics "scale*" stay on it) or starts a broker of its own, whose topics go with it; DUESTREAM_BIN names the binary.
Exit code 0: every case inside the bound, and no debt; 1: not so; 2: not measured; 77: no binary.
TEXT
}

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/support/stack.bash
. "$here/../../support/stack.bash"

options=()
while (($#)); do
  case $1 in
    --json | --long) options+=("$1") ;;
    --keep) keep=yes ;;
    --axes | --events | --documents | --bound-mb | --engine-args) options+=("$1=${2?"$1 needs a value"}"); shift ;;
    -h | --help) usage; trap - EXIT; exit 0 ;;
    *) due_fail "unknown argument: $1 (--help lists them)" ;;
  esac
  shift
done

due_binary
debt=$(dirname "$duestream")/compaction_debt
[[ -x $debt ]] || due_skip "no $debt (it is built with the tests)"
due_work scale
due_stack kafka
python3 -B "$here/scale.py" --duestream "$duestream" --debt "$debt" --kafka "$DUESTREAM_KAFKA" --prefix "scale$$." --work "$work" "${options[@]}"
