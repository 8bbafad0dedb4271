#!/usr/bin/env bash
# Starts one Kafka Connect worker (distributed mode) from its environment, in a container or on one machine.
# With the argument "health" it asks the worker of that same environment, and ends with 0 if that is well.
#
#   CONNECT_BOOTSTRAP_SERVERS            host:port,…  the cluster that the worker attaches to
#   CONNECT_SECURITY_PROTOCOL            PLAINTEXT | SSL | SASL_PLAINTEXT | SASL_SSL
#   CONNECT_CA                           PEM of the authorities to trust; unless given, those that Java ships
#   CONNECT_CERTIFICATE, CONNECT_KEY     PEM, the key in PKCS#8: the worker shows a client certificate (protocol SSL)
#   CONNECT_SASL_MECHANISM               needed where the protocol begins with SASL_; then
#     SCRAM-SHA-256, SCRAM-SHA-512:      CONNECT_USERNAME, CONNECT_PASSWORD
#     AWS_MSK_IAM:                       CONNECT_IAM_ROLE, CONNECT_IAM_SESSION, CONNECT_IAM_REGION
#   CONNECT_GROUP_ID, CONNECT_INTERNAL_TOPIC_PREFIX, CONNECT_INTERNAL_REPLICATION_FACTOR (-1: the brokers' default)
#   SOURCE_…, TARGET_… with PASSWORD, CERTIFICATE, KEY, CA    connectors name them as ${env:SOURCE_PASSWORD} and so on
# Optional:
#   CONNECT_HEAP_MEGABYTES (60 % of the task's memory on ECS; needed elsewhere), CONNECT_REST_PORT (8083),
#   CONNECT_ADVERTISED_HOST (the task's address on ECS, else the host's name), CONNECT_REST_HOST (what is advertised),
#   CONNECT_METRICS_PORT (metrics for Prometheus there), CONNECT_METRICS_HOST (0.0.0.0), CONNECT_METRICS_AGENT (its jar),
#   CONNECT_CLASSPATH (/opt/kafka/libs/*), CONNECT_JAVA_OPTIONS, CONNECT_LOG_LEVEL
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
  CONNECT_INTERNAL_REPLICATION_FACTOR
case $CONNECT_SECURITY_PROTOCOL in
  SASL_PLAINTEXT | SASL_SSL)
    needed CONNECT_SASL_MECHANISM
    case $CONNECT_SASL_MECHANISM in
      SCRAM-SHA-256 | SCRAM-SHA-512) needed CONNECT_USERNAME CONNECT_PASSWORD ;;
      AWS_MSK_IAM) needed CONNECT_IAM_ROLE CONNECT_IAM_SESSION CONNECT_IAM_REGION ;;
      *) refuse "CONNECT_SASL_MECHANISM is $CONNECT_SASL_MECHANISM; expected SCRAM-SHA-256, SCRAM-SHA-512 or AWS_MSK_IAM." ;;
    esac
    ;;
  PLAINTEXT | SSL) ;;
  *) refuse "CONNECT_SECURITY_PROTOCOL is $CONNECT_SECURITY_PROTOCOL; expected PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL." ;;
esac
[[ $CONNECT_INTERNAL_REPLICATION_FACTOR =~ ^(-1|[1-9][0-9]*)$ ]] ||
  refuse "CONNECT_INTERNAL_REPLICATION_FACTOR is $CONNECT_INTERNAL_REPLICATION_FACTOR; expected a number, or -1 for the brokers' default."
[[ ${CONNECT_METRICS_PORT:-} =~ ^[0-9]*$ ]] ||
  refuse "CONNECT_METRICS_PORT is $CONNECT_METRICS_PORT; expected a port, or nothing for no metrics."

# These go into a properties file, where a line end or a backslash would begin another setting.
for name in CONNECT_BOOTSTRAP_SERVERS CONNECT_SASL_MECHANISM CONNECT_USERNAME CONNECT_GROUP_ID \
  CONNECT_IAM_ROLE CONNECT_IAM_SESSION CONNECT_IAM_REGION \
  CONNECT_INTERNAL_TOPIC_PREFIX CONNECT_REST_HOST CONNECT_REST_PORT CONNECT_ADVERTISED_HOST; do
  case ${!name:-} in
    *[[:cntrl:]\\\"]*) refuse "$name has a line end, a backslash or a quotation mark; expected none of these." ;;
  esac
done

# What is no PEM, or a key that Kafka cannot read, would only show as a long trace.
for party in CONNECT SOURCE TARGET; do
  for name in "${party}_CA" "${party}_CERTIFICATE"; do
    case ${!name:-} in
      "" | *"-----BEGIN CERTIFICATE-----"*"-----END CERTIFICATE-----"*) ;;
      *) refuse "$name holds no PEM certificate; expected -----BEGIN CERTIFICATE----- and its line ends." ;;
    esac
  done
  certificate=${party}_CERTIFICATE
  name=${party}_KEY
  case ${!name:-} in
    "") [ -z "${!certificate:-}" ] || refuse "$name is not set, and $certificate is; expected both or none." ;;
    *"-----BEGIN PRIVATE KEY-----"*"-----END PRIVATE KEY-----"*) needed "$certificate" ;;
    *) refuse "$name holds no PKCS#8 key; expected -----BEGIN PRIVATE KEY-----, as openssl pkcs8 -topk8 -nocrypt writes it." ;;
  esac
