#!/usr/bin/env bash
# From a bare Debian and this clone to decisions on the screen: installs, builds, invents a year of business, decides, reports.
# With --stack through a real Kafka into a real PostgreSQL.
set -euo pipefail

usage() {
  cat <<'TEXT'
deploy/demo.sh [--stack [--keep]] [--dir DIR] [--customers N] [--days N] [--seed N]

Shows duestream at work, without Kafka, database or any other server:
  1. deploy/setup.sh --runtime installs what is missing (needs root or a sudo that asks no password, the first time)
  2. the binary is built, into build/release/bin/duestream
  3. duestream generate  invents a year of invoices, payments and usage for 2,000 customers, some of it broken on purpose
  4. duestream run       reads it all and decides, for every event, how risky its customer is
  5. duestream report    shows the riskiest customers with reasons, and the bad records with reasons

With --stack the same goes through real servers, which it starts itself on free ports of 127.0.0.1 and stops at the end:
  1. deploy/setup.sh --stack installs PostgreSQL, Java and Kafka, too
  2. the binary is built
  3. deploy/local/stack.sh up      starts a Kafka and a PostgreSQL
  4. duestream topics create       prepares the topics, as deploy/topics.yaml wants them
  5. duestream generate, run       as above, in Kafka
  6. duestream sink                writes decisions, dead letters and all events into tables
  7. psql                          shows who is risky now: view duestream.customer_risk_now

The first time it takes some minutes, almost all of it compiling; afterwards less than 20 seconds, with --stack less than a minute.
The same seed gives the same business and the same decisions, bit for bit.

  --stack          with Kafka and PostgreSQL
  --keep           leave these two running, to look around in SQL; the last lines say how, and how to stop them
  --dir DIR        where the log and the state go; default ${TMPDIR:-/tmp}/duestream-demo. Wiped at the start, if it is a demo's.
  --customers N    default 2000
  --days N         default 365
  --seed N         default 7
TEXT
}

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
binary=$root/build/release/bin/duestream
stack=$root/deploy/local/stack.sh
dir=${TMPDIR:-/tmp}/duestream-demo customers=2000 days=365 seed=7 servers=no keep=no
started=${EPOCHREALTIME/[.,]/}

say() { printf 'demo: %s\n' "$*"; }
fail() { printf 'demo: failed: %s\n' "$1" >&2; shift; if (($#)); then printf '      %s\n' "$@" >&2; fi; exit 1; }
seconds_since() { local ms=$(((${EPOCHREALTIME/[.,]/} - $1) / 1000)); printf '%d.%d s' $((ms / 1000)) $((ms % 1000 / 100)); }

number() { [[ $2 =~ ^[1-9][0-9]*$ ]] || fail "$1 $2" "It takes a whole number above zero."; echo "$2"; }

while (($#)); do
  case $1 in
    --dir) dir=${2:?"--dir needs a folder"}; shift ;;
    --customers) customers=$(number "$1" "${2:-}"); shift ;;
    --days) days=$(number "$1" "${2:-}"); shift ;;
    --stack) servers=yes ;;
    --keep) keep=yes ;;
    --seed) seed=$(number "$1" "${2:-}"); shift ;;
    -h | --help) usage; exit 0 ;;
    *) fail "unknown argument: $1" "deploy/demo.sh --help lists them." ;;
  esac
  shift
done

if [[ $keep == yes && $servers == no ]]; then fail "--keep without --stack" "Only --stack starts something that could be left running."; fi

