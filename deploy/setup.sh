#!/usr/bin/env bash
# Installs what duestream needs to be built (--runtime) or built and tested (--test). Safe to repeat: what is there is left alone.
set -euo pipefail

usage() {
  cat <<'TEXT'
deploy/setup.sh [--runtime | --stack | --unit | --test]

Prepares a Debian 12 or 13 machine. Run it again at any time: it looks first, and changes nothing that is already right.

  --runtime   (default) compiler, CMake, libraries, librdkafka 2.8, libpqxx 7.10: enough to build and run duestream.
              No Java and no database.
  --stack     the same, and what deploy/local/stack.sh needs: PostgreSQL, Java 17 or newer, Apache Kafka 4.1.
  --unit      as --runtime, and what the tests without a server need: GoogleTest, RapidCheck.
  --test      all of these: what the tests need.

It needs root or a sudo that asks no password, but only when a Debian package is missing. It never asks a question.

Where Debian's librdkafka is older than 2.8 or its libpqxx than 7.10 (Debian 12), Debian 13's source packages are built: about a
minute each on two cores. The machine's own package sources are read to find its mirror, and not changed.

Environment:
  DUESTREAM_DEPS         where librdkafka, libpqxx and Kafka are put; default: ~/.cache/duestream
  DUESTREAM_DEBIAN_URI   the Debian mirror to take source packages from; default: the one this machine uses
TEXT
}

readonly rdkafka_version=2.8.0 pqxx_version=7.10.0 kafka_version=4.1.0 log4j_version=2.24.3
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
deps=${DUESTREAM_DEPS:-${HOME:?set HOME or DUESTREAM_DEPS}/.cache/duestream}
readonly kafka_home=$deps/kafka-$kafka_version

readonly build_packages=(g++ cmake ninja-build ccache mold pkg-config)
readonly library_packages=(librocksdb-dev libsimdjson-dev libcli11-dev libtomlplusplus-dev libyaml-cpp-dev libspdlog-dev libfmt-dev libjemalloc-dev libxxhash-dev
  prometheus-cpp-dev libcpp-httplib-dev
  libssl-dev liblzma-dev libpq-dev)
# What librdkafka is built and linked with.
readonly rdkafka_packages=(zlib1g-dev liblz4-dev libzstd-dev libsasl2-dev libcurl4-openssl-dev libssl-dev)
readonly unit_packages=(libgtest-dev libgmock-dev librapidcheck-dev libbenchmark-dev git python3 python3-jsonschema python3-yaml tzdata)
readonly stack_packages=(postgresql python3)
readonly test_packages=(python3-confluent-kafka valgrind)

started=${EPOCHREALTIME/[.,]/} work=""
cleanup() { if [[ -n $work ]]; then rm -rf -- "$work"; fi; }
trap cleanup EXIT

seconds_since() { local now=${EPOCHREALTIME/[.,]/} ms; ms=$(((now - $1) / 1000)); printf '%d.%d s' $((ms / 1000)) $((ms % 1000 / 100)); }
say() { printf 'setup: %s\n' "$*"; }
fail() { printf 'setup: failed: %s\n' "$1" >&2; shift; printf '       %s\n' "$@" >&2; exit 1; }

# step "what" function: runs it, says how long it took; its output is shown only when it fails.
step() {
  local what=$1 from=${EPOCHREALTIME/[.,]/} log
  shift
  say "$what ..."
  log=$(mktemp "${TMPDIR:-/tmp}/duestream-setup.XXXXXX")
  # Not in a condition: bash would switch `set -e` off inside.
  set +e
  (set -e; "$@") >"$log" 2>&1 </dev/null
  local code=$?
  set -e
  if ((code != 0)); then
    tail -n 40 "$log" >&2
    fail "$what (the whole log: $log)" "Read the lines above. A mirror that was away for a moment is cured by running this again."
  fi
  rm -f -- "$log"
  say "$what: done in $(seconds_since "$from")"
}

# --- Debian packages -------------------------------------------------------------------------------------------------------------

