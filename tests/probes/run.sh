#!/usr/bin/env bash
# Asks a real broker the questions that the design rests on, and prints a table of the answers.
set -euo pipefail

usage() {
  cat <<'TEXT'
tests/probes/run.sh [BIN]

  BIN   where the probes are built; default build/release/bin

Starts a broker of its own for the plain probes, then one that advertises a proxy's port, with the proxy before it; stops each by its
process id, also after a failure. Takes about a minute. Exit code 0: every expected fact held.
Needs what deploy/setup.sh --test installs. What each answer means for the design: docs/probes.md.
TEXT
}

if [[ ${1:-} == -h || ${1:-} == --help ]]; then usage; exit; fi
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
bin=${1:-$root/build/release/bin}
stack=$root/deploy/local/stack.sh
work=$(mktemp -d "${TMPDIR:-/tmp}/duestream-probes.XXXXXX")
proxy_pid="" table=() held=0 failed=0

stop_proxy() {
  if [[ -n $proxy_pid ]]; then kill "$proxy_pid" 2>/dev/null || true; wait "$proxy_pid" 2>/dev/null || true; proxy_pid=""; fi
}
cleanup() {
  stop_proxy
  for part in plain proxied; do "$stack" down --dir "$work/$part" >/dev/null 2>&1 || true; done
  rm -rf -- "$work"
}
trap cleanup EXIT

# probe "what" command...: its output goes to the screen, its verdict into the table.
probe() {
  local what=$1 code=0 answer
  shift
  printf -- '--- %s\n' "$what"
  "$@" 2>&1 | tee "$work/output" || code=${PIPESTATUS[0]}
  case $code in 0) answer="holds" ;; 1) answer="DOES NOT HOLD" ;; *) answer="could not be run ($code)" ;; esac
  if ((code == 0)); then held=$((held + 1)); else failed=$((failed + 1)); fi
  table+=("$(printf '%-58s %s' "$what" "$answer")")
}

# attack REQUEST FLAGS...: with a fresh proxy, because each attacks once.
attack() {
  local request=$1 what="late $1: harmless"
  shift
  if (($#)); then what="late $request, counts ignored: does harm"; fi
  python3 "$root/tests/probes/late_requests_proxy.py" --listen "$port" --broker "$DUESTREAM_KAFKA_DIRECT" --hold "$request" &
  proxy_pid=$!
  until python3 -c "import socket,sys; socket.create_connection(('127.0.0.1', $port), 1)" 2>/dev/null; do
    kill -0 "$proxy_pid" || { echo "the proxy did not start"; exit 2; }
  done
  probe "$what" "$bin/probe_late_requests" --broker "127.0.0.1:$port" --attack "$request" "$@"
  stop_proxy
}

"$stack" up --dir "$work/plain" --no-postgres
eval "$("$stack" env --dir "$work/plain" --no-postgres)"
probe "a foreign position under the present generation: accepted" "$bin/probe_foreign_position"
probe "stable positions behind a dead owner: fenced in < 1 s" "$bin/probe_stable_positions"
"$stack" down --dir "$work/plain"

port=$(python3 "$(dirname "$stack")/free_ports.py" 1)
"$stack" up --dir "$work/proxied" --no-postgres --advertise "$port"
eval "$("$stack" env --dir "$work/proxied" --no-postgres)"
for request in end-txn offset-commit; do
  attack "$request"
  attack "$request" --ignore-counts
done
attack offset-commit-until-fence

printf '\n%-58s %s\n' "expected" "answer"
printf '%s\n' "${table[@]}"
printf '%d passed, %d failed, 0 skipped\n' "$held" "$failed"
exit "$((failed > 0))"
