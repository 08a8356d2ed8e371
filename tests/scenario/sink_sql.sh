#!/usr/bin/env bash
# Topics through Kafka into PostgreSQL, and every row compared with what the topics say, derived anew.
set -euo pipefail

usage() {
  cat <<'TEXT'
tests/scenario/sink_sql.sh [--hrc | --retail | --generated] [--keep]

Publishes events, decides, writes into PostgreSQL, and compares: each row of each table with the record it comes from, read by
`duestream tail` and derived by sink_rows.py; the hash chains; the views; of real data, each decision in the table with SQL over the
CSV; and all once more by the sink itself (--from-beginning).

  --hrc         the 40,000 closed items (80,000 events)
  --retail      the 25,900 documents of a shop, cancellations included; those without a customer are dead letters MISSING_KEY
  --generated   a made-up company with duplicates, conflicts and bad records, late corrections and reversals
  --keep        keep the work folder

Without any of them, all, as far as the data is there. Uses DUESTREAM_KAFKA and DUESTREAM_POSTGRES where they are set, else a stack of its
own. DUESTREAM_BIN names the binary. Exit code 0: no difference, 1: differences, 2: it did not run, 77: skipped.
TEXT
}

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/support/stack.bash
. "$here/../support/stack.bash"

data=()
while (($#)); do
  case $1 in
    --hrc | --retail | --generated) data=("${1#--}") ;;
    --keep) keep=yes ;;
    -h | --help) usage; trap - EXIT; exit 0 ;;
    *) due_fail "unknown argument: $1 (--help lists them)" ;;
  esac
  shift
done