missing_packages() {
  # db:Status-Status is "installed" for what is there; unknown names print nothing, so they count as missing.
  local have
  # shellcheck disable=SC2016  # the ${...} are dpkg-query's own fields
  have=$(dpkg-query -W -f='${db:Status-Status} ${Package}\n' "$@" 2>/dev/null | sed -n 's/^installed //p' || true)
  printf '%s\n' "$@" | sort -u | grep -vxF -f <(printf '%s\n' "$have" | sed '/^$/d') || true
}

as_root() { if ((EUID == 0)); then "$@"; else sudo -n "$@"; fi; }

apt_install() {
  local -a apt=(env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=600 -q -y)
  # Lists may be absent or too old to fetch from: refresh them only then.
  if ! as_root "${apt[@]}" install --no-install-recommends "$@"; then
    as_root "${apt[@]}" update
    as_root "${apt[@]}" install --no-install-recommends "$@"
  fi
}

ensure_packages() {
  local -a missing
  mapfile -t missing < <(missing_packages "$@")
  if ((${#missing[@]} == 0)); then
    say "Debian packages: all there"
    return
  fi
  if ((EUID != 0)) && ! sudo -n true 2>/dev/null; then
    fail "these Debian packages are missing: ${missing[*]}" "Installing them needs root. Run, as root:" \
      "  apt-get update && apt-get install -y ${missing[*]}" "then this command again."
  fi
  step "installing ${#missing[@]} Debian packages (${missing[*]})" apt_install "${missing[@]}"
}

# --- librdkafka and libpqxx: Debian 13's, built from source where Debian's own are too old ------------------------------------------

# packaged DEV_PACKAGE VERSION: is it installed, new enough?
packaged() {
  local version
  # shellcheck disable=SC2016
  version=$(dpkg-query -W -f='${db:Status-Status} ${Version}' "$1" 2>/dev/null || true)
  [[ $version == "installed "* ]] && dpkg --compare-versions "${version#installed }" ge "$2"
}

# The mirror this machine uses, whichever way its sources are written (deb822, one-line, mirror lists): asked from apt itself,
# which answers before the first `apt-get update` too.
debian_mirror() {
  if [[ -n ${DUESTREAM_DEBIAN_URI:-} ]]; then
    printf '%s\n' "${DUESTREAM_DEBIAN_URI%/}"
    return
  fi
  apt-get --print-uris update 2>/dev/null |
    sed -nE "s,^'(.+)/dists/(${codename}|trixie|oldstable|stable)/(In)?Release.*,\\1,p" | head -n 1
}

# fetch_source PACKAGE MIRROR
fetch_source() {
  local mirror=$2 keyring=/usr/share/keyrings/debian-archive-keyring.gpg signed="" own=$work/apt
  if [[ -e $keyring ]]; then signed="[signed-by=$keyring] "; fi
  mkdir -p "$own"/lists/partial "$own"/cache/archives/partial "$own"/parts "$work"/source
  printf 'deb-src %s%s trixie main\n' "$signed" "$mirror" >"$own/sources.list"
  # An apt of our own beside the machine's: its sources, lists and pins are neither read nor written.
  local -a apt=(apt-get -q -o "Dir::Etc::sourcelist=$own/sources.list" -o "Dir::Etc::sourceparts=$own/parts"
    -o "Dir::State::lists=$own/lists" -o "Dir::Cache=$own/cache" -o Dir::Etc::preferencesparts=/nonexistent
    -o APT::Update::Post-Invoke::= -o APT::Sandbox::User=)
  "${apt[@]}" -o Acquire::Languages=none update
  cd "$work/source"
  "${apt[@]}" source --only-source "$1"
}

# build_source PACKAGE PREFIX CMAKE_OPTION...
build_source() {
  local tree package=$1 prefix=$2
  shift 2
  tree=$(find "$work/source" -mindepth 1 -maxdepth 1 -type d -name "$package-*" | head -n 1)
  cmake -S "$tree" -B "$work/build-$package" -G Ninja -DCMAKE_BUILD_TYPE=RelWithDebInfo -DCMAKE_INSTALL_PREFIX="$prefix" \
    -DCMAKE_INSTALL_LIBDIR=lib "$@"
  cmake --build "$work/build-$package" -j "$(nproc)"
  # Installed aside and moved into place in one go: an interrupted run leaves no half prefix that a later one would trust.
  DESTDIR=$work/stage cmake --install "$work/build-$package"
  mkdir -p "$deps"
  rm -rf -- "${prefix:?}"
  mv -- "$work/stage$prefix" "$prefix"
}

# One set-up at a time builds into the prefixes; a second one waits, and then finds them there. Called before building, not before
# looking, so that a prefix which somebody else prepared may be read-only.
prepare_to_build() {
  if [[ -n $work ]]; then return; fi
  if ! mkdir -p "$deps" || [[ ! -w $deps ]]; then
    fail "cannot write to $deps" "Name a folder of your own: DUESTREAM_DEPS=<folder> deploy/setup.sh" "and set it for the build and the tests, too."
  fi
  exec 9>"$deps/.setup.lock"
  flock 9
  work=$(mktemp -d "${TMPDIR:-/tmp}/duestream-setup.XXXXXX")
  # apt downloads as a user of its own.
  chmod 755 "$work"
}

# ensure_library PACKAGE VERSION FILE CMAKE_OPTION...: FILE, in the prefix, is there once it is built.
ensure_library() {
  local package=$1 version=$2 prefix=$deps/$1-$2 file=$deps/$1-$2/$3 mirror
  shift 3
  if [[ -e $file ]]; then
    say "$package $version: there ($prefix)"
    return
  fi
  if packaged "$package-dev" "$version"; then
    say "$package: there (Debian's package)"
    return
  fi
  if ((debian >= 13)); then
    ensure_packages "$package-dev"
    return
  fi
  ensure_packages "${build_packages[@]}" "${rdkafka_packages[@]}" libpq-dev dpkg-dev
  mirror=$(debian_mirror)
  if [[ -z $mirror ]]; then
    fail "this machine's apt configuration names no Debian mirror for $codename" \
      "Say where to take Debian 13's $package from: DUESTREAM_DEBIAN_URI=<mirror, as in sources.list> deploy/setup.sh"
  fi
  prepare_to_build
  if [[ -e $file ]]; then return; fi
  step "fetching Debian 13's $package source from $mirror" fetch_source "$package" "$mirror"
  step "building $package into $prefix" build_source "$package" "$prefix" "$@"
}

# --- Java and Kafka, for the local stack -------------------------------------------------------------------------------------------------

java_major() { java -version 2>&1 | sed -nE '1s/.*version "([0-9]+).*/\1/p'; }

java_packages() {
  local major=0
  if command -v java >/dev/null; then major=$(java_major); fi
  if ((${major:-0} < 17)); then echo default-jre-headless; fi
  if ! command -v mvn >/dev/null; then echo maven; fi
}

fetch_kafka() {
  mkdir -p "$work/kafka"
  cat >"$work/kafka/pom.xml" <<XML
<project>
  <modelVersion>4.0.0</modelVersion>
  <groupId>duestream</groupId> <artifactId>kafka-for-tests</artifactId> <version>1</version> <packaging>pom</packaging>
  <dependencies>
    <dependency><groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>$kafka_version</version></dependency>
    <dependency><groupId>org.apache.kafka</groupId><artifactId>kafka-tools</artifactId><version>$kafka_version</version></dependency>
    <dependency><groupId>org.apache.logging.log4j</groupId><artifactId>log4j-slf4j-impl</artifactId><version>$log4j_version</version></dependency>
    <dependency><groupId>org.apache.logging.log4j</groupId><artifactId>log4j-core</artifactId><version>$log4j_version</version></dependency>
  </dependencies>
</project>
XML
  mvn -q -B -f "$work/kafka/pom.xml" dependency:copy-dependencies -DoutputDirectory="$work/kafka/lib" -DincludeScope=runtime
  [[ -e $work/kafka/lib/kafka_2.13-$kafka_version.jar ]]
  mkdir -p "$kafka_home"
  rm -rf -- "${kafka_home:?}/lib"
  mv -- "$work/kafka/lib" "$kafka_home/lib"
}

# One start of Kafka that leaves its loaded classes in a file: every later start then needs half the CPU. Tests start it often.
archive_kafka_classes() {
  local stack=$here/local/stack.sh pid
  DUESTREAM_KAFKA_JAVA="-XX:ArchiveClassesAtExit=$work/classes.jsa" "$stack" up --no-postgres --dir "$work/stack" 9>&-
  pid=$(cat "$work/stack/kafka-1/pid")
  kill "$pid"
  for ((i = 0; i < 600; i++)); do if [[ ! -e /proc/$pid ]]; then break; fi; sleep 0.1; done
  "$stack" down --dir "$work/stack"
  mv -- "$work/classes.jsa" "$kafka_home/classes.jsa"
}

kafka_there() { [[ -e $kafka_home/lib/kafka_2.13-$kafka_version.jar ]]; }

ensure_kafka() {
  if kafka_there; then
    say "Apache Kafka $kafka_version: there ($kafka_home)"
  else
    prepare_to_build
  fi
  if ! kafka_there; then
    step "fetching Apache Kafka $kafka_version with Maven into $kafka_home" fetch_kafka
  fi
  # Made for one build of Java; after an update of that, made again.
  local java
  java=$(readlink -f "$(command -v java)")
  if [[ -w $kafka_home ]] && [[ ! -e $kafka_home/classes.jsa || $java -nt $kafka_home/classes.jsa ]]; then
    prepare_to_build
    rm -f -- "$kafka_home/classes.jsa"
    step "starting Kafka once, to make its later starts quick" archive_kafka_classes
  fi
}

# -----------------------------------------------------------------------------------------------------------------------------------

mode=runtime
for argument in "$@"; do
  case $argument in
    --runtime) mode=runtime ;;
    --stack) mode=stack ;;
    --unit) mode=unit ;;
    --test) mode="test" ;;
    -h | --help) usage; exit 0 ;;
    *) fail "unknown argument: $argument" "deploy/setup.sh --help lists them." ;;
  esac
