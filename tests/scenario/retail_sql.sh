#!/usr/bin/env bash
# The online retail documents through Kafka and duestream, cancellations included, and every decision compared with what SQL computes
# from the CSV alone; every document without a customer is a dead letter.
set -euo pipefail

usage() {
  cat <<'TEXT'
tests/scenario/retail_sql.sh [--keep]

Publishes the 25,900 documents, runs duestream until it has caught up, reads all decisions and dead letters (read committed) and
compares each decision, outcome and 24 features, with retail_expected.sql over the CSV. Every document without a customer must be a
dead letter MISSING_KEY, and inputs = decisions + duplicates + conflicts + dead letters + parked.

  --keep          keep the work folder

Uses DUESTREAM_KAFKA and DUESTREAM_POSTGRES where they are set, else a stack of its own. DUESTREAM_BIN names the binary.
Exit code 0: no difference, 1: differences, 2: it did not run, 77: skipped.
TEXT
}

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/support/stack.bash
. "$here/../support/stack.bash"

while (($#)); do
  case $1 in
    --keep) keep=yes ;;
    -h | --help) usage; trap - EXIT; exit 0 ;;
    *) due_fail "unknown argument: $1 (--help lists them)" ;;
  esac
  shift
done

due_shared data/online_retail_lines.csv.xz
csv=$shared/data/online_retail_lines.csv.xz
due_binary
due_work retail
due_stack kafka postgres

bin=$(find /usr/lib/postgresql -maxdepth 3 -path '*/bin/psql' 2>/dev/null | sort -V | tail -n 1)
schema=retail_$$
sql() { PGOPTIONS="-c search_path=$schema -c client_min_messages=warning" "${bin:-psql}" -qAtX -v ON_ERROR_STOP=1 "$DUESTREAM_POSTGRES" "$@"; }

xz -dc "$csv" >"$work/lines.csv"
sql -c "create schema $schema"
due_at_end sql -c "drop schema $schema cascade"
sql -v csv="$work/lines.csv" -f "$here/retail_expected.sql" >"$work/expected.log" 2>&1 &
expected=$!

to=(--log "kafka:$DUESTREAM_KAFKA" --prefix "retail$$.")
"$duestream" publish --format online-retail "$csv" "${to[@]}" --create-topics --partitions 4 >&2 || due_fail "publish ended with $?"
"$duestream" run "${to[@]}" --app "retail$$" --slot 0 --state "$work/state" --partitions 4 --create-topics --until-caught-up --json \
  >"$work/run.json" 2>"$work/run.log" || { tail -n 20 "$work/run.log" >&2; due_fail "run ended without success"; }
tail -n 1 "$work/run.json"
for topic in decisions dead-letters; do
  "$duestream" tail "$topic" "${to[@]}" --from-beginning --until-end --json >"$work/$topic.ndjson" || due_fail "tail ended with $?"
done
wait "$expected" || { cat "$work/expected.log" >&2; due_fail "retail_expected.sql does not run"; }

# A line is one value: delimiter and quote are bytes that JSON never holds unescaped.
load() { sql -c "create table $2 (line jsonb)" -c "\\copy $2 from '$work/$1' with (format csv, delimiter e'\\x02', quote e'\\x01')"; }
load decisions.ndjson record
load dead-letters.ndjson letter
load run.json summary
names=$(python3 -B -c "import sys; sys.path.insert(0, sys.argv[1]); import hrc_oracle; print(*hrc_oracle.FEATURES)" "$here")
sql -v names="$names" -v what="online retail" -f "$here/hrc_compare.sql" | tee "$work/result"
sql -F ' ' <<'SQL' | tee -a "$work/result"
select format('whole invoices cancelled %s, credited in part %s, credit memos for none %s',
              count(*) filter (where is_whole), count(*) filter (where not is_whole and refers_to is not null), count(*) filter (where refers_to is null))
from document where is_cancellation and customer_id is not null;
select format('dead letters: %s of %s documents without a customer, %s of another kind or code',
  (select count(*) from document d where customer_id is null and exists (
     select from letter where line->'value'->>'id' = 'retail-' || d.number and line->'headers'->>'x-err.code' = 'MISSING_KEY')),
  (select count(*) from document where customer_id is null),
  (select count(*) from letter where line->'headers'->>'x-err.code' <> 'MISSING_KEY'
     or not exists (select from document d where d.customer_id is null and 'retail-' || d.number = line->'value'->>'id')));
select format('sum: %s inputs, %s accounted for', line->>'inputs', (line->>'decisions')::int + (line->>'duplicates')::int + (line->>'conflicts')::int
  + (line->>'dead_letters')::int + (line->>'parked')::int) from summary;
SQL
diff - <(tail -n 4 "$work/result") <<'TEXT'
online retail: 22190 decisions, 0 differences
whole invoices cancelled 131, credited in part 2358, credit memos for none 1165
dead letters: 3710 of 3710 documents without a customer, 0 of another kind or code
sum: 25900 inputs, 25900 accounted for
TEXT
