#!/usr/bin/env bash
# The local stack does what its help says: up, status, env, twice up, up again after kill -9, down without a trace.
# Run by hand or by ctest; needs what deploy/setup.sh --test installs.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
scratch=$(mktemp -d "${TMPDIR:-/tmp}/duestream-stack-test.XXXXXX")
dir=$scratch/stack
passed=0 failed=0

stack() { local verb=$1; shift; "$root/deploy/local/stack.sh" "$verb" --dir "$dir" "$@"; }
cleanup() { stack down >/dev/null 2>&1 || true; rm -rf -- "$scratch"; }
trap cleanup EXIT

# check "sentence" command...: passes when the command succeeds.
check() {
  local what=$1
  shift
  if "$@" >"$scratch/output" 2>&1; then
    passed=$((passed + 1))
    printf 'ok      %s\n' "$what"
  else
    failed=$((failed + 1))
    printf 'FAILED  %s\n' "$what"
    sed 's/^/        /' "$scratch/output"
  fi
}
refuses() { ! "$@"; }
says() { local pattern=$1 output; shift; output=$("$@" 2>&1 || true); echo "$output"; [[ $output == *"$pattern"* ]]; }
# Nothing runs that names our folder, whoever's child it is. The pattern comes from a file: grep must not find itself.
runs_nothing() { echo "$dir/" >"$scratch/pattern"; ! grep -laF -f "$scratch/pattern" /proc/[0-9]*/cmdline 2>/dev/null; }
pid() { cat "$dir/$1/pid"; }
kafka_answers() { python3 "$root/deploy/local/kafka_ready.py" 10 "${DUESTREAM_KAFKA##*:}"; }
psql_says() { [[ $(psql -qAtX "$DUESTREAM_POSTGRES" -c "$2") == "$1" ]]; }
kill_now() { local victim; victim=$(pid "$1"); kill -9 "$victim"; while [[ -e /proc/$victim ]]; do sleep 0.05; done; }
use_env() { eval "$(stack env)"; }

check "before the first start, status says so and fails" refuses stack status
check "env without a stack says how to start one" says "Start it with" stack env
check "down without a stack is no error" stack down

check "up starts both" stack up
use_env
before=$DUESTREAM_KAFKA
check "status finds both" stack status
check "Kafka answers where env says" kafka_answers
check "PostgreSQL answers where env says" psql_says 1 "select 1"
check "PostgreSQL listens on loopback only" psql_says 127.0.0.1 "show listen_addresses"
psql -qX "$DUESTREAM_POSTGRES" -c "create table kept (n int); insert into kept values (7)"

first=$(pid kafka-1)
check "a second up is harmless" stack up
check "a second up leaves the running broker alone" test "$first" = "$(pid kafka-1)"
check "a second up with other options is refused" says "other options" stack up --brokers 3

kill_now kafka-1
check "status sees a killed broker" says "kafka-1 does not run" stack status
check "status fails when a broker is down" refuses stack status
check "up after kill -9 of the broker works" stack up
use_env
check "the broker comes back on its port" test "$before" = "$DUESTREAM_KAFKA"
check "the broker answers again" kafka_answers

kill_now postgres
check "up after kill -9 of PostgreSQL works" stack up
check "PostgreSQL kept its data" psql_says 7 "select n from kept"

# A stale pid file whose number belongs to someone else by now: to this very script.
kill_now kafka-1
echo $$ >"$dir/kafka-1/pid"
check "a pid of someone else is not taken for the broker" says "kafka-1 does not run" stack status
check "down works and spares the owner of that pid" stack down
check "down leaves no process" runs_nothing
check "down leaves no file" test ! -e "$dir"

mkdir "$scratch/precious" && touch "$scratch/precious/file"
check "a folder with other files is refused" refuses "$root/deploy/local/stack.sh" up --dir "$scratch/precious"
check "down does not touch a folder that is not a stack's" "$root/deploy/local/stack.sh" down --dir "$scratch/precious"
check "its files are still there" test -e "$scratch/precious/file"
check "an unknown argument is refused" refuses "$root/deploy/local/stack.sh" up --speed 9

printf '%d passed, %d failed, 0 skipped\n' "$passed" "$failed"
((failed == 0))
