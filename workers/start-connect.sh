#!/usr/bin/env bash
# Starts one Kafka Connect worker (distributed mode) from its environment, in a container or on one machine.
#
#   CONNECT_BOOTSTRAP_SERVERS            host:port,…  the cluster that the worker attaches to
#   CONNECT_SECURITY_PROTOCOL            PLAINTEXT | SSL | SASL_PLAINTEXT | SASL_SSL
#   CONNECT_SASL_MECHANISM, CONNECT_USERNAME, CONNECT_PASSWORD    needed where the protocol begins with SASL_
#   CONNECT_GROUP_ID, CONNECT_INTERNAL_TOPIC_PREFIX, CONNECT_INTERNAL_REPLICATION_FACTOR (-1: the brokers' default)
#   CONNECT_HEAP_MEGABYTES
#   SOURCE_PASSWORD, TARGET_PASSWORD     connectors name them as ${env:SOURCE_PASSWORD}, ${env:TARGET_PASSWORD}
# Optional:
#   CONNECT_REST_PORT (8083), CONNECT_ADVERTISED_HOST (the task's address on ECS, else the host's name),
#   CONNECT_REST_HOST (what is advertised), CONNECT_CLASSPATH (/opt/kafka/libs/*), CONNECT_JAVA_OPTIONS, CONNECT_LOG_LEVEL
#
# Ends with 64 and one sentence where a variable is missing or cannot be used.
set -euo pipefail
umask 077

refuse() {
  echo "start-connect: $1" >&2
  exit 64
}

needed() {
  local name
  for name in "$@"; do
    [ -n "${!name:-}" ] || refuse "$name is not set; set it in the worker's environment."
  done
}

needed CONNECT_BOOTSTRAP_SERVERS CONNECT_SECURITY_PROTOCOL CONNECT_GROUP_ID CONNECT_INTERNAL_TOPIC_PREFIX \
  CONNECT_INTERNAL_REPLICATION_FACTOR CONNECT_HEAP_MEGABYTES
case $CONNECT_SECURITY_PROTOCOL in
  SASL_PLAINTEXT | SASL_SSL) needed CONNECT_SASL_MECHANISM CONNECT_USERNAME CONNECT_PASSWORD ;;
  PLAINTEXT | SSL) ;;
  *) refuse "CONNECT_SECURITY_PROTOCOL is $CONNECT_SECURITY_PROTOCOL; expected PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL." ;;
esac
[[ $CONNECT_INTERNAL_REPLICATION_FACTOR =~ ^(-1|[1-9][0-9]*)$ ]] ||
  refuse "CONNECT_INTERNAL_REPLICATION_FACTOR is $CONNECT_INTERNAL_REPLICATION_FACTOR; expected a number, or -1 for the brokers' default."
[[ $CONNECT_HEAP_MEGABYTES =~ ^[1-9][0-9]*$ ]] ||
  refuse "CONNECT_HEAP_MEGABYTES is $CONNECT_HEAP_MEGABYTES; expected a number of megabytes."

