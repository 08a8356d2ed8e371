#!/usr/bin/env bash
# The one test command: sets up, builds, brings up Kafka and PostgreSQL, runs everything, takes them down again.
set -euo pipefail

usage() {
  cat <<'TEXT'
tests/run.sh [--fast] [--only REGEX]

Runs every test there is, on a machine with nothing but Debian, git and this clone:
  1. deploy/setup.sh --test installs what is missing (--unit with --fast)
  2. the release preset is configured and built, into build/release
  3. tests that need no broker run, in parallel
  4. a Kafka and a PostgreSQL of their own come up in a temporary folder, on free ports
  5. tests with the ctest label "broker" run, one at a time; then the scripts listed in tests/suites.txt
  6. both are stopped, whatever happened

The last line is always: N passed, N failed, N skipped. The exit code is 0 only when something ran and nothing failed.

  --fast         nothing that needs a broker: seconds instead of minutes
  --only REGEX   only tests (ctest -R) and suites whose name matches
  --jobs N       how many at a time, for building and testing; default: all cores

What each test printed: build/test-results. One GoogleTest binary by hand: build/release/bin/NAME --gtest_filter=...
Real data: the folder ../shared, or what DUESTREAM_SHARED names; tests that need it skip without.
TEXT
}

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
build=$root/build/release results=$root/build/test-results
fast=0 only="" jobs=$(nproc)
readonly test_seconds_max=300 suite_seconds_max=1200

say() { printf 'tests: %s\n' "$*"; }
fail() { printf 'tests: %s\n' "$@" >&2; exit 2; }

while (($#)); do
  case $1 in
    --fast) fast=1 ;;
    --only) only=${2:?"--only needs a regular expression"}; shift ;;
    --jobs) jobs=${2:?"--jobs needs a number"}; shift ;;
    -h | --help) usage; exit 0 ;;
    *) fail "unknown argument: $1" "tests/run.sh --help lists them." ;;
  esac
  shift
done

work="" complete=0 started=$EPOCHSECONDS passed=0 failed=0 skipped=0 notes=()

finish() {
  local code=$?
  trap - EXIT
  if [[ -n $work ]]; then
    for log in "$work"/stack/*/log; do
      if [[ -e $log ]]; then cp -- "$log" "$results/$(basename "$(dirname "$log")").log"; fi
    done
    if ! "$root/deploy/local/stack.sh" down --dir "$work/stack" >/dev/null; then
      failed=$((failed + 1))
      notes+=("failed: the stack could not be stopped")
    fi
    rm -rf -- "$work"
  fi
  # Ended early: that is a failure of its own, and the closing line must not hide it.
  if ((!complete)); then
    failed=$((failed + 1))
    notes+=("failed: the run itself ended early; see above")
  fi
  if ((passed + failed == 0)); then notes+=("nothing ran: no test matches"); code=1; fi
  if ((failed > 0)); then code=1; fi
  if ((${#notes[@]})); then printf 'tests: %s\n' "${notes[@]}"; fi
  say "$((passed + failed + skipped)) tests in $((EPOCHSECONDS - started)) s; what they printed: ${results#"$root"/}"
  printf '%d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"
  exit "$code"
}

# quietly NAME command...: into a log, whose end is shown when the command fails.
quietly() {
  local log=$results/$1.log from=$EPOCHSECONDS code=0
  shift
  "$@" >"$log" 2>&1 </dev/null || code=$?
  if ((code != 0)); then
    tail -n 60 "$log" >&2
    say "failed: ${*/#$root\//} (the whole log: ${log#"$root"/})" >&2
    return "$code"
  fi
  say "  done in $((EPOCHSECONDS - from)) s"
}

# count "title" PASSED FAILED SKIPPED
count() {
  passed=$((passed + $2)) failed=$((failed + $3)) skipped=$((skipped + $4))
  say "$1: $2 passed, $3 failed, $4 skipped"
}

matching_tests() { ctest --test-dir "$build" -N "$@" ${only:+-R "$only"} 2>/dev/null | sed -n 's/^Total Tests: //p'; }

