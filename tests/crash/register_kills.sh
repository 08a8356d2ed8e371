#!/usr/bin/env bash
# The register under fire: two processes of one group on a real broker are killed while cancellations become credit notes. Then
# numbers must be gapless and in date order, each cancellation must have one credit note, and an empty state must fold to the same.
set -euo pipefail

usage() {
  cat <<'TEXT'
tests/crash/register_kills.sh [options]

  --kills N      kill -9 inside an open transaction (default 5)
  --invoices N   each third of them is cancelled (default 6000)
  --seed N       moments of the kills (default 1)
  --keep         keep the work folder: logs of every process, what was read

Uses DUESTREAM_KAFKA where it is set, else a broker of its own. DUESTREAM_BIN names the binary.
Exit code 0: the books are right; 1: not so; 2: the kills could not be made; 77: skipped.
TEXT
}

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/support/stack.bash
. "$here/../support/stack.bash"

options=()
while (($#)); do
  case $1 in
    --keep) keep=yes ;;
    --kills | --invoices | --seed) options+=("$1=${2?"$1 needs a value"}"); shift ;;
    -h | --help) usage; trap - EXIT; exit 0 ;;
    *) due_fail "unknown argument: $1 (--help lists them)" ;;
  esac
  shift
done

due_binary
due_work register
due_stack kafka
python3 -B "$here/register_kills.py" --duestream "$duestream" --kafka "$DUESTREAM_KAFKA" --prefix "register$$." --work "$work" "${options[@]}"
