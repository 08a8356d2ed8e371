#!/usr/bin/env bash
# The state digest and the decisions do not depend on batch size, cache size, a kill or a replay from nothing. The real binary and
# RocksDB on the embedded log; one generated company, decided in many ways. Across runs there is one partition: of several account tasks
# the register numbers credit notes in the order in which they ask, which is history, recorded and folded, and not a function of inputs.
set -euo pipefail
cd "$(dirname "$0")/../.."
bin=${DUESTREAM_BIN:-build/release/bin/duestream}
[ -x "$bin" ] || { echo "digest: $bin is not built; ./tests/run.sh builds it"; exit 77; }
work=$(mktemp -d "${TMPDIR:-/tmp}/duestream-digest.XXXXXX")
trap 'rm -rf "$work"' EXIT
"$bin" generate --customers 150 --days 120 --seed 3 --partitions 1 --log "embedded:$work/origin" >/dev/null
"$bin" generate --customers 150 --days 120 --seed 3 --partitions 4 --log "embedded:$work/four" >/dev/null

passed=0 failed=0 want=''
digest_of() { sed -n 's/.*"state_digest":"\([0-9a-f]*\)".*/\1/p'; }
# What was decided, in order of partition and sequence; `logic` and time are part of it.
decisions_of() { "$bin" tail decisions --log "embedded:$1" --from-beginning --until-end --json | sed 's/"offset":[0-9]*,"timestamp":"[^"]*",//' | LC_ALL=C sort | sha256sum; }
judge() { # name, digest, log
  local got="$2 $(decisions_of "$3")"
  [ -n "$want" ] || want=$got
  if [ "$got" = "$want" ] && [ -n "$2" ]; then passed=$((passed + 1)); echo "digest: $1: $2"; else failed=$((failed + 1)); echo "digest: $1: $got, expected $want"; fi
}
variant() { # name, arguments...
  local name=$1; shift
  cp -r "$work/origin" "$work/$name"
  judge "$name" "$("$bin" run --log "embedded:$work/$name" --state "$work/$name.state" --until-caught-up --json "$@" | digest_of)" "$work/$name"
}
variant plain
variant batch-1-cache-1MB --batch-records 1 --commit-interval 1 --cache-bytes 1MB
variant batch-1000-cache-1MB --batch-records 1000 --cache-bytes 1MB
variant batch-1000-cache-1GB --batch-records 1000 --cache-bytes 1GB --memory-bytes 2GB

cp -r "$work/origin" "$work/killed"
for delay in 0.15 0.3 0.2; do
  "$bin" run --log "embedded:$work/killed" --state "$work/killed.state" --batch-records 200 --commit-interval 5 >/dev/null 2>&1 &
  pid=$!
  sleep "$delay"
  kill -9 "$pid" 2>/dev/null || true
  wait "$pid" 2>/dev/null || true
done
judge killed "$("$bin" run --log "embedded:$work/killed" --state "$work/killed.state" --until-caught-up --json | digest_of)" "$work/killed"

# What was recorded is folded, and nothing decided anew: of one partition and of four.
folded() { # name, log
  local replay
  rm -rf "$work/$2.state"
  replay=$("$bin" run --log "embedded:$work/$2" --state "$work/$2.state" --until-caught-up --json)
  judge "$1" "$(digest_of <<<"$replay")" "$work/$2"
  [[ $replay == *'"inputs":0,'* ]] || { echo "digest: the replay decided anew: $replay"; failed=$((failed + 1)); }
}
folded replayed plain
want=''
judge four-partitions "$("$bin" run --log "embedded:$work/four" --state "$work/four.state" --until-caught-up --json | digest_of)" "$work/four"
folded four-partitions-replayed four
echo "$passed passed, $failed failed, 0 skipped"
[ "$failed" = 0 ]
