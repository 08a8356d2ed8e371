#!/usr/bin/env bash
# How long an event waits for its decision, at fixed rates: duestream, a bare pass-through and Kafka Streams, one after the other on one broker.
set -euo pipefail

usage() {
  cat <<'TEXT'
tests/bench/latency/run.sh [options]

  --rates R,R        events per second (default 5000,10000,20000)
  --seconds N        that are measured at each rate (default 30), behind a warm-up
  --warm-up N        seconds before them (default 8); goes on until the side keeps up
  --sides A,B        of through, duestream, peer (default through,duestream; the peer is slow to warm up)
  --peer-rates R,R   rates at which the peer is measured (default 5000; with --sides peer)
  --customers N      default 100000
  --preload N        events of the 400 days before, which each side decides first (default 300000)
  --engine-args 'A'  further arguments of `duestream run`
  --peer-java PATH, --peer-opts 'O'
  --json             the last line is one JSON object
  --keep             keep the work folder: logs

Latency: from the moment at which an event was to be sent (its place in a fixed schedule, whatever became of those before it) until a
read-committed reader on the same machine has its decision. `through` copies each event to one topic, exactly once, with duestream's own
clients: what of the latency is the log's. Two parts of it, by the broker's own stamp (LogAppendTime, whole milliseconds): until the decision
is *in* the broker's *log* (sent, fetched, waited for the batch, decided, produced), and *then*, until it is committed and the reader has
it; each with a p99 of its own, so the parts' do not add up. Commits per second and what one took: /metrics. The load
program and the reader share the machine with broker and engine.
Uses DUESTREAM_KAFKA or starts a broker of its own; DUESTREAM_BIN names the binary.
Exit code 0: measured; 1: a side did not keep up at some rate; 2: not measured; 77: no binary.
TEXT
}

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/support/stack.bash
. "$here/../../support/stack.bash"

options=() sides=through,duestream peer_java=java
while (($#)); do
  case $1 in
    --json) options+=("$1") ;;
    --keep) keep=yes ;;
    --sides) sides=${2:?"$1 needs a value"}; shift ;;
    --peer-java) peer_java=${2:?"$1 needs a value"}; shift ;;
    --rates | --seconds | --warm-up | --peer-rates | --customers | --preload | --engine-args | --peer-opts)
      options+=("$1=${2?"$1 needs a value"}"); shift ;;
    -h | --help) usage; trap - EXIT; exit 0 ;;
    *) due_fail "unknown argument: $1 (--help lists them)" ;;
  esac
  shift
done

due_binary
programs=$(dirname "$duestream")
[[ -x $programs/latency_load && -x $programs/pass_through ]] || due_skip "no latency_load beside $duestream (it is built with the tests)"
module=$here/../peers/kafka_streams
if [[ ,$sides, == *,peer,* && ! -d $module/target/lib ]]; then
  (cd "$module" && mvn -q -B -Dstyle.color=never package -DskipTests) >&2 || due_fail "the peer does not build"
fi
due_work latency
due_stack kafka
python3 -B "$here/latency.py" --duestream "$duestream" --kafka "$DUESTREAM_KAFKA" --prefix "latency$$." --work "$work" --sides "$sides" \
  --peer "$module/target" --peer-java "$peer_java" "${options[@]}"
