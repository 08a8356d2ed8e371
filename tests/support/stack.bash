# Sourced by the tests that need servers: a broker (and PostgreSQL) of their own, a work folder, and their end.
#
#   due_work NAME            $work: a new folder, removed at the end unless keep=yes
#   due_stack PART...        kafka, postgres: as DUESTREAM_KAFKA and DUESTREAM_POSTGRES name them, else a stack of our own that ends with us;
#                            further words, "--brokers 3" say, are handed to stack.sh
#   due_binary               $duestream: DUESTREAM_BIN, else the release build; exit 77 where there is none
#   due_shared FILE          $shared/FILE exists, with shared = DUESTREAM_SHARED or the folder beside the project; else exit 77
#   due_at_end COMMAND...    run at the end, last one first, however the script ends
#
# Exit code 77 is "skipped", as ctest and automake read it.

due_top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
keep=${keep:-no}
due_ends=()

due_skip() { printf 'skipped: %s\n' "$*"; exit 77; }
due_fail() { printf 'failed: %s\n' "$*" >&2; exit 2; }

due_at_end() { due_ends+=("$(printf '%q ' "$@")"); }
due_end() {
  local code=$? i
  trap - EXIT INT TERM
  for ((i = ${#due_ends[@]} - 1; i >= 0; i--)); do eval "${due_ends[i]}" || true; done
  exit "$code"
}
trap due_end EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

due_remove_work() { if [[ $keep == yes ]]; then echo "kept: $work" >&2; else rm -rf -- "$work"; fi; }

due_work() {
  work=$(mktemp -d "${TMPDIR:-/tmp}/duestream-$1.XXXXXX")
  chmod 711 "$work"  # PostgreSQL may run as another user and must pass through
  due_at_end due_remove_work
}

due_stack_down() { "$1" down --dir "$work/stack" >&2; }

due_stack() {
  local part kafka=no postgres=no options=()
  for part in "$@"; do
    case $part in
      kafka) if [[ -z ${DUESTREAM_KAFKA:-} ]]; then kafka=yes; fi ;;
      postgres) if [[ -z ${DUESTREAM_POSTGRES:-} ]]; then postgres=yes; fi ;;
      *) options+=("$part") ;;
    esac
  done
  if [[ $kafka == no && $postgres == no ]]; then return; fi
  if [[ $kafka == no ]]; then options+=(--no-kafka); fi
  if [[ $postgres == no ]]; then options+=(--no-postgres); fi
  local stack=${DUESTREAM_STACK:-$due_top/deploy/local/stack.sh} settings
  due_at_end due_stack_down "$stack"
  "$stack" up --dir "$work/stack" "${options[@]}" >&2 || due_fail "the local stack did not start"
  settings=$("$stack" env --dir "$work/stack")
  eval "$settings"
}

due_binary() {
  duestream=${DUESTREAM_BIN:-$due_top/build/release/bin/duestream}
  [[ -x $duestream ]] || due_skip "no binary at ${duestream#"$due_top"/} (cmake --workflow --preset release, or DUESTREAM_BIN)"
}

due_shared() {
  local beside
  beside=$(cd "$due_top/.." && pwd)/shared
  shared=${DUESTREAM_SHARED:-$beside}
  [[ -r $shared/$1 ]] || due_skip "$1 is not in the shared data folder (DUESTREAM_SHARED, or ../shared)"
}
