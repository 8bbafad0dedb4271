import type { Side } from "#core/kafka/offset.ts";
import { mirrorEnds } from "#core/replication/mirror-ends.ts";
import type { ConnectorSpec, Direction } from "#use-cases/ports/replicator.ts";
import { clientSettings, type MirrorEnd } from "./mirror-end.ts";

export type ConnectorSettings = {
  readonly ends: Readonly<Record<Side, MirrorEnd>>;
  readonly tasksPerConnector: number;
};

const byteArrays = "org.apache.kafka.connect.converters.ByteArrayConverter";
const mebibyte = 1_048_576;
/** The brokers' default `socket.request.max.bytes`: no request may be larger. */
const largestRequest = 100 * mebibyte;

/** The whole configuration of one direction's MirrorSourceConnector, as Connect stores it. Holds no secret. */
export const connectorConfig = (
  direction: Direction,
  spec: ConnectorSpec,
  settings: ConnectorSettings,
): Readonly<Record<string, string>> => {
  const { upstream, downstream } = mirrorEnds(direction);
  const requestBytes = Math.min(largestRequest, Math.max(mebibyte, 16 * spec.maxMessageBytes));
  return {
    name: spec.name,
    "connector.class": "org.apache.kafka.connect.mirror.MirrorSourceConnector",
    // No more than there are partitions, so that this number is also how many tasks there will be.
    "tasks.max": String(expectedTasks(settings.tasksPerConnector, spec.partitions)),
    "source.cluster.alias": upstream,
    "target.cluster.alias": downstream,
    ...endSettings("source.cluster", upstream, settings.ends[upstream]),
    ...endSettings("target.cluster", downstream, settings.ends[downstream]),
    "replication.policy.class": "org.apache.kafka.connect.mirror.IdentityReplicationPolicy",
    "key.converter": byteArrays,
    "value.converter": byteArrays,
    // The default converter turns binary headers into base64 text.
    "header.converter": byteArrays,
    topics: spec.topics.map(quoted).join(","),
    "topics.exclude": "",
    "refresh.topics.enabled": "false",
    "refresh.groups.enabled": "false",
    "sync.topic.configs.enabled": "false",
    "sync.topic.acls.enabled": "false",
    "sync.group.offsets.enabled": "false",
    "emit.checkpoints.enabled": "false",
    "emit.heartbeats.enabled": "false",
    "emit.offset-syncs.enabled": String(spec.emitsOffsetSyncs),
    // With the syncs off, MirrorMaker refuses a configuration that says anything about their topic.
    ...(spec.emitsOffsetSyncs
      ? { "offset-syncs.topic.location": "target", "offset-syncs.topic.replication.factor": "-1" }
      : {}),
    "source.consumer.isolation.level": "read_committed",
    "source.consumer.fetch.max.wait.ms": "50",
    // A poll ends before a stop takes effect: 0.1 s instead of 0.8 s of every freeze.
    "consumer.poll.timeout.ms": "100",
    // Connect switches idempotence off by itself; without it a retried batch repeats or overtakes.
    "producer.override.enable.idempotence": "true",
    "producer.override.acks": "all",
    "producer.override.linger.ms": "5",
    "producer.override.batch.size": "262144",
    "producer.override.compression.type": spec.compression ?? "none",
    // The client measures a record before compression, the brokers after it: a record that fits on the source must pass.
    "producer.override.max.request.size": String(requestBytes),
    "producer.override.buffer.memory": String(Math.max(32 * mebibyte, requestBytes)),
  };
};

/** How many tasks the connector has when it runs whole. */
export const expectedTasks = (tasksPerConnector: number, partitions: number): number =>
  Math.max(1, Math.min(tasksPerConnector, partitions));

/** MirrorMaker reads names as regular expressions; of the characters a topic's name may have, only the dot means another. */
const quoted = (topic: string): string => topic.replaceAll(".", "\\.");

const endSettings = (prefix: string, side: Side, end: MirrorEnd): Record<string, string> =>
  Object.fromEntries(Object.entries(clientSettings(side, end)).map(([key, value]) => [`${prefix}.${key}`, value]));
