#!/usr/bin/env bash
# A real Kafka (KRaft) and a real PostgreSQL on free loopback ports, in one folder, gone without a trace when told so.
set -euo pipefail

usage() {
  cat <<'TEXT'
deploy/local/stack.sh up | down | status | env  [options]

  up       start what is not running yet; after a crash, start it again on the same ports with the same data
  down     stop both and delete the folder; says so when there is nothing to stop
  status   one line per process; exit code 0 when everything runs, 1 otherwise
  env      print what a client needs, to be used as: eval "$(deploy/local/stack.sh env)"
             DUESTREAM_KAFKA       127.0.0.1:PORT, or three of them, comma-separated
             DUESTREAM_POSTGRES    postgresql://duestream@127.0.0.1:PORT/duestream (a superuser: create what you need)

  --dir DIR            where everything lives; default ${XDG_RUNTIME_DIR:-/tmp}/duestream-stack-UID.
                       Stacks in different folders do not know of each other.
  --brokers 1|3        how many Kafka brokers (default 1). Three: replication 3, min.insync.replicas 2.
  --no-postgres, --no-kafka
                       only the other one
  --secure             beside the open port, two where rights count: SASL (SCRAM-SHA-512), and SASL over TLS; whoever comes by the
                       open port may do everything. env prints, too:
             DUESTREAM_KAFKA_SASL, DUESTREAM_KAFKA_TLS    their addresses
             DUESTREAM_KAFKA_CA                           the certificate that signed the brokers'
             DUESTREAM_KAFKA_PASSWORDS                    a folder: one file per user, duestream-processor and so on, its password inside
  --advertise PORT     what the broker tells clients to connect to, for a proxy between them: clients reach PORT, the proxy
                       reaches DUESTREAM_KAFKA_DIRECT (printed by env). With three brokers: three ports, comma-separated.

Process ids and logs, for tests that kill and for people who look:
  DIR/kafka-1/pid  DIR/kafka-1/log  DIR/postgres/pid  DIR/postgres/log
DUESTREAM_KAFKA_JAVA holds further options for the broker's java, if any.
Needs what deploy/setup.sh --stack installs. As root, PostgreSQL runs as the user postgres, because it refuses to run as root.
Nothing here survives a power cut: PostgreSQL runs with fsync off. It survives kill -9.
TEXT
}

readonly ready_seconds=120  # a loaded machine takes its time; one that died is reported at once
readonly -a secure_users=(processor sink producer auditor deployer)
kafka_home=${DUESTREAM_DEPS:-${HOME:-}/.cache/duestream}/kafka-4.1.0 kafka_lib=$kafka_home/lib
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

