#!/usr/bin/env bash
# Debian 13 without a machine of its own: the image's steps, the image's program, and all tests that need no server, in a folder.
set -euo pipefail

usage() {
  cat <<'TEXT'
tests/long/debian13.sh [--dir DIR] [--keep]

As root, on any Debian:
  1. debootstrap puts a Debian 13 into DIR/base, from the mirror that this machine's apt uses (once; then it is there)
  2. every step of deploy/docker/Dockerfile is run in copies of it; the image's program invents a company and decides, not as root
  3. in a bare Debian and a clone of this commit, ./deploy/demo.sh: set-up, build, a company, decisions; how long, cold and again
  4. there, too: tests/run.sh --fast
About 20 minutes on two cores. The last line is: debian13: passed, or what failed. Results so far: tests/long/results.md

  --dir DIR   default ${TMPDIR:-/tmp}/duestream-debian13
  --keep      leave the stages and the clone there, to look at; the base always stays
TEXT
}

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
dir=${TMPDIR:-/tmp}/duestream-debian13 keep=0
started=$EPOCHSECONDS
say() { printf 'debian13: %s\n' "$*"; }
fail() { printf 'debian13: failed: %s\n' "$1" >&2; shift; if (($#)); then printf '          %s\n' "$@" >&2; fi; exit 1; }

while (($#)); do
  case $1 in
    --dir) dir=${2:?"--dir needs a folder"}; shift ;;
    --keep) keep=1 ;;
    -h | --help) usage; exit 0 ;;
    *) fail "unknown argument: $1" "tests/long/debian13.sh --help lists them." ;;
  esac
  shift
done

((EUID == 0)) || fail "it needs root, to change the root folder and mount"
command -v debootstrap >/dev/null || fail "debootstrap is not installed" "apt-get install -y debootstrap debian-archive-keyring"

mirror=${DUESTREAM_DEBIAN_URI:-$(apt-get --print-uris update 2>/dev/null | sed -nE "s,^'(.+/debian)/dists/.*,\\1,p" | head -n 1)}
[[ -n $mirror ]] || fail "this machine's apt names no Debian mirror" "DUESTREAM_DEBIAN_URI=<mirror> tests/long/debian13.sh"
steps=$root/tests/support/image_steps.py
mkdir -p "$dir"

if [[ ! -e $dir/base/.complete ]]; then
  say "Debian 13 into $dir/base ..."
  rm -rf --one-file-system -- "$dir/base"
  debootstrap --variant=minbase --include=ca-certificates trixie "$dir/base" "$mirror" >"$dir/debootstrap.log" 2>&1 ||
    fail "debootstrap" "the log: $dir/debootstrap.log"
  printf 'deb %s trixie main\n' "$mirror" >"$dir/base/etc/apt/sources.list"
  touch "$dir/base/.complete"
fi

cleanup() { if ((!keep)); then rm -rf --one-file-system -- "$dir/build" "$dir/stage1" "$dir/tests" "$dir/clone"; fi; }
trap cleanup EXIT

rm -rf --one-file-system -- "$dir/clone"
git clone -q "$root" "$dir/clone"
say "commit $(git -C "$dir/clone" log -1 --format='%h %s')"

say "the steps of deploy/docker/Dockerfile ..."
from=$EPOCHSECONDS
"$steps" --dockerfile "$dir/clone/deploy/docker/Dockerfile" --context "$dir/clone" --base "$dir/base" --work "$dir" >"$dir/image.log" 2>&1 ||
  { tail -n 40 "$dir/image.log" >&2; fail "the image's steps" "the whole log: $dir/image.log"; }
say "  done in $((EPOCHSECONDS - from)) s"
in_image() { "$steps" --enter "$dir/stage1" --user duestream --workdir /var/lib/duestream -- duestream "$@"; }
in_image generate --customers 200 --days 90 --log embedded:log >/dev/null
in_image run --log embedded:log --state state --until-caught-up --json | tee "$dir/image-run.json"
python3 -c 'import json, sys
s = json.load(open(sys.argv[1]))
assert s["decisions"] > 1000, s' "$dir/image-run.json" || fail "the image's program decided nothing"

rm -rf --one-file-system -- "$dir/tests"
cp -a --reflink=auto "$dir/base" "$dir/tests"
cp -a "$dir/clone" "$dir/tests/duestream"
say "the demo, on nothing but Debian ..."
for state in cold warm; do
  from=$EPOCHSECONDS
  "$steps" --enter "$dir/tests" --workdir /duestream -- deploy/demo.sh >"$dir/demo-$state.log" 2>&1 ||
    { tail -n 60 "$dir/demo-$state.log" >&2; fail "deploy/demo.sh, $state" "the whole log: $dir/demo-$state.log"; }
  say "  $state in $((EPOCHSECONDS - from)) s"
done

say "every test without a server ..."
from=$EPOCHSECONDS
"$steps" --enter "$dir/tests" --workdir /duestream -- tests/run.sh --fast >"$dir/tests.log" 2>&1 ||
  { tail -n 60 "$dir/tests.log" >&2; fail "tests/run.sh --fast" "the whole log: $dir/tests.log"; }
say "  done in $((EPOCHSECONDS - from)) s: $(tail -n 1 "$dir/tests.log")"
say "passed in $((EPOCHSECONDS - started)) s"
