#!/usr/bin/env bash
# The sink against a bare COPY of the same rows into the same table, in one run, in turn.
set -euo pipefail

usage() {
  cat <<'TEXT'
tests/bench/sink/run.sh [options]

Publishes made-up events, decides, and fills a database of its own each time, in turn: by the sink, out of Kafka; by psql's \copy, binary
and text, of the rows that the sink had written; by a COPY that the server reads from a file itself.

  --events N       unique events (default 500000)
  --rounds N       of each side, in turn (default 3); medians are shown
  --only TOPICS    comma-separated (default decisions); all: every topic
  --sink-args 'A'  further arguments of duestream sink
  --json           the last line is one JSON object
  --keep           keep the work folder

Uses DUESTREAM_KAFKA and DUESTREAM_POSTGRES where they are set, else a stack of its own. The server must be able to read the work folder.
Exit code 0: measured, 2: it did not run, 77: no binary.
TEXT
}

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/support/stack.bash
. "$here/../../support/stack.bash"

events=500000 rounds=3 only=decisions json=no sink_args=()
while (($#)); do
  case $1 in
    --events) events=${2:?"--events needs a number"}; shift ;;
    --rounds) rounds=${2:?"--rounds needs a number"}; shift ;;
    --only) only=${2:?"--only needs topics"}; shift ;;
    --sink-args) read -r -a sink_args <<<"${2?"--sink-args needs a value"}"; shift ;;
    --json) json=yes ;;
    --keep) keep=yes ;;
    -h | --help) usage; trap - EXIT; exit 0 ;;
    *) due_fail "unknown argument: $1 (--help lists them)" ;;
  esac
  shift
done

due_binary
due_work bench-sink
due_stack kafka postgres
server=${DUESTREAM_POSTGRES%/*} prefix=benchsink$$. name=bench_sink_$$
to=(--log "kafka:$DUESTREAM_KAFKA" --prefix "$prefix")
if [[ $only != all ]]; then sink_args+=(--only "$only"); fi
sql() { PGOPTIONS="-c client_min_messages=warning" psql -qAtX -v ON_ERROR_STOP=1 "$@"; }
drop() { sql "$server/postgres" -c "drop database if exists $1 with (force)"; }

# fresh: an empty database $name with the schema, after a checkpoint of what others left.
fresh() {
  drop "$name"
  sql "$server/postgres" -c "create database $name"
  "$duestream" migrate --to "$server/$name" >/dev/null
  sql "$server/postgres" -c checkpoint
}
due_at_end drop "$name"

quiet() { "$duestream" "$@" >"$work/$1.log" 2>&1 || { tail -n 20 "$work/$1.log" >&2; due_fail "duestream $1 ended without success"; }; }
quiet generate --workload account-risk --customers 50000 --events "$events" "${to[@]}" --create-topics --partitions 4
quiet run "${to[@]}" --app "$prefix" --state "$work/state" --until-caught-up --create-topics --partitions 4

# What the sink writes is what the others write. Columns: as the table has them.
fresh
"$duestream" sink "${to[@]}" --to "$server/$name" --until-caught-up "${sink_args[@]}" --json >"$work/first.json"
mapfile -t tables < <(
  tr ",{}" '\n' <"$work/first.json" | sed -n 's/^"\([a-z_]*\)":\([1-9][0-9]*\)$/\1/p' | grep -xE 'decisions|dead_letters|anomalies|[a-z]+_events')
rows=0
for table in "${tables[@]}"; do
  rows=$((rows + $(sql "$server/$name" -c "select count(*) from duestream.$table")))
  for format in binary text; do sql "$server/$name" -c "\\copy (select * from duestream.$table) to '$work/$table.$format' with (format $format)"; done
done
chmod 644 "$work"/*.binary "$work"/*.text
bytes=$(cat "$work"/*.binary | wc -c)

now() { echo "${EPOCHREALTIME/[.,]/}"; }
by_sink() { "$duestream" sink "${to[@]}" --to "$server/$name" --until-caught-up "${sink_args[@]}" --json >"$work/sink.json"; }
by_psql() { local t; for t in "${tables[@]}"; do sql "$server/$name" -c "\\copy duestream.$t from '$work/$t.$1' with (format $1)"; done; }
by_server() { local t; for t in "${tables[@]}"; do sql "$server/$name" -c "copy duestream.$t from '$work/$t.$1' with (format $1)"; done; }

# measure "side" command...: adds rows/s to $work/SIDE.rates
measure() {
  local side=$1 from us there=0 t
  shift
  fresh
  from=$(now)
  "$@"
  us=$(($(now) - from))
  for t in "${tables[@]}"; do there=$((there + $(sql "$server/$name" -c "select count(*) from duestream.$t"))); done
  ((there == rows)) || due_fail "$side wrote $there rows of $rows"
  echo $((rows * 1000000 / us)) >>"$work/$side.rates"
}
sides=(sink psql-binary psql-text server-binary)
for ((round = 0; round < rounds; round++)); do
  measure sink by_sink
  measure psql-binary by_psql binary
  measure psql-text by_psql text
  measure server-binary by_server binary
done

median() { sort -n "$work/$1.rates" | sed -n "$(((rounds + 1) / 2))p"; }
printf '%s rows of %s, %s MB in binary; load %s\n' "$rows" "${tables[*]}" "$((bytes / 1000000))" "$(cut -d' ' -f1-3 /proc/loadavg)"
printf '%-14s %10s %9s   %s\n' side rows/s "sink is" "every round"
sink=$(median sink) out=""
for side in "${sides[@]}"; do
  rate=$(median "$side")
  printf '%-14s %10s %8s%%   %s\n' "$side" "$rate" $((sink * 100 / rate)) "$(tr '\n' ' ' <"$work/$side.rates")"
  out+=",\"$side\":$rate"
done
if [[ $json == yes ]]; then printf '{"rows":%s,"bytes":%s%s,"sink":%s}\n' "$rows" "$bytes" "$out" "$(tail -n 1 "$work/sink.json")"; fi
