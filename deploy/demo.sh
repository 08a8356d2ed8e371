#!/usr/bin/env bash
# From a bare Debian and this clone to decisions on the screen: installs, builds, invents a year of business, decides, reports.
set -euo pipefail

usage() {
  cat <<'TEXT'
deploy/demo.sh [--dir DIR] [--customers N] [--days N] [--seed N]

Shows duestream at work, without Kafka, database or any other server:
  1. deploy/setup.sh --runtime installs what is missing (needs root or a sudo that asks no password, the first time)
  2. the binary is built, into build/release/bin/duestream
  3. duestream generate  invents a year of invoices, payments and usage for 2,000 customers, some of it broken on purpose
  4. duestream run       reads it all and decides, for every event, how risky its customer is
  5. duestream report    shows the riskiest customers with reasons, and the bad records with reasons

The first time it takes some minutes, almost all of it compiling; afterwards less than 20 seconds. The same seed gives the same
business and the same decisions, bit for bit.

  --dir DIR        where the log and the state go; default ${TMPDIR:-/tmp}/duestream-demo. Wiped at the start, if it is a demo's.
  --customers N    default 2000
  --days N         default 365
  --seed N         default 7
TEXT
}

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
binary=$root/build/release/bin/duestream
dir=${TMPDIR:-/tmp}/duestream-demo customers=2000 days=365 seed=7
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
    --seed) seed=$(number "$1" "${2:-}"); shift ;;
    -h | --help) usage; exit 0 ;;
    *) fail "unknown argument: $1" "deploy/demo.sh --help lists them." ;;
  esac
  shift
done

# phase "title" command...: its output is the demo, so it is shown.
phase() {
  local title=$1 from=${EPOCHREALTIME/[.,]/}
  shift
  printf '\n'
  say "$title ..."
  "$@" </dev/null || fail "$title" "The command was: ${*/#$root\//}" "Look for the reason above. From a clean start: rm -rf build $dir"
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

phase "installing what is missing" "$root/deploy/setup.sh" --runtime
phase "building build/release/bin/duestream" build
rm -rf -- "$dir"
mkdir -p "$dir"
touch "$dir/.duestream-demo"

phase "inventing $days days of business of $customers customers (seed $seed)" \
  "$binary" generate --customers "$customers" --days "$days" --seed "$seed" --log "embedded:$dir/log"
phase "reading and deciding" "$binary" run --log "embedded:$dir/log" --state "$dir/state" --until-caught-up
phase "reporting" "$binary" report --log "embedded:$dir/log"

bin=${binary#"$root"/}
say_next() { printf '  %s\n      %s\n' "$1" "$2"; }
printf '\n'
say "finished in $(seconds_since "$started"); everything it wrote is in $dir"
printf '\nType next:\n'
say_next "$bin report --log embedded:$dir/log" "the report again"
say_next "$bin --help" "every verb; each has a --help of its own"
say_next "deploy/demo.sh --seed 8 --customers 20000" "another, larger business"
say_next "tests/run.sh" "every test, with a real Kafka and PostgreSQL"
say_next "rm -rf $dir" "leave no trace"