# These go into a properties file, where a line end or a backslash would begin another setting.
for name in CONNECT_BOOTSTRAP_SERVERS CONNECT_SASL_MECHANISM CONNECT_USERNAME CONNECT_GROUP_ID \
  CONNECT_INTERNAL_TOPIC_PREFIX CONNECT_REST_HOST CONNECT_REST_PORT CONNECT_ADVERTISED_HOST; do
  case ${!name:-} in
    *[[:cntrl:]\\\"]*) refuse "$name has a line end, a backslash or a quotation mark; expected none of these." ;;
  esac
done

# A password arrives in a quoted JAAS string, whose own escapes are \\ and \"; without this a quotation mark in it ends the string.
for name in CONNECT_PASSWORD SOURCE_PASSWORD TARGET_PASSWORD; do
  value=${!name:-}
  case $value in
    *[[:cntrl:]]*) refuse "$name has a line end or another control character; expected none." ;;
  esac
  value=${value//\\/\\\\}
  value=${value//\"/\\\"}
  export "$name=$value"
done
unset value

task_address() {
  curl --silent --fail --max-time 5 "$ECS_CONTAINER_METADATA_URI_V4" |
    sed -n 's/.*"IPv4Addresses":\["\([0-9.]*\)".*/\1/p'
}
advertised=${CONNECT_ADVERTISED_HOST:-}
if [ -z "$advertised" ] && [ -n "${ECS_CONTAINER_METADATA_URI_V4:-}" ]; then
  advertised=$(task_address) || advertised=
  [ -n "$advertised" ] || refuse "the ECS metadata address $ECS_CONTAINER_METADATA_URI_V4 names no IPv4 address; set CONNECT_ADVERTISED_HOST."
fi
[ -n "$advertised" ] || advertised=$(hostname)
port=${CONNECT_REST_PORT:-8083}
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

sign_in() {
  echo "$1security.protocol=$CONNECT_SECURITY_PROTOCOL"
  case $CONNECT_SECURITY_PROTOCOL in
    SASL_*)
      echo "$1sasl.mechanism=$CONNECT_SASL_MECHANISM"
      # shellcheck disable=SC2016 # ${env:…} is for Connect, not for this shell
      printf '%ssasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required username="%s" password="${env:CONNECT_PASSWORD}";\n' "$1" "$CONNECT_USERNAME"
      ;;
  esac
}

properties() {
  # The worker's own clients are four kinds, and each reads its sign-in under its own prefix.
  sign_in ""
  sign_in producer.
  sign_in consumer.
  sign_in admin.
  cat <<PROPERTIES
bootstrap.servers=$CONNECT_BOOTSTRAP_SERVERS
config.providers=env
config.providers.env.class=org.apache.kafka.common.config.provider.EnvVarConfigProvider
config.providers.env.param.allowlist.pattern=^(CONNECT|SOURCE|TARGET)_PASSWORD$
group.id=$CONNECT_GROUP_ID
session.timeout.ms=6000
heartbeat.interval.ms=2000
scheduled.rebalance.max.delay.ms=0
config.storage.topic=${CONNECT_INTERNAL_TOPIC_PREFIX}configs
offset.storage.topic=${CONNECT_INTERNAL_TOPIC_PREFIX}offsets
status.storage.topic=${CONNECT_INTERNAL_TOPIC_PREFIX}status
config.storage.replication.factor=$CONNECT_INTERNAL_REPLICATION_FACTOR
offset.storage.replication.factor=$CONNECT_INTERNAL_REPLICATION_FACTOR
status.storage.replication.factor=$CONNECT_INTERNAL_REPLICATION_FACTOR
offset.storage.partitions=1
status.storage.partitions=1
key.converter=org.apache.kafka.connect.converters.ByteArrayConverter
value.converter=org.apache.kafka.connect.converters.ByteArrayConverter
header.converter=org.apache.kafka.connect.converters.ByteArrayConverter
offset.flush.interval.ms=500
offset.flush.timeout.ms=5000
task.shutdown.graceful.timeout.ms=5000
connector.client.config.override.policy=All
exactly.once.source.support=disabled
plugin.discovery=service_load
listeners=http://${CONNECT_REST_HOST:-$advertised}:$port
rest.advertised.host.name=$advertised
rest.advertised.port=$port
PROPERTIES
}

directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT
properties >"$directory/worker.properties"
# Java reads the open file, whose name is gone before it starts: nothing to clean up however the worker ends, and
# exec gives Java this process, so that SIGTERM stops the worker in order.
exec 3<"$directory/worker.properties"
rm -rf "$directory"
trap - EXIT

# shellcheck disable=SC2086 # CONNECT_JAVA_OPTIONS is a list of words
exec java "-Xmx${CONNECT_HEAP_MEGABYTES}m" -XX:+ExitOnOutOfMemoryError -XX:-UsePerfData -Djava.awt.headless=true \
  ${CONNECT_JAVA_OPTIONS:-} \
  "-Dlog4j2.configurationFile=$here/log4j2.properties" "-Dconnect.log.level=${CONNECT_LOG_LEVEL:-warn}" \
  -cp "${CONNECT_CLASSPATH:-/opt/kafka/libs/*}" \
  org.apache.kafka.connect.cli.ConnectDistributed /dev/fd/3