say() { printf 'stack: %s\n' "$*"; }
fail() { printf 'stack: failed: %s\n' "$1" >&2; shift; if (($#)); then printf '       %s\n' "$@" >&2; fi; exit 1; }

# --- processes -------------------------------------------------------------------------------------------------------------------

# pid_of PART: its process id, if it runs and is ours. A pid file outlives a crash, and the number may belong to someone else by
# now, so the command line must name our own folder.
pid_of() {
  local part=$1 pid argument want
  pid=$(cat "$dir/$part/pid" 2>/dev/null) || return 1
  [[ $pid =~ ^[0-9]+$ ]] || return 1
  if [[ $part == postgres ]]; then want=$(postgres_home)/data; else want=$dir/$part/server.properties; fi
  while IFS= read -r -d '' argument; do
    if [[ $argument == "$want" ]]; then echo "$pid"; return 0; fi
  done 2>/dev/null <"/proc/$pid/cmdline"
  return 1
}

# stop PART SIGNAL: and waits until it is gone.
stop() {
  local part=$1 signal=$2 pid
  pid=$(pid_of "$part") || return 0
  kill -s "$signal" "$pid" 2>/dev/null || true
  for ((i = 0; i < 100; i++)); do
    if ! pid_of "$part" >/dev/null; then return 0; fi
    sleep 0.05
  done
  kill -s KILL "$pid" 2>/dev/null || true
  for ((i = 0; i < 100; i++)); do
    if ! pid_of "$part" >/dev/null; then return 0; fi
    sleep 0.05
  done
  fail "$part (pid $pid) does not go away, not even by kill -9" "Look at it with: ps -o pid,stat,wchan,cmd -p $pid"
}

show_log() { if [[ -s $1 ]]; then printf -- '--- the end of %s\n' "$1" >&2; tail -n 25 "$1" >&2; printf -- '---\n' >&2; fi; }

# --- settings: chosen by the first `up`, kept in the folder, so that the second finds the same ports ----------------------------------

load_settings() {
  brokers=0 postgres=0 secure=0 cluster_id="" postgres_port=0
  kafka_ports=() internal_ports=() controller_ports=() sasl_ports=() tls_ports=() advertised=()
  # shellcheck source=/dev/null
  if [[ -e $dir/settings ]]; then . "$dir/settings"; fi
}

choose_settings() {
  brokers=$want_brokers postgres=$want_postgres secure=$want_secure
  local -a ports
  read -r -a ports < <(python3 "$here/free_ports.py" $((5 * brokers + 1)))
  kafka_ports=("${ports[@]:0:brokers}") internal_ports=("${ports[@]:brokers:brokers}")
  controller_ports=("${ports[@]:2*brokers:brokers}") postgres_port=${ports[5*brokers]}
  sasl_ports=("${ports[@]:3*brokers:brokers}") tls_ports=("${ports[@]:4*brokers:brokers}")
  advertised=("${kafka_ports[@]}")
  if [[ -n $want_advertise ]]; then IFS=, read -r -a advertised <<<"$want_advertise"; fi
  # Kafka's own form: 16 random bytes, base64url without padding; it must not begin with a dash.
  cluster_id=A$(head -c 16 /dev/urandom | base64 | tr '+/' '-_' | cut -c 2-22)
  declare -p brokers postgres secure sasl_ports tls_ports kafka_ports internal_ports controller_ports advertised postgres_port cluster_id |
    sed "s/^declare /declare -g /" >"$dir/settings.new"  # -g: they are read back inside a function
  mv "$dir/settings.new" "$dir/settings"
}

# --- Kafka -----------------------------------------------------------------------------------------------------------------------

# What --secure needs: a certificate authority, a key and certificate for the brokers, a password for every user.
write_secrets() {
  local home=$dir/secure user
  if [[ -e $home/done ]]; then return; fi
  umask 077
  mkdir -p "$home/passwords"
  openssl req -x509 -newkey rsa:2048 -nodes -days 3650 -subj "/CN=duestream local stack" -keyout "$home/ca.key" -out "$home/ca.pem"
  openssl req -newkey rsa:2048 -nodes -subj "/CN=127.0.0.1" -keyout "$home/broker.key" -out "$home/broker.csr"
  openssl x509 -req -in "$home/broker.csr" -CA "$home/ca.pem" -CAkey "$home/ca.key" -CAcreateserial -days 3650 -out "$home/broker.crt" \
    -extfile <(echo "subjectAltName=IP:127.0.0.1,DNS:localhost")
  cat "$home/broker.key" "$home/broker.crt" >"$home/broker.pem"
  for user in "${secure_users[@]}"; do openssl rand -hex 16 >"$home/passwords/duestream-$user"; done
  touch "$home/done"
}

secure_properties() {
  cat <<CONF
sasl.enabled.mechanisms=SCRAM-SHA-512
listener.name.sasl.scram-sha-512.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;
listener.name.tls.scram-sha-512.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;
ssl.keystore.type=PEM
ssl.keystore.location=$dir/secure/broker.pem
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
allow.everyone.if.no.acl.found=false
super.users=User:ANONYMOUS
CONF
}

# The users, as arguments for Kafka's format tool.
secure_format() {
  local user
  if ((!secure)); then return; fi
  for user in "${secure_users[@]}"; do
    printf -- '--add-scram\nSCRAM-SHA-512=[name=duestream-%s,password=%s]\n' "$user" "$(cat "$dir/secure/passwords/duestream-$user")"
  done
}

write_kafka_files() {
  local n=$1 home=$dir/kafka-$1 voters="" i copies=$((brokers == 3 ? 3 : 1)) in_sync=$((brokers == 3 ? 2 : 1)) more="" protocols=""
  for ((i = 1; i <= brokers; i++)); do voters+=${voters:+,}$i@127.0.0.1:${controller_ports[i-1]}; done
  mkdir -p "$home"
  if ((secure)); then
    more=,SASL://127.0.0.1:${sasl_ports[n-1]},TLS://127.0.0.1:${tls_ports[n-1]}
    protocols=,SASL:SASL_PLAINTEXT,TLS:SASL_SSL
  fi
  # INTERNAL beside PLAINTEXT: what the broker sends to itself must not go through a proxy that clients are sent to.
  cat >"$home/server.properties" <<CONF
process.roles=broker,controller
node.id=$n
controller.quorum.voters=$voters
controller.listener.names=CONTROLLER
listeners=PLAINTEXT://127.0.0.1:${kafka_ports[n-1]},INTERNAL://127.0.0.1:${internal_ports[n-1]},CONTROLLER://127.0.0.1:${controller_ports[n-1]}$more
advertised.listeners=PLAINTEXT://127.0.0.1:${advertised[n-1]},INTERNAL://127.0.0.1:${internal_ports[n-1]}$more
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,INTERNAL:PLAINTEXT,CONTROLLER:PLAINTEXT$protocols
inter.broker.listener.name=INTERNAL
log.dirs=$home/data
auto.create.topics.enable=false
default.replication.factor=$copies
min.insync.replicas=$in_sync
offsets.topic.replication.factor=$copies
offsets.topic.num.partitions=8
transaction.state.log.replication.factor=$copies
transaction.state.log.min.isr=$in_sync
transaction.state.log.num.partitions=8
share.coordinator.state.topic.replication.factor=$copies
share.coordinator.state.topic.min.isr=$in_sync
share.coordinator.state.topic.num.partitions=1
# Tests: no wait for more members at the first join, short sessions allowed, transactions may stay open for an hour.
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
transaction.max.timeout.ms=3600000
transaction.abort.timed.out.transaction.cleanup.interval.ms=1000
# A broker that was killed may not register again before its old session ends (default 9 s).
broker.session.timeout.ms=4000
broker.heartbeat.interval.ms=500
CONF
  if ((secure)); then secure_properties >>"$home/server.properties"; fi
  cat >"$home/log4j2.xml" <<'XML'
<Configuration status="warn">
  <Appenders><Console name="out"><PatternLayout pattern="%d{HH:mm:ss.SSS} %p %c{1}: %m%n"/></Console></Appenders>
  <Loggers><Root level="info"><AppenderRef ref="out"/></Root></Loggers>
</Configuration>
XML
}

start_broker() {
  local home=$dir/kafka-$1
  local -a heap=(-Xms512m -Xmx1g) archive=() extra users
  if ((brokers == 3)); then heap=(-Xms256m -Xmx512m); fi
  # deploy/setup.sh keeps Kafka's loaded classes in a file: half the CPU of a start. Java ignores one that does not fit.
  if [[ -e $kafka_home/classes.jsa ]]; then archive=("-XX:SharedArchiveFile=$kafka_home/classes.jsa"); fi
  read -r -a extra <<<"${DUESTREAM_KAFKA_JAVA:-}"
  if [[ ! -e $home/formatted ]]; then
    rm -rf -- "$home/data"
    mapfile -t users < <(secure_format)
    java "${archive[@]}" -XX:TieredStopAtLevel=1 -Dlog4j2.configurationFile="$home/log4j2.xml" -cp "$kafka_lib/*" \
      kafka.tools.StorageTool format -t "$cluster_id" -c "$home/server.properties" "${users[@]}" >"$home/log" 2>&1 </dev/null || return 1
    touch "$home/formatted"
  fi
  setsid java "${heap[@]}" -XX:+UseG1GC "${archive[@]}" "${extra[@]}" -Dlog4j2.configurationFile="$home/log4j2.xml" -cp "$kafka_lib/*" \
    kafka.Kafka "$home/server.properties" >>"$home/log" 2>&1 </dev/null {lock}>&- &
  echo $! >"$home/pid"
}

up_kafka() {
  local n from=$EPOCHSECONDS
  if ((secure)); then (write_secrets) 2>"$dir/secure.log" || return 1; fi
  for ((n = 1; n <= brokers; n++)); do
    if pid_of "kafka-$n" >/dev/null; then continue; fi
    write_kafka_files "$n"
    start_broker "$n" || return 1
  done
  # In slices, so that a broker that died is reported at once and not after the whole wait.
  while ! python3 "$here/kafka_ready.py" 1 "${kafka_ports[@]}" 2>/dev/null; do
    for ((n = 1; n <= brokers; n++)); do pid_of "kafka-$n" >/dev/null || return 1; done
    if ((EPOCHSECONDS - from > ready_seconds)); then return 1; fi
  done
}

# --- PostgreSQL ------------------------------------------------------------------------------------------------------------------

postgres_bin() {
  local newest
  newest=$(find /usr/lib/postgresql -maxdepth 3 -path '*/bin/postgres' 2>/dev/null | sort -V | tail -n 1)
  if [[ -n $newest ]]; then dirname "$newest"; elif newest=$(command -v postgres); then dirname "$newest"; fi
}

# Where the cluster really is: in our folder, or elsewhere when that cannot be reached by the user postgres (below a home of
# root's, say) or its name is too long for a unix socket.
postgres_home() { cat "$dir/postgres/home" 2>/dev/null || echo "$dir/postgres"; }

as_postgres() { if ((EUID == 0)); then setpriv --reuid=postgres --regid=postgres --init-groups -- "$@"; else "$@"; fi; }

choose_postgres_home() {
  local home
  mkdir -p "$dir/postgres"
  if ((EUID == 0)); then chown postgres:postgres "$dir/postgres"; fi
  if [[ -e $dir/postgres/home ]]; then return; fi
  home=$dir/postgres
  if ((${#dir} > 70)) || ! as_postgres test -w "$dir/postgres"; then
    home=$(as_postgres mktemp -d /tmp/duestream-postgres.XXXXXX)
  fi
  echo "$home" >"$dir/postgres/home"
}

start_postgres() {
  local home bin=$1 log=$dir/postgres/log
  home=$(postgres_home)
  if [[ ! -e $dir/postgres/initialised ]]; then
    rm -rf -- "$home/data"
    (cd / && as_postgres "$bin/initdb" -D "$home/data" -U duestream --auth=trust --encoding=UTF8 --locale=C --no-sync) \
      >"$log" 2>&1 </dev/null || return 1
    touch "$dir/postgres/initialised"
  fi
  # Its lock file names a process that may be gone; ours does not run, that was asked before.
  rm -f -- "$home/data/postmaster.pid"
  cd /
  if ((EUID == 0)); then
    setsid setpriv --reuid=postgres --regid=postgres --init-groups -- "$bin/postgres" -D "$home/data" -p "$postgres_port" \
      -c listen_addresses=127.0.0.1 -c "unix_socket_directories=$home" -c fsync=off -c max_connections=200 \
      >>"$log" 2>&1 </dev/null {lock}>&- &
  else
    setsid "$bin/postgres" -D "$home/data" -p "$postgres_port" \
      -c listen_addresses=127.0.0.1 -c "unix_socket_directories=$home" -c fsync=off -c max_connections=200 \
      >>"$log" 2>&1 </dev/null {lock}>&- &
  fi
  echo $! >"$dir/postgres/pid"
}

up_postgres() {
  local bin attempt from=$EPOCHSECONDS
  if pid_of postgres >/dev/null; then return 0; fi
  bin=$(postgres_bin)
  choose_postgres_home
  for attempt in 1 2 3 4 5; do
    start_postgres "$bin" || return 1
    while ((EPOCHSECONDS - from <= ready_seconds)); do
      # A real request; the database is made by the first one that gets through.
      if "$bin/psql" -qAtX "$(postgres_uri postgres)" -c "select 1" >/dev/null 2>&1; then
        if [[ $("$bin/psql" -qAtX "$(postgres_uri postgres)" -c "select count(*) from pg_database where datname = 'duestream'") == 0 ]]; then
          "$bin/psql" -qX "$(postgres_uri postgres)" -c "create database duestream" >>"$dir/postgres/log" 2>&1 || return 1
        fi
        return 0
      fi
      # Right after kill -9 its children may still hold the shared memory for a moment: once more, then.
      if ((attempt < 5)) && ! pid_of postgres >/dev/null; then break; fi
      sleep 0.1
    done
    sleep 0.3
  done
  return 1
}

postgres_uri() { printf 'postgresql://duestream@127.0.0.1:%d/%s\n' "$postgres_port" "$1"; }

# --- the four verbs ----------------------------------------------------------------------------------------------------------------

parts() { local n; for ((n = 1; n <= brokers; n++)); do echo "kafka-$n"; done; if ((postgres)); then echo postgres; fi; }

check_needs() {
  local how="Install what is missing with: deploy/setup.sh --stack"
  command -v python3 >/dev/null || fail "python3 is not installed" "$how"
  if ((want_brokers > 0)); then
    command -v java >/dev/null || fail "Java is not installed" "$how"
    [[ -d $kafka_lib ]] || fail "no Kafka in $kafka_lib" "$how" "(or set DUESTREAM_DEPS to where it was put)"
  fi
  if ((want_postgres)); then
    [[ -n $(postgres_bin) ]] || fail "PostgreSQL is not installed" "$how"
    if ((EUID == 0)); then id -u postgres >/dev/null 2>&1 || fail "there is no user postgres to run PostgreSQL as" "$how"; fi
  fi
}

# Takes the folder for this command alone. `down` deletes the lock with the folder: then what we locked is not what is there, and
# we try again.
take_folder() {
  while true; do
    mkdir -p "$dir"
    exec {lock}>>"$dir/.duestream-stack"
    flock "$lock"
    if [[ $dir/.duestream-stack -ef /proc/self/fd/$lock ]]; then return; fi
    exec {lock}>&-
  done
}

is_ours() { [[ -e $dir/.duestream-stack ]]; }

up() {
  local from=${EPOCHREALTIME/[.,]/} failed="" kafka_job="" postgres_job=""
  if [[ -d $dir ]] && ! is_ours && [[ -n $(ls -A "$dir") ]]; then
    fail "$dir holds other files" "Name an empty or a new folder with --dir."
  fi
  check_needs
  take_folder
  # Its user must be able to pass through to postgres/; nobody else may look around.
  chmod 711 "$dir"
  load_settings
  if ((brokers + postgres == 0)); then
    choose_settings
  elif ((asked)) && ((brokers != want_brokers || postgres != want_postgres || secure != want_secure)) ||
    [[ -n $want_advertise && $want_advertise != "$(IFS=,; echo "${advertised[*]}")" ]]; then
    fail "the stack in $dir was set up with other options ($brokers broker(s), PostgreSQL: $postgres)" \
      "Stop it first ($0 down --dir $dir), or use another folder."
  fi
  if ((brokers > 0)); then up_kafka & kafka_job=$!; fi
  if ((postgres)); then up_postgres & postgres_job=$!; fi
  if [[ -n $kafka_job ]] && ! wait "$kafka_job"; then failed="Kafka"; fi
  if [[ -n $postgres_job ]] && ! wait "$postgres_job"; then failed="${failed:+$failed and }PostgreSQL"; fi
  if [[ -n $failed ]]; then
    local part
    while read -r part; do if ! pid_of "$part" >/dev/null; then show_log "$dir/$part/log"; fi; done < <(parts)
    fail "$failed did not start within $ready_seconds s" "The logs are in $dir/*/log." \
      "A port taken by someone else, or anything left half-way, is cured by: $0 down --dir $dir, then up." \
      "Not enough memory: Kafka wants 1 GB per broker (free -m)."
  fi
  local ms=$(((${EPOCHREALTIME/[.,]/} - from) / 1000))
  say "up after $((ms / 1000)).$((ms % 1000 / 100)) s in $dir; now: eval \"\$($0 env --dir $dir)\""
}

down() {
  if [[ ! -d $dir ]] || ! is_ours; then
    say "nothing to stop in $dir"
    return
  fi
  take_folder
  local part home
  # Their data goes with them, so nobody needs to close anything properly; QUIT lets PostgreSQL free its shared memory.
  # Asked of the pid files, not of the settings: these may be missing after a crash.
  for part in kafka-1 kafka-2 kafka-3; do stop "$part" KILL; done
  stop postgres QUIT
  home=$(postgres_home)
  if [[ $home == /tmp/duestream-postgres.* ]]; then rm -rf -- "$home"; fi
  rm -rf -- "$dir"
  say "down; $dir is gone"
}

status() {
  is_ours || { say "nothing was started in $dir"; return 1; }
  load_settings
  local part pid port all=0
  while read -r part; do
    if [[ $part == postgres ]]; then port=$postgres_port; else port=${kafka_ports[${part#kafka-}-1]}; fi
    if pid=$(pid_of "$part"); then say "$part runs: pid $pid, 127.0.0.1:$port"; else say "$part does not run; log: $dir/$part/log"; all=1; fi
  done < <(parts)
  return $all
}

print_env() {
  status >/dev/null || fail "the stack in $dir is not up" "Start it with: $0 up --dir $dir"
  load_settings
  if ((brokers > 0)); then
    printf 'export DUESTREAM_KAFKA=%s\n' "$(addresses "${advertised[@]}")"
    if [[ ${advertised[*]} != "${kafka_ports[*]}" ]]; then printf 'export DUESTREAM_KAFKA_DIRECT=%s\n' "$(addresses "${kafka_ports[@]}")"; fi
  fi
  if ((secure)); then
    printf 'export DUESTREAM_KAFKA_SASL=%s\n' "$(addresses "${sasl_ports[@]}")"
    printf 'export DUESTREAM_KAFKA_TLS=%s\n' "$(addresses "${tls_ports[@]}")"
    printf 'export DUESTREAM_KAFKA_CA=%q\n' "$dir/secure/ca.pem"
    printf 'export DUESTREAM_KAFKA_PASSWORDS=%q\n' "$dir/secure/passwords"
  fi
  if ((postgres)); then printf 'export DUESTREAM_POSTGRES=%s\n' "$(postgres_uri duestream)"; fi
}

addresses() { local IFS=,; local -a list=("${@/#/127.0.0.1:}"); echo "${list[*]}"; }

# -----------------------------------------------------------------------------------------------------------------------------------

verb="" dir="" want_brokers=1 want_postgres=1 want_advertise="" want_secure=0 asked=0
while (($#)); do
  case $1 in
    up | down | status | env) verb=$1 ;;
    --dir) dir=${2:?"--dir needs a folder"}; shift ;;
    --brokers) want_brokers=${2:?"--brokers needs 1 or 3"} asked=1; shift ;;
    --advertise) want_advertise=${2:?"--advertise needs a port"}; shift ;;
    --secure) want_secure=1 asked=1 ;;
    --no-postgres) want_postgres=0 asked=1 ;;
    --no-kafka) want_brokers=0 asked=1 ;;
    -h | --help) usage; exit 0 ;;
    *) fail "unknown argument: $1" "$0 --help lists them." ;;
  esac
  shift
done
[[ -n $verb ]] || { usage >&2; exit 2; }
[[ $want_brokers =~ ^[013]$ ]] || fail "--brokers $want_brokers" "Only 1 and 3 make sense: a controller quorum needs an odd number."
((want_brokers + want_postgres > 0)) || fail "--no-kafka and --no-postgres together leave nothing to start"
if [[ -n $want_advertise ]]; then
  [[ $want_advertise =~ ^[0-9]+(,[0-9]+)*$ ]] || fail "--advertise $want_advertise" "It takes a port, or as many as there are brokers, comma-separated."
  commas=${want_advertise//[0-9]/}
  ((${#commas} + 1 == want_brokers)) || fail "--advertise $want_advertise" "It takes as many ports as there are brokers ($want_brokers)."
fi
dir=$(realpath -m -- "${dir:-${XDG_RUNTIME_DIR:-/tmp}/duestream-stack-$UID}")

case $verb in
  up) up ;;
  down) down ;;
  status) status ;;
  env) print_env ;;
esac
