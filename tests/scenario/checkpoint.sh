#!/usr/bin/env bash
# Who has no state begins with a checkpoint and folds only the tail; what is damaged or another's is never taken. The real binary and
# RocksDB on the embedded log.
set -euo pipefail
cd "$(dirname "$0")/../.."
bin=${DUESTREAM_BIN:-build/release/bin/duestream}
[ -x "$bin" ] || { echo "checkpoint: $bin is not built; ./tests/run.sh builds it"; exit 77; }
work=$(mktemp -d "${TMPDIR:-/tmp}/duestream-checkpoint.XXXXXX")
trap 'rm -rf "$work"' EXIT

passed=0 failed=0
holds() { # what, command...
  local what=$1; shift
  if "$@"; then passed=$((passed + 1)); echo "checkpoint: $what"; else failed=$((failed + 1)); echo "checkpoint: NOT: $what"; fi
}
figure() { sed -nE "s/.*\"$1\":\"?([0-9a-f]+).*/\1/p" "$work/$2.json"; }
run() { # name, arguments...
  local name=$1; shift
  "$bin" run --log "embedded:$work/log" --until-caught-up --json --log-level info --state "$work/$name" "$@" >"$work/$name.json" 2>"$work/$name.log"
}
generate() { "$bin" generate --customers 300 --days 120 --seed "$1" --log "embedded:$work/log" >/dev/null; }
all_the_same() { # digests of the runs named are one
  local digests
  digests=$(for name in "$@"; do figure state_digest "$name"; done | sort -u)
  [ -n "$digests" ] && [ "$(wc -l <<<"$digests")" = 1 ]
}

generate 1
run first --checkpoints "$work/checkpoints"
generate 2
"$bin" run --log "embedded:$work/log" --state "$work/first" --checkpoints "$work/checkpoints" --checkpoint-every 1000 \
  --batch-records 100 --commit-interval 5 >/dev/null 2>&1 &
pid=$!
sleep 1.5
kill -9 "$pid"
wait "$pid" 2>/dev/null || true
run third --checkpoints "$work/checkpoints-none"  # what the killed one did not come to is decided
rm -rf "$work/checkpoints-none"
run all  # without a checkpoint: all is folded from the beginning

run taken --checkpoints "$work/checkpoints"
holds "a task without a state begins with its checkpoint" grep -q checkpoint.restored "$work/taken.log"
holds "and folds only the tail: $(figure steps_folded taken) of $(figure steps_folded all) steps" \
  test "$(figure steps_folded taken)" -lt "$(figure steps_folded all)"
holds "to the same state" all_the_same third all taken

holds "all that there is, is whole" "$bin" checkpoints --checkpoints "$work/checkpoints" --verify

for manifest in "$work"/checkpoints/account-*; do
  newest=$(find "$manifest" -type f | sort | tail -n 1)
  sed -i 's/^seq .*/seq 1/' "$newest"
done
run older --checkpoints "$work/checkpoints"
holds "a damaged manifest is named and passed over" grep -q "checkpoint.unusable.*manifest is damaged" "$work/older.log"
holds "and an older one taken, to the same state" all_the_same third older

while read -r file; do printf x >>"$file"; done < <(find "$work/checkpoints/files" -type f)
run damaged --checkpoints "$work/checkpoints"
holds "where no file is whole, the log is folded" test "$(figure steps_folded damaged)" = "$(figure steps_folded all)"
holds "to the same state" all_the_same third damaged

code=0
"$bin" checkpoints --checkpoints "$work/checkpoints" --verify >"$work/list" 2>&1 || code=$?
holds "duestream checkpoints tells what is damaged" test "$code-$(grep -c "  damaged$" "$work/list")" = "1-$(find "$work"/checkpoints/*-[0-9] -type f | wc -l)"

code=0
run foreign --checkpoints "$work/checkpoints" --app other || code=$?
holds "another application's checkpoints are refused at the start, with exit code 2" test "$code" = 2
holds "and both are named" grep -q "holds checkpoints of application duestream.*this is application other" "$work/foreign.log"
echo "$passed passed, $failed failed, 0 skipped"
[ "$failed" = 0 ]