declare -A files=([hrc]=data/hrc_closed_items.csv.xz [retail]=data/online_retail_lines.csv.xz)
if ((${#data[@]})); then
  if [[ -n ${files[${data[0]}]:-} ]]; then due_shared "${files[${data[0]}]}"; fi
else
  data=(generated)
  shared=${DUESTREAM_SHARED:-$due_top/../shared}
  for what in hrc retail; do
    if [[ -r $shared/${files[$what]} ]]; then data+=("$what"); else echo "no ${files[$what]} in the shared data folder: left out"; fi
  done
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

# outcomes WHAT URI: each decision in the table beside what SQL makes of the CSV alone, in a schema of its own.
outcomes() {
  local what=$1 names expected
  local -a decided=(psql -qAtX -v ON_ERROR_STOP=1 "$2")
  names=$(python3 -B -c "import sys; sys.path.insert(0, sys.argv[1]); import hrc_oracle; print(*hrc_oracle.FEATURES)" "$here")
  xz -dc "$shared/${files[$what]}" >"$work/$what.csv"
  local -x PGOPTIONS="-c search_path=expected,public -c client_min_messages=warning"
  "${decided[@]}" -c "create schema expected"
  if [[ $what == hrc ]]; then
    "${decided[@]}" -v csv="$work/hrc.csv" -v early=false -f "$here/hrc_load.sql" -f "$here/hrc_expected.sql" >/dev/null
    expected="hrc: 80000 decisions, 0 differences"
  else
    "${decided[@]}" -v csv="$work/retail.csv" -f "$here/retail_expected.sql" >/dev/null
    expected="retail: 22190 decisions, 0 differences
dead letters: 3710 of 3710 documents without a customer, 0 of another code or document"
  fi
  "${decided[@]}" <<'SQL'
create table record as
select jsonb_build_object('key', customer_id, 'partition', log_partition, 'offset', log_offset, 'value', jsonb_build_object('data', jsonb_build_object(
  'event_id', event_id, 'customer_id', customer_id, 'business_date', business_date, 'currency', currency, 'decision', decision,
  'features', features))) as line
from duestream.decisions;
SQL
  "${decided[@]}" -v names="$names" -v what="$what" -f "$here/hrc_compare.sql" | tee "$work/outcomes"
  if [[ $what == retail ]]; then
    "${decided[@]}" <<'SQL' | tee -a "$work/outcomes"
select format('dead letters: %s of %s documents without a customer, %s of another code or document', count(*) filter (where e.record is not null),
              (select count(*) from document where customer_id is null),
              count(*) filter (where l.code <> 'MISSING_KEY' or d.number is null or e.refusal is distinct from l.code))
from duestream.dead_letters l
left join duestream.invoice_events e on (e.log_partition, e.log_offset) = (l.origin_partition, l.origin_offset) and l.origin_topic = 'invoices'
left join document d on d.customer_id is null and 'retail-' || d.number = e.record->>'id';
SQL
  fi
  diff - <(tail -n "$(wc -l <<<"$expected")" "$work/outcomes") <<<"$expected"
}

# Two orders that are carried out, one that lacks its reason, and one of another kind.
orders() {
  local begin='{"specversion":"1.0","source":"/operations","time":"2025-01-05T09:00:00Z","id"' who='"actor":"j.doe","reason":"ticket 4711"' n
  for n in 1 2; do
    echo "$begin:\"e$n\",\"type\":\"due.control.record-skipped.v1\",\"data\":{\"control_id\":\"CTL-$n\",$who,\"topic\":\"payments\",\"partition\":$n,\"offset\":7}}"
  done
  echo "$begin:\"e3\",\"type\":\"due.control.record-skipped.v1\",\"data\":{\"control_id\":\"CTL-3\",\"actor\":\"j.doe\",\"topic\":\"usage\",\"partition\":0,\"offset\":7}}"
  echo "$begin:\"e4\",\"type\":\"due.control.close-requested.v1\",\"data\":{\"control_id\":\"CTL-4\",$who,\"legal_entity_id\":\"DE01\",\"period\":\"2025-02\"}}"
}

# What was passed over, with the order in the dead letter and in the table of controls; and that credit notes were compared at all.
passed_over() {
  sql "$1" <<'SQL' | tee "$work/passed"
select 'passed over: ' || string_agg(format('%s/%s/%s by %s of %s', l.origin_topic, l.origin_partition, l.origin_offset, c.control_id, c.actor), ', '
                                     order by c.control_id)
from duestream.dead_letters l
join duestream.control_events c on (c.skip_topic, c.skip_partition, c.skip_offset) = (l.origin_topic, l.origin_partition, l.origin_offset)
where l.code = 'SKIPPED_BY_CONTROL' and l.remedy like format('%%by control %s of %s: %s;%%', c.control_id, c.actor, c.reason);
select 'refused: ' || string_agg(code || ' ' || field, ', ') from duestream.dead_letters where origin_topic = 'controls';
select 'some credit notes' from duestream.credit_notes having count(*) > 10;
SQL
  diff "$work/passed" - <<'TEXT'
passed over: payments/1/7 by CTL-1 of j.doe, payments/2/7 by CTL-2 of j.doe
refused: MISSING_FIELD data.reason
some credit notes
TEXT
}

compare() {
  local what=$1 database=sink_sql_$1_$$ prefix=sink$$.$1. topic
  local uri=$server/$database to=(--log "kafka:$DUESTREAM_KAFKA" --prefix "$prefix")
  sql "$server/postgres" -c "create database $database"
  due_at_end drop "$database"
  case $what in
    hrc) verb publish --format hrc-closed "$shared/${files[hrc]}" "${to[@]}" --create-topics --partitions 4 ;;
    retail) verb publish --format online-retail "$shared/${files[retail]}" "${to[@]}" --create-topics --partitions 4 ;;
    *)
      verb generate --customers 400 --days 200 --seed 11 --duplicates 30 --bad-records 20 "${to[@]}" --create-topics --partitions 4
      orders >"$work/orders.ndjson"
      verb publish "$work/orders.ndjson" "${to[@]}"
      ;;
  esac
  verb run "${to[@]}" --app "sink$$$what" --state "$work/state-$what" --until-caught-up
  verb sink "${to[@]}" --to "$uri" --until-caught-up
  local inserted
  inserted=$(number sink inserted)
  for topic in decisions dead-letters invoices payments usage controls credit-notes; do
    "$duestream" tail "$topic" "${to[@]}" --from-beginning --until-end --json >"$work/$topic.ndjson"
  done
  printf '%s: %s rows written\n' "$what" "$inserted"
  python3 -B "$here/sink_rows.py" "$work" "$uri" || return 1
  if [[ $what != generated ]]; then outcomes "$what" "$uri" || return 1; else passed_over "$uri" || return 1; fi
  verb sink "${to[@]}" --to "$uri" --until-caught-up --from-beginning
  printf '%s: read again, %s rows are the same, %s were missing\n' "$what" "$(number sink repeated)" "$(number sink inserted)"
  [[ $(number sink repeated) == "$inserted" && $(number sink inserted) == 0 ]]
}

failed=0
for what in "${data[@]}"; do
  compare "$what" || failed=1
done
exit $failed
