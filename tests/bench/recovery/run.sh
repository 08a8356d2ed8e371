#!/usr/bin/env bash
# Recovery in place: kill -9 under load, start again at the same place with the state that is there, until the first new decision can
# be read. Where the time goes, from the program's own log; Kafka Streams beside it on the same broker and topics.
set -euo pipefail

usage() {
  cat <<'TEXT'
tests/bench/recovery/run.sh [options]

  --rounds N       kills of duestream (default 50)
  --customers N    state of as many (default 100000; the real thing: 2000000 too)
  --events N       of the workload (default 30 per customer, for more than 300,000 customers 3); a part builds the state, the rest
                   is the load during the rounds
  --build-share P  of the events that build the state before the first kill, in percent (default 40)
  --peer-rounds N  kills of the Kafka Streams peer behind it, on the same topics (default 0; it takes about half a minute each)
  --peer-java PATH, --peer-opts 'O', --engine-args 'A'
                   as in tests/bench/engine/run.sh
  --json           the last line is one JSON object
  --keep           keep the work folder: logs, state

A round: work for 0.5 to 2 s behind the recovery of every task, kill -9, start with the same state and slot. Seconds from the kill to the
first new decision that a read-committed reader has. Both read the same topics, each with one process, 4 partitions and the settings
of tests/bench/engine/run.sh. Uses DUESTREAM_KAFKA or starts a broker of its own; DUESTREAM_BIN names the binary.
Exit code 0: measured; 1: a start failed; 2: not measured; 77: no binary.
TEXT
}

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/support/stack.bash
. "$here/../../support/stack.bash"

options=() peer_rounds=0
while (($#)); do
  case $1 in
    --json) options+=("$1") ;;
    --keep) keep=yes ;;
    --peer-rounds) peer_rounds=${2?"$1 needs a value"}; options+=("$1=$2"); shift ;;
    --rounds | --customers | --events | --build-share | --peer-java | --peer-opts | --engine-args) options+=("$1=${2?"$1 needs a value"}"); shift ;;
    -h | --help) usage; trap - EXIT; exit 0 ;;
    *) due_fail "unknown argument: $1 (--help lists them)" ;;
  esac
  shift
done

due_binary
module=$here/../peers/kafka_streams
if ((peer_rounds > 0)) && [[ ! -d $module/target/lib ]]; then
  (cd "$module" && mvn -q -B -Dstyle.color=never package -DskipTests) >&2 || due_fail "the peer does not build"
fi
due_work recovery
due_stack kafka
python3 -B "$here/recovery.py" --duestream "$duestream" --kafka "$DUESTREAM_KAFKA" --prefix "recovery$$." --work "$work" --peer "$module/target" \
  "${options[@]}"
