#!/usr/bin/env bash
# The peer's unit tests; then the comparer against a real topic: equal to itself, and a missing, a doubled and a changed decision are each found.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/support/stack.bash
. "$here/../../support/stack.bash"

module=$here/../peers/kafka_streams
command -v mvn >/dev/null || due_skip "no mvn to build the peer with"
(cd "$module" && mvn -q -B -Dstyle.color=never package) >&2 || due_fail "the peer does not build, or its unit tests fail"
due_work compare
due_stack kafka
bench() { java -Xmx1g -cp "$module/target/classes:$module/target/lib/*" duestream.bench.Bench "$@" --kafka "$DUESTREAM_KAFKA"; }
expect() {  # expect CODE TEXT... : the last output names every TEXT and the code was CODE
  local want=$1; shift
  [[ $code == "$want" ]] || { cat "$work/out"; due_fail "exit code $code, expected $want"; }
  for text in "$@"; do grep -qF -- "$text" "$work/out" || { cat "$work/out"; due_fail "not said: $text"; }; done
}

# Decisions as the peer makes them: both sides of this pair are the peer itself, run twice, the first one's topic kept as a copy.
code=0
bench pairs --sides peer,peer --events 5000 --customers 300 --work "$work" --classes "$module/target" >"$work/out" || code=$?
expect 0 "decisions: peer 5000, peer 5000; all equal"
bench plant --left bench.peer-decisions --right bench.planted
code=0
bench compare --left bench.peer-decisions --right bench.planted --left-name whole --right-name planted --json yes >"$work/out" || code=$?
expect 1 '"differences":3' '"different":1' '"missing_in_planted":1' '"missing_in_whole":0' '"doubled_in_planted":1' '"doubled_in_whole":0' \
  "missing in planted: event" "doubled in planted: event" "different: event" "invoices_30d: whole"
echo "compare: equal sides are equal; a missing, a doubled and a changed decision are each reported"
