#!/usr/bin/env bash
# deploy/demo.sh --stack on a small business: ends with customer_risk_now, leaves no process; with --keep, servers that answer.
# Run by hand or by tests/run.sh; needs what deploy/setup.sh --test installs.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/support/stack.bash
. "$here/../support/stack.bash"

due_binary  # the demo builds; where nothing is built, a test of it would take minutes
due_work demo
demo=("$due_top/deploy/demo.sh" --stack --dir "$work/demo" --customers 60 --days 60)
stop() { "$due_top/deploy/local/stack.sh" down --dir "$work/demo/stack" >/dev/null; }
due_at_end stop

passed=0
check() {
  local what=$1
  shift
  "$@" || { cat "$work/out" >&2; due_fail "$what"; }
  passed=$((passed + 1))
}
processes() { grep -ls "$work/demo/stac[k]" /proc/[0-9]*/cmdline || true; }  # [k]: grep does not find itself

"${demo[@]}" >"$work/out" 2>&1 || { cat "$work/out" >&2; due_fail "the demo ended without success"; }
check "fifteen customers are shown" test "$(grep -cE '^ C0[0-9]+ +\| (HIGH|LOW) +\| +[0-9,]+\.[0-9]{2} +\|' "$work/out")" == 15
check "the tables come last but for what to type next" grep -qE 'demo: finished in [0-9.]+ s' "$work/out"
check "no process is left" test -z "$(processes)"
check "no warning is shown" test -z "$(grep -iE 'warning|kafka: ' "$work/out")"

"${demo[@]}" --keep >"$work/out" 2>&1 || { cat "$work/out" >&2; due_fail "the demo with --keep ended without success"; }
command=$(sed -n 's/^  \(psql postgresql:.*\)$/\1/p' "$work/out")
check "the psql command that it names works" test "$($command -qAtXc 'select count(*) > 1000 from duestream.decisions')" == t
audit=$(sed -n 's/^  \(build.* audit .*\)$/\1/p' "$work/out")
check "the audit that it names works" eval "cd '$due_top' && $audit | grep -q 'nothing was changed, removed or added'"
echo "$passed passed, 0 failed, 0 skipped"
