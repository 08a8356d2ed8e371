#!/usr/bin/env bash
# duestream and its Kafka Streams peer on the same broker, the same topics, one after the other, as often as asked; figures of
# both, and every decision of one compared with the other's.
set -euo pipefail

usage() {
  cat <<'TEXT'
tests/bench/engine/run.sh [options]

  --pairs N          runs of each side, alternating A B, A B (default 1; the real thing: 5)
  --events N         unique events (default 300000, for a try; the real thing: 3000000); 1 % duplicates come on top
  --customers N      default 100000
  --json             the last line is one JSON object
  --keep             keep the work folder (logs, state)
  --sides A,B        of duestream, peer, reference; default duestream,peer. The ratio is A : B
  --reference DIR    the reference program in DIR is side B, or use it in --sides
  --peer-java PATH   JVM of the peer (default: the newest under /usr/lib/jvm, else java)
  --peer-opts 'O'    its options (default -Xms1g -Xmx1g -XX:+UseParallelGC)
  --peer-threads N, --peer-commit-ms N
                     default 2 and 100
  --engine-args 'A'  further arguments of `duestream run`
  --limit-s N        gives up a run after N seconds (default 3600)

Uses DUESTREAM_KAFKA (one local broker, or its CPU is not known) or starts a broker of its own; DUESTREAM_BIN names the binary.
On the broker it deletes every topic that begins with "bench." or "bench-".
Exit code 0: all decisions equal (against the reference: but for the last place of a ratio), 1: they differ, 2: not measured, 77: no binary.
TEXT
}

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/support/stack.bash
. "$here/../../support/stack.bash"

sides="" reference="" peer_java="" json=no options=()
while (($#)); do
  case $1 in
    --json) json=yes ;;
    --keep) keep=yes ;;
    --sides) sides=${2:?"--sides needs A,B"}; shift ;;
    --reference) reference=${2:?"--reference needs a folder"}; shift ;;
    --peer-java) peer_java=${2:?"--peer-java needs a path"}; shift ;;
    --pairs | --events | --customers | --peer-opts | --peer-threads | --peer-commit-ms | --engine-args | --limit-s)
      options+=("$1" "${2?"$1 needs a value"}"); shift ;;
    -h | --help) usage; trap - EXIT; exit 0 ;;
    *) due_fail "unknown argument: $1 (--help lists them)" ;;
  esac
  shift
done
if [[ -z $sides ]]; then sides=duestream,${reference:+reference}; sides=${sides/%,/,peer}; fi
if [[ ,$sides, == *,reference,* && -z $reference ]]; then due_fail "--sides $sides needs --reference DIR"; fi
if [[ -z $peer_java ]]; then
  for java in /usr/lib/jvm/*/bin/java; do
    if [[ -x $java ]]; then
      version=$(basename "$(dirname "$(dirname "$java")")" | grep -oE '[0-9]+' | head -n 1 || true)
      if ((${version:-0} > ${newest:-16})); then newest=$version peer_java=$java; fi
    fi
  done
  peer_java=${peer_java:-java}
fi

due_work bench
module=$here/../peers/kafka_streams
if [[ ! -d $module/target/lib || -n $(find "$module/src/main" "$module/pom.xml" -newer "$module/target/classes" -type f -print -quit) ]]; then
  (cd "$module" && mvn -q -B -Dstyle.color=never package -DskipTests) >&2 || due_fail "the peer does not build"
fi
if [[ -n $reference ]]; then
  [[ -r $reference/pom.xml ]] || due_fail "no pom.xml in $reference"
  cp -r -- "$reference" "$work/reference"  # it may be read-only
  chmod -R u+w "$work/reference"
  (cd "$work/reference" && mvn -q -B -Dstyle.color=never package) >&2 || due_fail "the reference does not build"
  options+=(--reference-classes "$work/reference/target")
fi
if [[ ,$sides, == *,duestream,* ]]; then due_binary; options+=(--duestream "$duestream"); fi
due_stack kafka

java -Xmx2g -XX:+UseSerialGC -cp "$module/target/classes:$module/target/lib/*" duestream.bench.Bench pairs --kafka "$DUESTREAM_KAFKA" \
  --sides "$sides" --work "$work" --classes "$module/target" --peer-java "$peer_java" --json "$json" "${options[@]}"
