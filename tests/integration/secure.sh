#!/usr/bin/env bash
# Against a broker with SASL, TLS and an authorizer: the rights that `duestream topics acls` prints are enough, each of the processor's is
# needed, nobody can do what is not theirs, and whatever is refused at the start is one clear line: who does not come in, a missing right,
# topics that do not fit, another cluster. What a refusal says to do, mends it.
# Needs what deploy/setup.sh --test installs; starts and stops a broker of its own.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../support/stack.bash"

passed=0 failed=0

# says CODE "text" "title" command...: ends with that exit code and says that text.
says() {
  local code=$1 text=$2 title=$3 got=0
  shift 3
  "$@" >"$work/said" 2>&1 </dev/null || got=$?
  if ((got == code)) && grep -qF -- "$text" "$work/said"; then
    passed=$((passed + 1))
    printf 'ok      %s\n' "$title"
  else
    failed=$((failed + 1))
    printf 'FAILED  %s: exit code %d; wanted %d and: %s\n' "$title" "$got" "$code" "$text"
    tail -n 12 "$work/said" | cut -c 1-600 | sed 's/^/        /'
  fi
}

# Commands of Kafka's tools from standard input, all of them in one Java.
tools() {
  java -XX:TieredStopAtLevel=1 -cp "$kafka_lib/*" "$due_top/tests/support/KafkaTools.java" >"$work/tools" 2>&1 ||
    { tail -n 20 "$work/tools" >&2; due_fail "Kafka's tools"; }
}

# at ADDRESS verb...: as little patience as a test has.
at() { timeout 40 "$duestream" "${@:2}" --log "kafka:$1" --prefix "${prefix:-s.}" --connect-timeout 3s; }

# as USER verb...: with the user's password, by the port where rights count.
as() { at "$sasl" "${@:2}" "${scram[@]}" -X "sasl.username=duestream-$1" --kafka-secret "sasl.password=$passwords/duestream-$1"; }

decide() { as processor run --state "$work/state" --until-caught-up; }

# without "text" RIGHT...: one right of the processor's is taken away for a moment.
without() {
  local text=$1
  shift
  tools <<<"kafka-acls.sh --bootstrap-server $open --remove --force --allow-principal User:duestream-processor $*"
  says "${code:-1}" "$text" "a run without $*" decide
  tools <<<"kafka-acls.sh --bootstrap-server $open --add --allow-principal User:duestream-processor $*"
}

due_work secure
due_binary
kafka_lib=${DUESTREAM_DEPS:-$HOME/.cache/duestream}/kafka-4.1.0/lib
due_at_end "$due_top/deploy/local/stack.sh" down --dir "$work/stack"
"$due_top/deploy/local/stack.sh" up --secure --dir "$work/stack" >&2 || due_fail "the local stack did not start"
settings=$("$due_top/deploy/local/stack.sh" env --dir "$work/stack")
eval "$settings"
open=$DUESTREAM_KAFKA sasl=$DUESTREAM_KAFKA_SASL tls=$DUESTREAM_KAFKA_TLS ca=$DUESTREAM_KAFKA_CA passwords=$DUESTREAM_KAFKA_PASSWORDS
scram=(-X security.protocol=sasl_plaintext -X sasl.mechanism=SCRAM-SHA-512)
me=(-X sasl.username=duestream-processor --kafka-secret "sasl.password=$passwords/duestream-processor")
give="duestream topics acls prints the commands"

# --- who cannot come in -------------------------------------------------------------------------------------------------------------

says 1 "no broker answered within 3000 ms (Connect to ipv4#127.0.0.1:1 failed: Connection refused)" "no broker there" \
  at 127.0.0.1:1 topics check
says 1 "Failed to resolve" "no such host" at no.such.host.invalid:9092 topics check
says 1 "the broker refuses who we are (SASL authentication error: Authentication failed" "a wrong password" at "$sasl" topics check \
  "${scram[@]}" -X sasl.username=duestream-processor --kafka-secret "sasl.password=$passwords/duestream-sink"
says 1 "Unsupported SASL mechanism: broker's supported mechanisms: SCRAM-SHA-512" "a wrong mechanism" at "$sasl" topics check \
  -X security.protocol=sasl_plaintext -X sasl.mechanism=PLAIN "${me[@]}"
