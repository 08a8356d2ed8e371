#!/usr/bin/env bash
# Exactly once under fire: processes of one group, a sink, brokers and a PostgreSQL, all real, while they decide on the 80,000 events
# of the closed items. Then every decision and every row is compared with what it must be.
set -euo pipefail

usage() {
  cat <<'TEXT'
tests/crash/rounds.sh --fault F --rounds N [--fault F --rounds N ...] [options]

  --fault F       what is done, --rounds N times (1 where it is not said):
    kill            kill -9 of a process, two of three inside a transaction; every fourth stays away for a session
    stop            SIGSTOP inside a transaction until others commit for its tasks, then SIGCONT
    rebalance       processes join, one for each partition, and leave while something is computed and not committed
    broker          kill -9 of a broker inside a transaction, back after up to three seconds
    postgres        kill -9, immediate and fast shutdown of PostgreSQL by turns
    cut             all connections of a process to the brokers end at once, three times
    end-txn         one EndTxn is sent twice, and the first copy delivered inside the next transaction
    offset-commit   one TxnOffsetCommit likewise, and the process killed right behind it
    disk            the file system of a process' state is full (takes root, to mount a small one)
  --quick         3 kills and one of each, larger batches, one broker; one broker fault against three: below six minutes
  --brokers 1|3   default 1; three: replication 3, min.insync.replicas 2
  --unprotected   only end-txn and offset-commit, against a program whose protection is taken out (tests/crash/ignore_counts.cc);
                  exit code 0 only where each of them does harm
  --resume FILE   what was done before is read there and not done again, each course is added: one JSON object a line
  --record        adds a line to tests/long/results.md
  --processes N   of the group (default 3)
  --batch-records N, --session-ms N, --recovery-budget-ms N
                  of duestream run; small batches make the work last as long as the faults
  --per-course N  faults per 80,000 events, at most (default 12)
  --seed N        order and moments of the faults (default 1)
  --keep          keep the work folder: logs of every process, expected and actual decisions

Brokers, PostgreSQL and the proxy before the brokers are its own: they are killed. DUESTREAM_BIN names the binary.
Each course ends with a run that has no state and folds everything again, comparing every output. Exit code 0: each decision exactly
once and equal to the expected one, seq without a gap, each record one row; 1: not so; 2: the faults could not be made; 77: skipped.
TEXT
}

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/support/stack.bash
. "$here/../support/stack.bash"

called="tests/crash/rounds.sh $*" faults=() options=() rounds_of=() brokers=1 quick=no unprotected=no resume="" record=""
while (($#)); do
  case $1 in
    --fault) faults+=("${2?"$1 needs a value"}"); rounds_of+=(1); shift ;;
    --rounds)
      ((${#faults[@]})) || due_fail "--rounds comes behind the --fault that it counts"
      rounds_of[-1]=${2?"$1 needs a value"}; shift ;;
    --quick) quick=yes ;;
    --unprotected) unprotected=yes ;;
    --brokers) brokers=${2?"$1 needs a value"}; shift ;;
    --resume) resume=$(realpath -m -- "${2?"$1 needs a value"}"); shift ;;
    --record) record=$due_top/tests/long/results.md ;;
    --keep) keep=yes ;;
    --processes | --batch-records | --session-ms | --recovery-budget-ms | --per-course | --seed) options+=("$1=${2?"$1 needs a value"}"); shift ;;
    -h | --help) usage; trap - EXIT; exit 0 ;;
    *) due_fail "unknown argument: $1 (--help lists them)" ;;
  esac
  shift
done

due_shared data/hrc_closed_items.csv.xz
due_binary
if [[ $quick == yes ]]; then
  "$0" --fault kill --rounds 3 --fault stop --fault rebalance --fault broker --fault postgres --fault cut --fault end-txn --fault offset-commit \
    --fault disk --batch-records 6
  "$0" --fault broker --brokers 3 --batch-records 10
  exit
fi
if [[ $unprotected == yes ]]; then
  # A position that was set back stops its task: there is no second time.
  if ((!${#faults[@]})); then faults=(end-txn offset-commit) rounds_of=(3 1); fi
  library=$(dirname "$duestream")/../lib/libignore_counts.so
  [[ -e $library ]] || due_skip "no $library (it is built with the tests)"
  options+=("--unprotected=$(realpath "$library")")
fi
((${#faults[@]})) || due_fail "no --fault (--help lists them)"

unmount_small() { umount "$work/small" 2>/dev/null || true; }

due_work rounds
if [[ " ${faults[*]} " == *" disk "* ]]; then
  mkdir "$work/small"
  if mount -t tmpfs -o size=64m tmpfs "$work/small" 2>/dev/null; then due_at_end unmount_small; options+=("--small=$work/small"); fi
fi
unset DUESTREAM_KAFKA DUESTREAM_POSTGRES
ports=$(python3 "$due_top/deploy/local/free_ports.py" "$brokers" ,)
due_stack kafka postgres --brokers "$brokers" --advertise "$ports"
for i in "${!faults[@]}"; do options+=("--round=${faults[i]}=${rounds_of[i]}"); done
version=$("$duestream" --version | tr -dc '0-9.')+$(git -C "$due_top" rev-parse --short HEAD 2>/dev/null || echo unknown)
python3 -B "$here/rounds.py" --duestream "$duestream" --kafka "$DUESTREAM_KAFKA" --direct "$DUESTREAM_KAFKA_DIRECT" --uri "$DUESTREAM_POSTGRES" \
  --stack "$due_top/deploy/local/stack.sh" --csv "$shared/data/hrc_closed_items.csv.xz" --work "$work" --brokers "$brokers" --version "$version" \
  --called "$called" --resume "$resume" --record "$record" "${options[@]}"