# phase "title" command...: its output is the demo, so it is shown.
phase() {
  local title=$1 from=${EPOCHREALTIME/[.,]/}
  shift
  printf '\n'
  say "$title ..."
  local -a remedy=("Look for the reason above. From a clean start: rm -rf build $dir")
  if [[ $1 == */* ]]; then remedy=("The command was: ${*/#$root\//}" "${remedy[@]}"); fi  # not a function of this script
  "$@" </dev/null || fail "$title" "${remedy[@]}"
  say "$title: done in $(seconds_since "$from")"
}

build() {
  local log=$root/build/demo-build.log
  local -a tests=(-DDUE_TESTS=OFF)
  # A build folder that has the tests keeps them.
  if grep -qs '^DUE_TESTS:BOOL=ON' "$root/build/release/CMakeCache.txt"; then tests=(); fi
  mkdir -p "$root/build"
  cd "$root"
  if ! { cmake --preset release "${tests[@]}" && cmake --build --preset release --target duestream -j "$(nproc)"; } >"$log" 2>&1; then
    tail -n 40 "$log" >&2
    return 1
  fi
}

dir=$(realpath -m -- "$dir")
if [[ -d $dir && ! -e $dir/.duestream-demo && -n $(ls -A "$dir") ]]; then
  fail "$dir holds files that are not a demo's" "Name an empty or a new folder with --dir."
fi

# What an earlier --keep left is stopped before its folder goes.
clean() {
  if [[ -d $dir/stack ]]; then "$stack" down --dir "$dir/stack"; fi
  rm -rf -- "$dir"
  mkdir -p "$dir"
  touch "$dir/.duestream-demo"
}

business="$days days of business of $customers customers (seed $seed)"
bin=${binary#"$root"/}
say_next() { printf '  %s\n      %s\n' "$1" "$2"; }
say_end() { printf '\n'; say "finished in $(seconds_since "$started"); everything it wrote is in $dir"; printf '\nType next:\n'; }

without_servers() {
  phase "inventing $business" "$binary" generate --customers "$customers" --days "$days" --seed "$seed" --log "embedded:$dir/log"
  phase "reading and deciding" "$binary" run --log "embedded:$dir/log" --state "$dir/state" --until-caught-up
  phase "reporting" "$binary" report --log "embedded:$dir/log"
  say_end
  say_next "$bin report --log embedded:$dir/log" "the report again"
  say_next "$bin --help" "every verb; each has a --help of its own"
  say_next "deploy/demo.sh --seed 8 --customers 20000" "another, larger business"
  say_next "deploy/demo.sh --stack" "the same through a real Kafka into a real PostgreSQL"
  say_next "tests/run.sh" "every test, with a real Kafka and PostgreSQL"
  say_next "rm -rf $dir" "leave no trace"
}

# The riskiest customers as SQL has them. Amounts are in minor units there; the demo's currencies have two decimals.
show_risk() {
  psql -qX -v ON_ERROR_STOP=1 -P pager=off -P footer=off -P null=- "$DUESTREAM_POSTGRES" <<'SQL'
\pset title 'duestream.customer_risk_now: the riskiest customers'
select customer_id as customer, decision as risk, to_char(outstanding_minor / 100.0, '999,999,990.00') as outstanding,
       to_char(overdue_minor / 100.0, '999,999,990.00') as overdue, currency, open_items as open, avg_delay_days as "avg delay, days",
       array_to_string(reasons, ', ') as reasons
from duestream.customer_risk_now order by decision = 'HIGH' desc, overdue_minor desc nulls last, customer_id limit 15;
\pset title 'All customers'
select decision as risk, count(distinct customer_id) as customers, count(*) as accounts, sum(open_items) as "open items",
       count(*) filter (where overdue_minor > 0) as "with something overdue"
from duestream.customer_risk_now group by decision order by decision;
SQL
}

# One line in place of one per topic.
create_topics() { "$binary" topics create "$@" | tail -n 1; }

stop_servers() {
  trap - EXIT
  "$stack" down --dir "$dir/stack"
}

with_servers() {
  trap stop_servers EXIT  # however it ends, unless all went well and --keep was asked for
  phase "starting Kafka and PostgreSQL" "$stack" up --dir "$dir/stack"
  eval "$("$stack" env --dir "$dir/stack")"
  local -a kafka=(--log "kafka:$DUESTREAM_KAFKA")
  phase "creating the topics" create_topics "${kafka[@]}" --partitions 4
  phase "inventing $business" "$binary" generate --customers "$customers" --days "$days" --seed "$seed" "${kafka[@]}"
  phase "reading and deciding" "$binary" run "${kafka[@]}" --state "$dir/state" --until-caught-up
  phase "writing into PostgreSQL" "$binary" sink "${kafka[@]}" --to "$DUESTREAM_POSTGRES" --until-caught-up
  phase "asking PostgreSQL" show_risk
  if [[ $keep == yes ]]; then trap - EXIT; else phase "stopping Kafka and PostgreSQL" stop_servers; fi
  say_end
  if [[ $keep == yes ]]; then
    say_next "psql $DUESTREAM_POSTGRES" "look around: \\d+ duestream.*, table duestream.receivables_ageing, table duestream.payment_behaviour, ..."
    say_next "$bin audit --to $DUESTREAM_POSTGRES" "prove that no row was changed, removed or added"
    say_next "$bin tail decisions --log kafka:$DUESTREAM_KAFKA" "decisions as they come; publish or generate more in another terminal"
    say_next "deploy/local/stack.sh down --dir $dir/stack" "stop both"
  else
    say_next "deploy/demo.sh --stack --keep" "the same, and Kafka and PostgreSQL stay, to look around in SQL"
    say_next "$bin --help" "every verb; each has a --help of its own"
    say_next "docs/sink.md" "what is in which table and view"
  fi
  say_next "rm -rf $dir" "leave no trace"
  printf '\n'
}

phase "installing what is missing" "$root/deploy/setup.sh" "$([[ $servers == yes ]] && echo --stack || echo --runtime)"
phase "building build/release/bin/duestream" build
clean
if [[ $servers == yes ]]; then with_servers; else without_servers; fi