says 1 "broker might require SASL authentication" "no password where one is wanted" at "$sasl" topics check
says 1 "check security.protocol, sasl.mechanism" "a password where none is wanted" at "$open" topics check "${scram[@]}" "${me[@]}"
says 1 "connecting to a PLAINTEXT broker listener?" "TLS against plaintext" at "$open" topics check -X security.protocol=ssl
says 1 "connecting to a SSL listener?" "plaintext against TLS" at "$tls" topics check
says 1 "TLS does not come about (SSL handshake failed" "a certificate nobody vouches for" \
  at "$tls" topics check -X security.protocol=sasl_ssl -X sasl.mechanism=SCRAM-SHA-512 "${me[@]}"
says 1 "$give" "nobody has a right yet" as processor topics check

# --- least rights are enough ----------------------------------------------------------------------------------------------------------

at "$open" topics acls | tools
says 0 "topics: all as planned" "the deployer creates the topics" as deployer topics create --partitions 2
says 0 "topics: all as planned" "the same over TLS" at "$tls" topics check \
  -X security.protocol=sasl_ssl -X sasl.mechanism=SCRAM-SHA-512 \
  -X "ssl.ca.location=$ca" -X sasl.username=duestream-deployer --kafka-secret "sasl.password=$passwords/duestream-deployer"
says 0 "published" "the producer publishes" as producer generate --customers 40 --days 40
says 0 "state digest" "the processor decides" decide
says 0 "C0000" "the auditor reads decisions" as auditor tail decisions --from-beginning --until-end
says 0 "genesis" "the auditor reads the chronicle" as auditor tail chronicle --from-beginning --until-end --json
says 0 "decisions" "the sink writes events and decisions" as sink sink --to "$DUESTREAM_POSTGRES" --until-caught-up

# --- and for nothing else -------------------------------------------------------------------------------------------------------------

says 1 "may not write s." "the auditor cannot publish" as auditor generate
says 2 "this user may not write s.credit-note-requests, s.credit-note-outcomes, s.decisions" "the auditor cannot run" as auditor run --state "$work/other"
says 1 "describe topics s.decisions" "the producer cannot read decisions" as producer tail decisions --from-beginning --until-end
says 1 "describe topics s.chronicle" "the sink cannot read the chronicle" as sink tail chronicle --from-beginning --until-end
says 1 "$give" "the sink cannot publish" as sink generate
says 1 "may not write s." "the processor cannot publish" as processor generate
for user in processor sink producer auditor; do
  prefix=other. says 1 "$give" "the $user cannot create topics" as $user topics create
done

# --- each right of the processor's is needed --------------------------------------------------------------------------------------------

code=2 without "this user may not read s.chronicle" --operation Read --topic s.chronicle
code=2 without "this user may not write s.chronicle" --operation Write --topic s.chronicle
without "describe topics s.usage" --operation Read --topic s.usage
without "describe topics s.decisions" --operation Write --topic s.decisions
without "describe configuration of topic s.decisions" --operation DescribeConfigs --topic s.decisions
without "Group authorization failed" --operation Read --group duestream
without "Transactional Id authorization failed" --operation Write --transactional-id duestream- --resource-pattern-type prefixed
says 0 "state digest" "with all of them back, it decides" decide

# --- topics that do not fit -----------------------------------------------------------------------------------------------------------

prefix=w.
says 0 "topics: all as planned" "topics to spoil" at "$open" topics create --partitions 2
decide_openly() { at "$open" run --state "$work/openly" --until-caught-up; }
spoil="kafka-configs.sh --bootstrap-server $open --alter --entity-type topics"
tools <<TEXT
kafka-topics.sh --bootstrap-server $open --alter --topic w.payments --partitions 3
$spoil --entity-name w.chronicle --add-config retention.ms=86400000
$spoil --entity-name w.decisions --add-config message.timestamp.type=CreateTime
TEXT
says 2 "topic w.payments: partitions = 3; wanted is 2" "unequal partition counts" decide_openly
says 2 "topic w.chronicle: retention.ms = 86400000; wanted is -1" "a chronicle that forgets" decide_openly
says 2 "topic w.decisions: message.timestamp.type = CreateTime; wanted is LogAppendTime" "a wrong timestamp type" decide_openly
sed -n 's/.*; mend: kafka-configs/kafka-configs/p' "$work/said" | tools
says 2 "topic w.payments: partitions = 3; wanted is 2" "partition counts are not mended by a setting" decide_openly
cp "$work/said" "$work/refusal"
says 1 0 "what the refusal says to do mends the others" grep -cE "w.chronicle|w.decisions" "$work/refusal"

# --- another cluster ------------------------------------------------------------------------------------------------------------------

other_cluster() { "$duestream" run --log "embedded:$work/log" --prefix s. --state "$work/state" --until-caught-up; }
says 2 "$work/state" "the state of another cluster" other_cluster

echo "$passed passed, $failed failed, 0 skipped"
((failed == 0))