done

# shellcheck source=/dev/null
if ! . /etc/os-release 2>/dev/null || [[ ${ID:-} != debian ]]; then
  fail "this is not Debian (${PRETTY_NAME:-unknown})" "Only Debian 12 and 13 are supported and tested." \
    "Elsewhere: install the packages named at the top of deploy/setup.sh, librdkafka 2.8 and libpqxx 7.10, or newer, by hand."
fi
debian=${VERSION_ID:-0} codename=${VERSION_CODENAME:-}
if ((debian < 12)); then fail "Debian $debian is too old" "Debian 12 (bookworm) or 13 (trixie) is needed."; fi

say "Debian $debian, --$mode; nothing that is already there is changed"
packages=("${build_packages[@]}" "${library_packages[@]}" "${rdkafka_packages[@]}")
if [[ $mode == unit || $mode == test ]]; then packages+=("${unit_packages[@]}"); fi
if [[ $mode == test ]]; then packages+=("${test_packages[@]}"); fi
if [[ $mode == stack || $mode == test ]]; then
  mapfile -t java < <(java_packages)
  packages+=("${stack_packages[@]}" "${java[@]}")
fi
ensure_packages "${packages[@]}"
ensure_library librdkafka "$rdkafka_version" lib/librdkafka.so -DRDKAFKA_BUILD_EXAMPLES=OFF -DRDKAFKA_BUILD_TESTS=OFF \
  -DWITH_SSL=ON -DWITH_SASL=ON -DWITH_ZSTD=ON -DENABLE_LZ4_EXT=ON
ensure_library libpqxx "$pqxx_version" lib/libpqxx.so -DSKIP_BUILD_TEST=ON -DBUILD_SHARED_LIBS=ON -DCMAKE_CXX_STANDARD=20
if [[ $mode == stack || $mode == test ]]; then ensure_kafka; fi
say "ready in $(seconds_since "$started")"
