#!/usr/bin/env bash
# What an auditor does, with the real binary on the embedded log: after kills every output is derived again and is what was emitted;
# a byte changed in the log's own files, with its checks put right, is found and named.
set -euo pipefail
cd "$(dirname "$0")/../.."
bin=${DUESTREAM_BIN:-build/release/bin/duestream}
[ -x "$bin" ] || { echo "replay: $bin is not built; ./tests/run.sh builds it"; exit 77; }
work=$(mktemp -d "${TMPDIR:-/tmp}/duestream-replay-test.XXXXXX")
trap 'rm -rf "$work"' EXIT

passed=0 failed=0
holds() { # what, command...
  local what=$1; shift
  if "$@"; then passed=$((passed + 1)); echo "replay: $what"; else failed=$((failed + 1)); echo "replay: NOT: $what"; fi
}
answers() { # code, name, verb and arguments...: what it says is in NAME.out, NAME.err
  local code=$1 name=$2 got=0; shift 2
  TMPDIR="$work/tmp" "$bin" "$@" >"$work/$name.out" 2>"$work/$name.err" || got=$?
  [ "$got" = "$code" ] || { echo "replay: $name: exit code $got"; sed 's/^/  /' "$work/$name.out" "$work/$name.err"; return 1; }
}
of() { python3 -c "import json,sys; print(eval(sys.argv[1], {'r': json.load(open(sys.argv[2]))}))" "$2" "$work/$1.out"; }
generate() { "$bin" generate --customers 200 --days 120 --seed "$1" --partitions 3 --log "embedded:$work/log" >/dev/null; }
mkdir "$work/tmp"

generate 1
"$bin" run --log "embedded:$work/log" --state "$work/state" --until-caught-up --checkpoints "$work/checkpoints" >/dev/null
generate 2
for delay in 0.15 0.3 0.2; do
  "$bin" run --log "embedded:$work/log" --state "$work/state" --batch-records 200 --commit-interval 5 --cache-bytes 1MB \
    >/dev/null 2>&1 &
  pid=$!
  sleep "$delay"
  kill -9 "$pid" 2>/dev/null || true
  wait "$pid" 2>/dev/null || true
done
"$bin" run --log "embedded:$work/log" --state "$work/state" --until-caught-up --cache-bytes 1MB --batch-records 200 --json >"$work/run.out"

holds "after kills every output is derived again and equal" answers 0 whole replay --log "embedded:$work/log" --json
emitted=0
for topic in decisions dead-letters credit-note-requests credit-note-outcomes credit-notes; do
  emitted=$((emitted + $("$bin" tail "$topic" --log "embedded:$work/log" --from-beginning --until-end --json | wc -l)))
done
holds "all $emitted of them were compared" test "$(of whole "r['outputs']")" = "$emitted"
holds "and digests of the state, of six tasks" test "$(of whole "r['digests'] > 0, len(r['tasks'])")" = "(True, 6)"
sum_of_digests() { python3 - "$work/$1.out" <<'PY'
import json, sys
print("%032x" % (sum(int(t["state_digest"], 16) for t in json.load(open(sys.argv[1]))["tasks"]) % 2**128))
PY
}
holds "the states add up to the engine's digest" test "$(sum_of_digests whole)" = "$(of run "r['state_digest']")"
holds "it leaves no folder behind" test -z "$(ls -A "$work/tmp")"
holds "chain, outputs and positions hold together" answers 0 verified chronicle --log "embedded:$work/log" --verify --json
holds "and count the same outputs" test "$(of verified "r['outputs']")" = "$emitted"

holds "from a checkpoint it is equal, too" answers 0 tail replay --log "embedded:$work/log" --from checkpoint:1000000 --checkpoints "$work/checkpoints" --json
holds "and less is folded" test "$(of tail "0 < r['steps']")-$(($(of tail "r['steps']") < $(of whole "r['steps']")))" = True-1
holds "one task, a window, a folder that is kept" \
  answers 0 window replay --log "embedded:$work/log" --task account-2 --to 5 --work "$work/kept" --keep --json
holds "is what was asked for" test "$(of window "[(t['task'], t['first'], t['last']) for t in r['tasks']]")" = "[('account-2', 0, 5)]"
holds "and the folder stays" test -e "$work/kept/account-2/CURRENT"
holds "somebody's folder is not taken" answers 2 taken replay --log "embedded:$work/log" --work "$work/kept"

holds "other rules are refused" answers 2 rules replay --log "embedded:$work/log" --unpaid-max 77
holds "with both versions" grep -q "was decided by logic [0-9a-f]*, this program with these settings is [0-9a-f]*" "$work/rules.err"

# A digit of the nth record's value, or the last byte of it; the frame's check is put right, as somebody who knows the format would.
tamper() { # file, nth record, from the end or a byte's place
  python3 - "$@" <<'PY'
import ctypes, struct, sys
path, nth, place = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
xxh = ctypes.CDLL("libxxhash.so.0").XXH3_64bits
xxh.restype, xxh.argtypes = ctypes.c_uint64, [ctypes.c_char_p, ctypes.c_size_t]
data = bytearray(open(path, "rb").read())
at = seen = 0
while at < len(data):
    size, check, offset, _, _, _, kind, _, key, value = struct.unpack_from("<IIqqqiHHii", data, at)
    if kind == 1:
        if seen == nth:
            begin = at + 48 + max(key, 0)
            data[begin + (place if place >= 0 else value + place)] ^= 1
            struct.pack_into("<I", data, at + 4, xxh(bytes(data[at + 8:at + size]), size - 8) & 0xffffffff)
            print(offset)
        seen += 1
    at += size
open(path, "wb").write(data)
PY
}
cp -r "$work/log" "$work/changed"
offset=$(tamper "$work/changed/topics/decisions/1.log" 40 100)
holds "one byte of one decision, at offset $offset, makes it different" answers 1 byte replay --log "embedded:$work/changed" --json
holds "it is the only difference, and named" test \
  "$(of byte "[(t['task'], t['differences'], t['difference']['topic'], t['difference']['partition'], t['difference']['offset'], t['difference']['field']) for t in r['tasks'] if not t['equal']]")" \
  = "[('account-1', 1, 'decisions', 1, $offset, 'value')]"
holds "on paper, too" answers 1 paper replay --log "embedded:$work/changed" --task account-1
holds "with the byte" grep -q "decisions/1, offset $offset, number .*: value differs from byte 100 on" "$work/paper.out"

cp -r "$work/log" "$work/rewritten"
offset=$(tamper "$work/rewritten/topics/chronicle/2.log" 3 -1)
holds "a byte of a chronicle record breaks the chain" answers 1 chain chronicle --log "embedded:$work/rewritten" --verify
holds "where the record is named" grep -q "task account-2, where record 4 was expected (chronicle/2, offset " "$work/chain.out"
holds "and no replay of that task is equal" answers 1 forged replay --log "embedded:$work/rewritten" --task account-2
holds "which it says" grep -q "task account-2 diverges at chronicle record" "$work/forged.out"

holds "the chronicle is a table" answers 0 table chronicle --log "embedded:$work/log" --task register-0 --last 3
holds "of the newest batches, and where the group stands" grep -q "the group stands here, released" "$work/table.out"
holds "or JSON" answers 0 json chronicle --log "embedded:$work/log" --task account-0 --from 0 --to 2 --json
holds "of the window that was asked for" test "$(grep -o '^{"task":"account-0","seq":[0-9]*' "$work/json.out" | cut -d: -f3 | paste -sd,)" = 0,1,2
echo "$passed passed, $failed failed, 0 skipped"
[ "$failed" = 0 ]
