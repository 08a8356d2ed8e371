#!/usr/bin/env bash
# The examples of docs/consumers.md and docs/connectors.md against a broker: each decision taken once although the consumer is killed again
# and again, a repeat passed over, a gap refused; invoices from the example connector decided, and refused where its partitioner is not set.
# DUESTREAM_KAFKA: the broker, else one of its own.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../support/stack.bash"

python=/usr/bin/python3  # Debian's: the one that python3-confluent-kafka belongs to
examples=$due_top/docs/examples
passed=0 failed=0

ok() { passed=$((passed + 1)); printf 'ok      %s\n' "$1"; }
bad() { failed=$((failed + 1)); printf 'FAILED  %s: %s\n' "$1" "$2"; }
same() { if [[ $2 == "$3" ]]; then ok "$1"; else bad "$1" "$2, expected $3"; fi; }

due_binary
cpp=$(dirname "$duestream")/consume_decisions
[[ -x $cpp ]] || due_skip "no $cpp; it is built with the tests"
"$python" -c "import confluent_kafka" 2>/dev/null || due_skip "no confluent_kafka in $python (deploy/setup.sh --test)"
due_work consumers
due_stack kafka
broker=$DUESTREAM_KAFKA prefix=consumers-$$.
at=(--log "kafka:$broker" --prefix "$prefix")

consume_python() { "$python" "$examples/consume_decisions.py" "$work/python" --kafka "$broker" --topic "${prefix}decisions" --until-end; }
consume_cpp() { "$cpp" "$work/cpp" "$broker" "${prefix}decisions"; }
consume_lines() { "$duestream" tail decisions "${at[@]}" --from-beginning --until-end --json | python3 "$examples/consume_decisions.py" "$work/lines"; }

# What each has, a line per decision: partition, task, number.
taken() {
  case $1 in
    cpp) cut -d ' ' -f 1,3,4 "$work/cpp" ;;
    *) python3 -c 'import sqlite3, sys
for row in sqlite3.connect(sys.argv[1]).execute("select partition, task, seq from decision"): print(*row)' "$work/$1" ;;
  esac | LC_ALL=C sort
}
committed() {
  "$duestream" tail decisions "${at[@]}" --from-beginning --until-end --json |
    python3 -c 'import json, sys
for r in map(json.loads, sys.stdin): print(r["partition"], *r["headers"]["duestream"].split()[:2])' | LC_ALL=C sort
}

# kill_again CONSUMER: ends it in its midst, eight times, wherever it is.
kill_again() {
  local i pid
  for i in 1 2 3 4 5 6 7 8; do
    ("consume_$1" >"$work/killed" 2>&1) &
    pid=$!
    sleep "0.$((i * 7 % 10 + 1))"
    kill -9 -- $(pgrep -P "$pid") "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
  done
}

# --- consumers ------------------------------------------------------------------------------------------------------------------------

"$duestream" generate "${at[@]}" --create-topics --partitions 3 --customers 400 --days 120 >"$work/generated"
"$duestream" run "${at[@]}" --state "$work/state" --app "$prefix" --until-caught-up >"$work/decided"
committed >"$work/committed"
all=$(wc -l <"$work/committed")
for consumer in python cpp; do
  kill_again "$consumer"
  "consume_$consumer" >"$work/said" || bad "$consumer" "$(cat "$work/said")"
  taken "$consumer" >"$work/taken.$consumer"
  same "$consumer, killed eight times, took each of $all decisions once" "$(sha256sum <"$work/taken.$consumer")" "$(sha256sum <"$work/committed")"
done
consume_lines >"$work/said"
same "from lines, too" "$(cat "$work/said")" "$all taken, 0 repeats passed over"

# A record as `publish` takes it. copied JUMP: the last of each partition, its number JUMP higher.
copied() {
  "$duestream" tail decisions "${at[@]}" --last 6 --until-end --json | python3 -c 'import json, sys
for r in {r["partition"]: r for r in map(json.loads, sys.stdin)}.values():
    task, seq, rest = r["headers"]["duestream"].split(" ", 2)
    r["headers"]["duestream"] = f"{task} {int(seq) + int(sys.argv[1])} {rest}"
    print(json.dumps({"topic": "decisions", "key": r["key"], "headers": r["headers"], "value": json.dumps(r["value"])}))' "$1"
}
copied 0 >"$work/repeats"
copied 2 >"$work/gap"
repeats=$(wc -l <"$work/repeats")
"$duestream" publish "$work/repeats" "${at[@]}" >"$work/published"
for consumer in python cpp; do
  same "$consumer passes over what comes again" "$("consume_$consumer")" "0 taken, $repeats repeats passed over"
done
"$duestream" publish "$work/gap" "${at[@]}" >"$work/published"
for consumer in python cpp lines; do
  code=0
  "consume_$consumer" >"$work/said" 2>&1 || code=$?
  if ((code == 1)) && grep -q "^a gap: partition" "$work/said"; then ok "$consumer stops at a gap"; else bad "$consumer stops at a gap" "$(cat "$work/said")"; fi
  same "$consumer took nothing behind it" "$(taken "$consumer" | wc -l)" "$all"
done

# --- the connector ----------------------------------------------------------------------------------------------------------------------

decide() { "$duestream" run "${at[@]}" --state "$work/state" --app "$prefix" --until-caught-up --json | python3 -c 'import json, sys
s = json.load(sys.stdin); print(s["inputs"], s["dead_letters"], s["duplicates"])'; }
prefix=connector-$$. at=(--log "kafka:$broker" --prefix "$prefix")
rm -rf "$work/state"
"$duestream" topics create "${at[@]}" --partitions 3 >"$work/created"
for i in $(seq 1 60); do
  printf '{"id": "%d", "customer": "C%d", "issued": "2025-01-10", "due": "2025-02-09", "currency": "EUR", "gross": "%d.50"}\n' "$i" "$i" "$i"
done >"$work/invoices"
publish() { "$python" "$1" "$broker" "${prefix}invoices" <"$work/invoices"; }
publish "$examples/publish_invoices.py"
same "the connector's invoices are decided" "$(decide)" "60 0 0"
publish "$examples/publish_invoices.py"
same "sent again, they are duplicates" "$(decide)" "60 0 60"
sed '/"partitioner"/d' "$examples/publish_invoices.py" >"$work/careless.py"
publish "$work/careless.py"
read -r inputs astray _ < <(decide)
if ((inputs == 60 && astray > 20)); then ok "without its partitioner, $astray of 60 are dead letters"; else bad "a wrong partitioner" "$inputs $astray"; fi
same "by their reason" "$("$duestream" tail dead-letters "${at[@]}" --from-beginning --until-end --json | grep -c WRONG_PARTITION)" "$astray"

# --- the page ----------------------------------------------------------------------------------------------------------------------------

python3 - "$due_top/docs/consumers.md" "$examples"/consume_decisions.* <<'TEXT' && ok "docs/consumers.md shows the code as it is" || bad "docs/consumers.md" "its code is not the example's"
import re, sys
page, code = open(sys.argv[1]).read(), "".join(open(name).read() for name in sys.argv[2:])
blocks = re.findall(r"^```(?:python|cpp)\n(.*?)^```$", page, re.M | re.S)
sys.exit(0 if len(blocks) == 2 and all(block in code for block in blocks) else 1)
TEXT

echo "$passed passed, $failed failed, 0 skipped"
((failed == 0))
