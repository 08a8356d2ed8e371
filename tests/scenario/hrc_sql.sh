#!/usr/bin/env bash
# The 40,000 closed items through Kafka and duestream, and every decision compared with what SQL computes from the CSV alone.
set -euo pipefail

usage() {
  cat <<'TEXT'
tests/scenario/hrc_sql.sh [--early] [--definitions] [--keep]

Publishes the closed items, runs duestream until it has caught up, reads all decisions (read committed) and compares each one,
outcome and 24 features, with hrc_expected.sql over the CSV. hrc_expected.sql itself is compared with hrc_oracle.py, a brute-force
simulation that shares nothing with it.

  --early         with issue dates by the terms alone: 343 payments come before their invoices (the published mapping has none)
  --definitions   only the latter: SQL against the simulation; needs no binary and no broker
  --keep          keep the work folder

Uses DUESTREAM_KAFKA and DUESTREAM_POSTGRES where they are set, else a stack of its own. DUESTREAM_BIN names the binary.
Exit code 0: no difference, 1: differences, 2: it did not run, 77: skipped.
TEXT
}

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/support/stack.bash
. "$here/../support/stack.bash"

engine=yes early=false what=hrc oracle_options=()
while (($#)); do
  case $1 in
    --early) early=true what="hrc, payments before invoices" oracle_options=(--early) ;;
    --definitions) engine=no ;;
    --keep) keep=yes ;;
    -h | --help) usage; trap - EXIT; exit 0 ;;
    *) due_fail "unknown argument: $1 (--help lists them)" ;;
  esac
  shift
done

due_shared data/hrc_closed_items.csv.xz
csv=$shared/data/hrc_closed_items.csv.xz
if [[ $engine == yes ]]; then due_binary; fi
due_work hrc
if [[ $engine == yes ]]; then due_stack kafka postgres; else due_stack postgres; fi

bin=$(find /usr/lib/postgresql -maxdepth 3 -path '*/bin/psql' 2>/dev/null | sort -V | tail -n 1)
schema=hrc_$$
sql() { PGOPTIONS="-c search_path=$schema -c client_min_messages=warning" "${bin:-psql}" -qAtX -v ON_ERROR_STOP=1 "$DUESTREAM_POSTGRES" "$@"; }

xz -dc "$csv" >"$work/items.csv"
sql -c "create schema $schema"
due_at_end sql -c "drop schema $schema cascade"
python3 "$here/hrc_oracle.py" "${oracle_options[@]}" "$csv" >"$work/oracle.tsv" &
oracle=$!
sql -v csv="$work/items.csv" -v early="$early" -f "$here/hrc_load.sql" -f "$here/hrc_expected.sql" || due_fail "hrc_expected.sql does not run"

if [[ $engine == yes ]]; then
  prefix=hrc$$.
  to=(--log "kafka:$DUESTREAM_KAFKA" --prefix "$prefix")
  input=(--format hrc-closed "$csv")
  if [[ $early == true ]]; then
    python3 "$here/hrc_oracle.py" --early --events "$csv" >"$work/events.ndjson"
    input=(--format ndjson "$work/events.ndjson")
  fi
  "$duestream" publish "${input[@]}" "${to[@]}" --create-topics --partitions 4 >&2 || due_fail "publish ended with $?"
  "$duestream" run "${to[@]}" --app "hrc$$" --slot 0 --state "$work/state" --partitions 4 --create-topics --until-caught-up --json \
    >"$work/run.json" 2>"$work/run.log" || { tail -n 20 "$work/run.log" >&2; due_fail "run ended without success"; }
  tail -n 1 "$work/run.json"
  "$duestream" tail decisions "${to[@]}" --from-beginning --until-end --json >"$work/decisions.ndjson" || due_fail "tail ended with $?"
fi

wait "$oracle" || due_fail "hrc_oracle.py does not run"
sql -F $'\t' -c "select event_id, customer_id, business_date, currency, decision, array_to_string(features, chr(9)) from expected" |
  LC_ALL=C sort >"$work/sql.tsv"
LC_ALL=C sort "$work/oracle.tsv" >"$work/oracle.sorted"
if ! cmp -s "$work/sql.tsv" "$work/oracle.sorted"; then
  echo "hrc_expected.sql (<) and hrc_oracle.py (>) differ:"
  diff "$work/sql.tsv" "$work/oracle.sorted" | head -n 20 || true
  exit 1
fi
echo "definitions ($what): $(wc -l <"$work/sql.tsv") decisions, SQL and simulation agree"
if [[ $engine == no ]]; then exit 0; fi

names=$(python3 -B -c "import sys; sys.path.insert(0, sys.argv[1]); import hrc_oracle; print(*hrc_oracle.FEATURES)" "$here")
sql -c "create table record (line jsonb)"
# A line is one value: delimiter and quote are bytes that JSON never holds unescaped.
sql -c "\\copy record from '$work/decisions.ndjson' with (format csv, delimiter e'\\x02', quote e'\\x01')"
sql -v names="$names" -v what="$what" -f "$here/hrc_compare.sql" | tee "$work/result"
[[ $(tail -n 1 "$work/result") == "$what: 80000 decisions, 0 differences" ]]
