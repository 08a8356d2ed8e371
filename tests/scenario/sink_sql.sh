#!/usr/bin/env bash
# Topics through Kafka into PostgreSQL, and every row compared with what the topics say, derived anew.
set -euo pipefail

usage() {
  cat <<'TEXT'
tests/scenario/sink_sql.sh [--hrc | --generated] [--keep]

Publishes events, decides, writes into PostgreSQL, and compares: each row of each table with the record it comes from, read by
`duestream tail` and derived by sink_rows.py; the hash chains; the views; and once more by the sink itself (--from-beginning).

  --hrc         the 40,000 closed items (80,000 events)
  --generated   a made-up company with duplicates, conflicts and bad records, late corrections and reversals
  --keep        keep the work folder

Without either, both, as far as the data is there. Uses DUESTREAM_KAFKA and DUESTREAM_POSTGRES where they are set, else a stack of its
own. DUESTREAM_BIN names the binary. Exit code 0: no difference, 1: differences, 2: it did not run, 77: skipped.
TEXT
}

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/support/stack.bash
. "$here/../support/stack.bash"

data=()
while (($#)); do
  case $1 in
    --hrc) data=(hrc) ;;
    --generated) data=(generated) ;;
    --keep) keep=yes ;;
    -h | --help) usage; trap - EXIT; exit 0 ;;
    *) due_fail "unknown argument: $1 (--help lists them)" ;;
  esac
  shift
done

if ((${#data[@]})); then
  if [[ ${data[0]} == hrc ]]; then due_shared data/hrc_closed_items.csv.xz; fi
else
  data=(generated)
  shared=${DUESTREAM_SHARED:-$due_top/../shared}
  if [[ -r $shared/data/hrc_closed_items.csv.xz ]]; then data+=(hrc); else echo "no closed items in the shared data folder: left out"; fi
fi
due_binary
due_work sink
due_stack kafka postgres
server=${DUESTREAM_POSTGRES%/*}
sql() { psql -qAtX -v ON_ERROR_STOP=1 "$@"; }

drop() { sql "$server/postgres" -c "drop database if exists $1 with (force)"; }

# verb NAME arguments...: its summary on the last line of $work/NAME.json.
verb() {
  local name=$1
  shift
  "$duestream" "$name" "$@" --json >"$work/$name.json" 2>"$work/$name.log" || { tail -n 20 "$work/$name.log" >&2; due_fail "$name ended without success"; }
}

number() { sed -n "s/.*\"$2\":\([0-9]*\).*/\1/p" "$work/$1.json"; }

compare() {
  local what=$1 database=sink_sql_$1_$$ prefix=sink$$.$1. topic
  local uri=$server/$database to=(--log "kafka:$DUESTREAM_KAFKA" --prefix "$prefix")
  sql "$server/postgres" -c "create database $database"
  due_at_end drop "$database"
  if [[ $what == hrc ]]; then
    verb publish --format hrc-closed "$shared/data/hrc_closed_items.csv.xz" "${to[@]}" --create-topics --partitions 4
  else
    verb generate --customers 400 --days 200 --seed 11 --duplicates 30 --bad-records 20 "${to[@]}" --create-topics --partitions 4
  fi
  verb run "${to[@]}" --app "sink$$$what" --state "$work/state-$what" --until-caught-up
  verb sink "${to[@]}" --to "$uri" --until-caught-up
  local inserted
  inserted=$(number sink inserted)
  for topic in decisions dead-letters invoices payments usage; do
    "$duestream" tail "$topic" "${to[@]}" --from-beginning --until-end --json >"$work/$topic.ndjson"
  done
  printf '%s: %s rows written\n' "$what" "$inserted"
  python3 -B "$here/sink_rows.py" "$work" "$uri" || return 1
  verb sink "${to[@]}" --to "$uri" --until-caught-up --from-beginning
  printf '%s: read again, %s rows are the same, %s were missing\n' "$what" "$(number sink repeated)" "$(number sink inserted)"
  [[ $(number sink repeated) == "$inserted" && $(number sink inserted) == 0 ]]
}

failed=0
for what in "${data[@]}"; do
  compare "$what" || failed=1
done
exit $failed
