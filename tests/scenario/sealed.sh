#!/usr/bin/env bash
# Upgrade: other settings decide only behind a sealed state. After kill -9 the old ones recover and seal first. The real binary and RocksDB
# on the embedded log; a changed rule is another logic version.
set -euo pipefail
cd "$(dirname "$0")/../.."
bin=${DUESTREAM_BIN:-build/release/bin/duestream}
[ -x "$bin" ] || { echo "sealed: $bin is not built; ./tests/run.sh builds it"; exit 77; }
work=$(mktemp -d "${TMPDIR:-/tmp}/duestream-sealed.XXXXXX")
trap 'rm -rf "$work"' EXIT

passed=0 failed=0
holds() { # what, command...
  local what=$1; shift
  if "$@"; then passed=$((passed + 1)); echo "sealed: $what"; else failed=$((failed + 1)); echo "sealed: NOT: $what"; fi
}
fails() { ! "$@"; }
log=(--log "embedded:$work/log" --state "$work/state")
old=(--delay-days-max 15) new=(--delay-days-max 16)
run() { "$bin" run "${log[@]}" --checkpoints "$work/checkpoints" --until-caught-up --json "$@" >"$work/out" 2>"$work/err"; }
recover() { "$bin" recover "${log[@]}" --checkpoints "$work/checkpoints" --json "$@" >"$work/out" 2>"$work/err"; }
decisions() { "$bin" tail decisions --log "embedded:$work/log" --from-beginning --until-end --json; }
start() { # in the background, until it has decided something
  : >"$work/err"  # it may be looked at before the shell has made it
  "$bin" run "${log[@]}" --checkpoints "$work/checkpoints" --listen off --batch-records 50 --commit-interval 5 --log-level debug "$@" \
    >/dev/null 2>"$work/err" &
  pid=$!
  for _ in $(seq 400); do
    [ "$(grep -c 'commit.end.*outcome=clean' "$work/err")" -lt 20 ] || return 0
    kill -0 "$pid" || break
    sleep 0.02
  done
  echo "sealed: it did not begin to decide:"
  tail -n 3 "$work/err"
}
generate() { "$bin" generate --customers 3000 --days 40 --seed "$1" --log "embedded:$work/log" >/dev/null; }

generate 1
start "${old[@]}"
kill -9 "$pid"
wait "$pid" 2>/dev/null || true
holds "after kill -9 another logic is refused" fails run "${new[@]}"
holds "in one line that says what to do" test "$(grep -c 'duestream recover' "$work/err")" = 1
decided=$(decisions | wc -l)
holds "the old one recovers and ends with 0" recover "${old[@]}"
holds "sealed" grep -q '"sealed":true' "$work/out"
holds "and decided nothing" test "$(decisions | wc -l)" = "$decided"
holds "then the other logic starts" run "${new[@]}"
events=$(sed -nE 's/.*"inputs":([0-9]+).*/\1/p' "$work/out" | head -1)
holds "and decides the rest ($decided before, then $events events)" test "$events" -gt 0
holds "each event once" test "$(decisions | sed -nE 's/.*"event_id":"([^"]*)".*/\1/p' | sort | uniq -d | wc -l)" = 0

generate 2
start "${new[@]}"
kill -TERM "$pid"
holds "SIGTERM ends in order" wait "$pid"
holds "behind an orderly stop (SIGTERM) another logic starts at once" run "${old[@]}"
rm -rf "$work/state"
holds "also without its state, from the checkpoint of the sealed one" run "${new[@]}"
holds "each event once" test "$(decisions | sed -nE 's/.*"event_id":"([^"]*)".*/\1/p' | sort | uniq -d | wc -l)" = 0

echo "$passed passed, $failed failed, 0 skipped"
[ "$failed" = 0 ]