# run_ctest "title" file-name ctest-arguments...
run_ctest() {
  local title=$1 name=$2 code=0 line
  local -a totals
  shift 2
  if [[ $(matching_tests "$@") == 0 ]]; then return; fi
  say "$title ..."
  rm -f -- "$results/$name.xml"
  ctest --test-dir "$build" --output-junit "$results/$name.xml" --output-on-failure --timeout "$test_seconds_max" "$@" \
    ${only:+-R "$only"} >"$results/$name.log" 2>&1 </dev/null || code=$?
  mapfile -t totals < <(python3 "$root/tests/support/junit_totals.py" "$results/$name.xml")
  read -r p f s <<<"${totals[0]}"
  if ((code != 0 && f == 0)); then f=1 totals+=("failed ctest itself, exit code $code: see $results/$name.log"); fi
  if ((f > 0)); then sed -n '/\*\*\*/,$p' "$results/$name.log" | tail -n 200; fi
  for line in "${totals[@]:1}"; do notes+=("$line"); done
  count "$title" "$p" "$f" "$s"
}

# The lines of suites.txt that apply: "name|needs|command".
suites() {
  local name needs command
  if [[ ! -e $root/tests/suites.txt ]]; then return; fi
  while IFS='|' read -r name needs command; do
    name=${name// /} needs=${needs// /}
    if [[ -z $name || $name == \#* ]]; then continue; fi
    if [[ $needs != broker && $needs != - ]]; then fail "tests/suites.txt: suite $name needs \"$needs\"; only \"broker\" and \"-\" are known"; fi
    if [[ -n $only && ! $name =~ $only ]] || { ((fast)) && [[ $needs == broker ]]; }; then continue; fi
    printf '%s|%s|%s\n' "$name" "$needs" "$command"
  done <"$root/tests/suites.txt"
}

run_suite() {
  local name=$1 command=$2 log=$results/suite-$1.log code=0 last
  say "suite $name ..."
  (cd "$root" && exec timeout --kill-after=20 "$suite_seconds_max" bash -c "$command") >"$log" 2>&1 </dev/null || code=$?
  last=$(tail -n 1 "$log")
  if ((code != 0 && code != 77)); then tail -n 60 "$log" >&2; fi
  if [[ $last =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed,\ ([0-9]+)\ skipped$ ]]; then
    local p=${BASH_REMATCH[1]} f=${BASH_REMATCH[2]} s=${BASH_REMATCH[3]}
    if ((code != 0 && code != 77 && f == 0)); then f=1; fi
    if ((f > 0)); then notes+=("failed suite $name: ${log#"$root"/}"); fi
    count "suite $name" "$p" "$f" "$s"
  elif ((code == 0)); then
    count "suite $name" 1 0 0
  elif ((code == 77)); then
    notes+=("skipped suite $name: $last")
    count "suite $name" 0 0 1
  else
    local why="exit code $code"
    if ((code == 124)); then why="not done after $suite_seconds_max s"; fi
    notes+=("failed suite $name, $why: ${log#"$root"/}")
    count "suite $name" 0 1 0
  fi
}

mkdir -p "$results"
rm -f -- "$results"/*
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

"$root/deploy/setup.sh" "$( ((fast)) && echo --unit || echo --test)" </dev/null
cd "$root"
say "configuring and building, preset release ..."
quietly configure cmake --preset release -DDUE_TESTS=ON
quietly build cmake --build --preset release -j "$jobs"

export DUESTREAM_BIN=$build/bin/duestream
if [[ -z ${DUESTREAM_SHARED:-} && -d $root/../shared ]]; then DUESTREAM_SHARED=$(cd "$root/../shared" && pwd); fi
if [[ -n ${DUESTREAM_SHARED:-} ]]; then
  export DUESTREAM_SHARED
else
  say "no folder ../shared with real data: tests that need it skip (DUESTREAM_SHARED names another place)"
fi

run_ctest "tests without a broker" ctest -j "$jobs" -LE broker
mapfile -t suites < <(suites)
if ((!fast)) && { [[ $(matching_tests -L broker) != 0 ]] || printf '%s\n' "${suites[@]}" | grep -q '|broker|'; }; then
  work=$(mktemp -d "${TMPDIR:-/tmp}/duestream-tests.XXXXXX")
  chmod 711 "$work"
  "$root/deploy/local/stack.sh" up --dir "$work/stack"
  eval "$("$root/deploy/local/stack.sh" env --dir "$work/stack")"
  run_ctest "tests with a broker" ctest-broker -j 1 -L broker
fi
for suite in "${suites[@]}"; do
  IFS='|' read -r name _ command <<<"$suite"
  run_suite "$name" "$command"
done
complete=1
