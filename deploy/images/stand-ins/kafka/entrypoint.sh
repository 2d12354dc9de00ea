#!/bin/bash
# As the official image's: KAFKA_A_B is the setting a.b (`__` is `_`, `___` is `-`), the storage is formatted for
# CLUSTER_ID when it is not yet, then this becomes the broker.
set -euo pipefail

: "${CLUSTER_ID:=5L6g3nShT-eMCtK--X86sw}" "${KAFKA_HEAP_OPTS:=-Xmx1G -Xms1G}" "${KAFKA_OPTS:=}"
config=/opt/kafka/config/server.properties

# What the official image sets when nothing else is said: one node that is broker and controller.
if ! compgen -e | grep -q '^KAFKA_PROCESS_ROLES$'; then
  export KAFKA_NODE_ID=1 KAFKA_PROCESS_ROLES=broker,controller KAFKA_CONTROLLER_LISTENER_NAMES=CONTROLLER \
    KAFKA_LISTENERS=PLAINTEXT://:9092,CONTROLLER://:9093 KAFKA_ADVERTISED_LISTENERS=PLAINTEXT://localhost:9092 \
    KAFKA_LISTENER_SECURITY_PROTOCOL_MAP=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT KAFKA_CONTROLLER_QUORUM_VOTERS=1@localhost:9093 \
    KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR=1 KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR=1 KAFKA_TRANSACTION_STATE_LOG_MIN_ISR=1 \
    KAFKA_SHARE_COORDINATOR_STATE_TOPIC_REPLICATION_FACTOR=1 KAFKA_SHARE_COORDINATOR_STATE_TOPIC_MIN_ISR=1
fi
: "${KAFKA_LOG_DIRS:=/tmp/kraft-combined-logs}"; export KAFKA_LOG_DIRS

: > "$config"
for variable in $(compgen -e | grep '^KAFKA_' | sort); do
  case "$variable" in KAFKA_HEAP_OPTS|KAFKA_OPTS|KAFKA_JMX_OPTS|KAFKA_JVM_PERFORMANCE_OPTS|KAFKA_GC_LOG_OPTS|KAFKA_LOG4J_*|KAFKA_VERSION|KAFKA_*_PORT_*|KAFKA_*_SERVICE_HOST|KAFKA_*_SERVICE_PORT*|KAFKA_SERVICE_*|KAFKA_PORT|KAFKA_PORT_*) continue ;; esac
  name=$(sed -e 's/^KAFKA_//' -e 's/___/-/g' -e 's/__/\x01/g' -e 's/_/./g' -e 's/\x01/_/g' <<< "$variable" | tr '[:upper:]' '[:lower:]')
  printf '%s=%s\n' "$name" "${!variable//\\/\\\\}" >> "$config"
done

java=(java "-Dlog4j2.configurationFile=${KAFKA_LOG4J_CONFIGURATION:-/opt/kafka/log4j2.properties}" -cp '/opt/kafka/libs/*')
"${java[@]}" -XX:TieredStopAtLevel=1 kafka.tools.StorageTool format --ignore-formatted --cluster-id "$CLUSTER_ID" --config "$config"
# shellcheck disable=SC2086 -- options are words
exec "${java[@]}" $KAFKA_HEAP_OPTS $KAFKA_OPTS kafka.Kafka "$config"