done
if [ "$CONNECT_SECURITY_PROTOCOL" != SSL ] && [ -n "${CONNECT_KEY:-}" ]; then
  refuse "CONNECT_KEY is set and CONNECT_SECURITY_PROTOCOL is $CONNECT_SECURITY_PROTOCOL; expected SSL, where a client certificate signs in."
fi

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

# Of ECS's metadata, without its blanks.
metadata() {
  curl --silent --fail --max-time 5 --retry 2 --retry-delay 1 --retry-connrefused "$ECS_CONTAINER_METADATA_URI_V4$1" | tr -d '[:space:]'
}
advertised=${CONNECT_ADVERTISED_HOST:-}
if [ -z "$advertised" ] && [ -n "${ECS_CONTAINER_METADATA_URI_V4:-}" ]; then
  advertised=$(metadata "" | sed -n 's/.*"IPv4Addresses":\["\([0-9.]*\)".*/\1/p') || advertised=
  [ -n "$advertised" ] || refuse "the ECS metadata address $ECS_CONTAINER_METADATA_URI_V4 names no IPv4 address; set CONNECT_ADVERTISED_HOST."
fi
[ -n "$advertised" ] || advertised=${HOSTNAME:-localhost}
port=${CONNECT_REST_PORT:-8083}

# Asked by ECS of the worker that runs: a worker that has joined its group and read its configuration says yes.
if [ "${1:-}" = health ]; then
  exec curl --silent --show-error --fail --max-time 5 --output /dev/null "http://${CONNECT_REST_HOST:-$advertised}:$port/health"
fi
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

heap=${CONNECT_HEAP_MEGABYTES:-}
if [ -z "$heap" ]; then
  needed_memory="set CONNECT_HEAP_MEGABYTES, which only on ECS follows from the task's memory."
  [ -n "${ECS_CONTAINER_METADATA_URI_V4:-}" ] || refuse "CONNECT_HEAP_MEGABYTES is not set; $needed_memory"
  # The task's own limit is never below that of a container in it.
  memory=$(metadata /task | grep -o '"Limits":{[^}]*"Memory":[0-9]*' | sed 's/.*://' | sort -n | tail -n 1) || memory=
  [ -n "$memory" ] && [ "$memory" -ge 256 ] ||
    refuse "the ECS metadata address $ECS_CONTAINER_METADATA_URI_V4/task gives the task no memory of 256 MB or more; $needed_memory"
  # The rest is for what Java keeps outside its heap: code, threads, buffers of the network.
  heap=$((memory * 6 / 10))
fi
[[ $heap =~ ^[1-9][0-9]*$ ]] || refuse "CONNECT_HEAP_MEGABYTES is $heap; expected a number of megabytes."

# The names of settings are Kafka's; ${env:…} is for Connect, not for this shell.
# shellcheck disable=SC2016
sign_in() {
  echo "$1security.protocol=$CONNECT_SECURITY_PROTOCOL"
  case $CONNECT_SECURITY_PROTOCOL in
    *SSL)
      [ -z "${CONNECT_CA:-}" ] || printf '%sssl.truststore.type=PEM\n%sssl.truststore.certificates=${env:CONNECT_CA}\n' "$1" "$1"
      [ -z "${CONNECT_KEY:-}" ] || printf '%sssl.keystore.type=PEM\n%sssl.keystore.certificate.chain=${env:CONNECT_CERTIFICATE}\n%sssl.keystore.key=${env:CONNECT_KEY}\n' "$1" "$1" "$1"
      ;;
  esac
  case $CONNECT_SECURITY_PROTOCOL in SASL_*) ;; *) return ;; esac
  echo "$1sasl.mechanism=$CONNECT_SASL_MECHANISM"
  case $CONNECT_SASL_MECHANISM in
    SCRAM-*)
      printf '%ssasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required username="%s" password="${env:CONNECT_PASSWORD}";\n' "$1" "$CONNECT_USERNAME"
      ;;
    AWS_MSK_IAM)
      # Always the same session: brokers refuse who signs in again under another name.
      printf '%ssasl.jaas.config=software.amazon.msk.auth.iam.IAMLoginModule required awsRoleArn="%s" awsRoleSessionName="%s" awsStsRegion="%s";\n' "$1" "$CONNECT_IAM_ROLE" "$CONNECT_IAM_SESSION" "$CONNECT_IAM_REGION"
      echo "$1sasl.client.callback.handler.class=software.amazon.msk.auth.iam.IAMClientCallbackHandler"
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
config.providers.env.param.allowlist.pattern=^(CONNECT|SOURCE|TARGET)_(PASSWORD|CERTIFICATE|KEY|CA)$
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

metrics=()
if [ -n "${CONNECT_METRICS_PORT:-}" ]; then
  metrics=("-javaagent:${CONNECT_METRICS_AGENT:-/opt/kafka/metrics/jmx_prometheus_javaagent.jar}=${CONNECT_METRICS_HOST:-0.0.0.0}:$CONNECT_METRICS_PORT:$here/metrics.yaml")
fi

# shellcheck disable=SC2086 # CONNECT_JAVA_OPTIONS is a list of words
exec java "-Xmx${heap}m" -XX:+ExitOnOutOfMemoryError -XX:-UsePerfData -Djava.awt.headless=true \
  "${metrics[@]}" ${CONNECT_JAVA_OPTIONS:-} \
  "-Dlog4j2.configurationFile=$here/log4j2.properties" "-Dconnect.log.level=${CONNECT_LOG_LEVEL:-warn}" \
  -cp "${CONNECT_CLASSPATH:-/opt/kafka/libs/*}" \
  org.apache.kafka.connect.cli.ConnectDistributed /dev/fd/3
