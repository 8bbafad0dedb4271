import { setTimeout as sleep } from "node:timers/promises";
import type { Kafka } from "kafkajs";
import { type Allowed, OPERATING, SHOP } from "./estate-declaration.ts";
import { addRights, removeRights } from "./kafka-rights.ts";

/** MirrorMaker's own translation of the shop's offsets, for comparison: a real MirrorCheckpointConnector beside the mirror. */

const CONNECTOR = "comparison-checkpoints";
const CHECKPOINTS = "source.checkpoints.internal";
const OFFSET_SYNCS = "mm2-offset-syncs.source.internal";

export type Checkpoint = { readonly upstream: bigint; readonly downstream: bigint };

export type CheckpointComparison = {
  /** What MirrorMaker says about a stopped group's partition: its checkpoint for exactly that commit, else the last before it. */
  readonly checkpointFor: (
    group: string,
    topic: string,
    partition: number,
    committed: bigint,
  ) => Checkpoint | undefined;
  /** Removes the connector, its topic and every right it was given. */
  readonly remove: () => Promise<void>;
};

type Ends = { readonly bootstrapServers: string; readonly asAdmin: Kafka };

/** Creates the connector on the forward worker and follows what it writes. */
export const compareWithCheckpoints = async (o: {
  readonly workerUrl: string;
  readonly source: Ends;
  readonly target: Ends;
}): Promise<CheckpointComparison> => {
  await addRights(o.source.asAdmin, rights.source);
  await addRights(o.target.asAdmin, rights.target);
  await createConnector(o.workerUrl, config(o.source.bootstrapServers, o.target.bootstrapServers));
  const checkpoints = new Map<string, Checkpoint[]>();
  const reader = o.target.asAdmin.consumer({ groupId: `${CONNECTOR}-reader`, maxWaitTimeInMs: 200 });
  await topicThere(o.target.asAdmin);
  await reader.connect();
  await reader.subscribe({ topics: [CHECKPOINTS], fromBeginning: true });
  await reader.run({
    autoCommit: false,
    eachMessage: async ({ message }) => {
      if (message.key === null || message.value === null) return;
      const key = parseKey(message.key);
      const list = checkpoints.get(key) ?? [];
      checkpoints.set(key, list);
      // An int16 version, then the two offsets.
      list.push({ upstream: message.value.readBigInt64BE(2), downstream: message.value.readBigInt64BE(10) });
    },
  });
  return {
    checkpointFor: (group, topic, partition, committed) =>
      checkpoints.get(`${group} ${topic}/${partition}`)?.findLast((checkpoint) => checkpoint.upstream <= committed),
    remove: async () => {
      await reader.disconnect();
      const answer = await fetch(`${o.workerUrl}/connectors/${CONNECTOR}`, {
        method: "DELETE",
        signal: AbortSignal.timeout(10_000),
      });
      if (!answer.ok && answer.status !== 404)
        throw new Error(`Connect would not remove ${CONNECTOR}: ${await answer.text()}`);
      await removeRights(o.source.asAdmin, rights.source);
      await removeRights(o.target.asAdmin, rights.target);
      const admin = o.target.asAdmin.admin();
      await admin.connect();
      await admin.deleteGroups([`${CONNECTOR}-reader`]).catch(ifNeverCommitted);
      await admin.deleteTopics({ topics: [CHECKPOINTS] });
      await admin.disconnect();
    },
  };
};

// A group that never committed is gone with its last member.
const ifNeverCommitted = (error: unknown): void => {
  if (!/not exist|not found|deleting groups/i.test(String(error))) throw error;
};

const allow = (operation: string, type: string, name: string): Allowed => ({
  permission: "ALLOW",
  principal: `User:${OPERATING.forward}`,
  operation,
  type,
  name,
  isPrefixed: false,
});

/** What checkpoints need beyond the product's mirror; the comparison brings them and takes them away. */
const rights: Record<"source" | "target", Allowed[]> = {
  source: SHOP.groups.map((group) => allow("DESCRIBE", "GROUP", group.id)),
  target: [
    ...["CREATE", "READ", "WRITE"].map((operation) => allow(operation, "TOPIC", CHECKPOINTS)),
    allow("READ", "TOPIC", OFFSET_SYNCS),
  ],
};

const BYTES = "org.apache.kafka.connect.converters.ByteArrayConverter";

const config = (source: string, target: string): Record<string, string> => ({
  "connector.class": "org.apache.kafka.connect.mirror.MirrorCheckpointConnector",
  "tasks.max": "1",
  "source.cluster.alias": "source",
  "target.cluster.alias": "target",
  ...signIn("source", source),
  ...signIn("target", target),
  "replication.policy.class": "org.apache.kafka.connect.mirror.IdentityReplicationPolicy",
  "key.converter": BYTES,
  "value.converter": BYTES,
  "header.converter": BYTES,
  "offset-syncs.topic.location": "target",
  "checkpoints.topic.replication.factor": "1",
  topics: SHOP.topics.map((topic) => topic.name).join(","),
  groups: SHOP.groups.map((group) => group.id).join(","),
  "groups.exclude": "",
  "emit.checkpoints.interval.seconds": "1",
  "refresh.groups.interval.seconds": "2",
  "sync.group.offsets.enabled": "false",
});

const signIn = (alias: "source" | "target", bootstrapServers: string): Record<string, string> => ({
  [`${alias}.cluster.bootstrap.servers`]: bootstrapServers,
  [`${alias}.cluster.security.protocol`]: "SASL_PLAINTEXT",
  [`${alias}.cluster.sasl.mechanism`]: "SCRAM-SHA-256",
  [`${alias}.cluster.sasl.jaas.config`]: `org.apache.kafka.common.security.scram.ScramLoginModule required username="${OPERATING.forward}" password="\${env:${alias.toUpperCase()}_PASSWORD}";`,
});

/** A worker that is rebalancing answers 409 or 500 for a moment. */
const createConnector = async (workerUrl: string, settings: Record<string, string>): Promise<void> => {
  for (let attempt = 1; ; attempt++) {
    const answer = await fetch(`${workerUrl}/connectors`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ name: CONNECTOR, config: settings }),
      signal: AbortSignal.timeout(15_000),
    });
    if (answer.ok) return;
    const text = await answer.text();
    if (attempt === 20) throw new Error(`Connect would not create ${CONNECTOR}: ${answer.status} ${text}`);
    await sleep(500);
  }
};

const topicThere = async (kafka: Kafka): Promise<void> => {
  const admin = kafka.admin();
  await admin.connect();
  try {
    for (let attempt = 0; attempt < 60; attempt++) {
      if ((await admin.listTopics()).includes(CHECKPOINTS)) return;
      await sleep(500);
    }
    throw new Error(`MirrorMaker did not create ${CHECKPOINTS} within 30 s`);
  } finally {
    await admin.disconnect();
  }
};

/** Group and topic as strings with an int16 length in front, then the partition as int32. */
const parseKey = (key: Buffer): string => {
  const groupEnd = 2 + key.readInt16BE(0);
  const topicEnd = groupEnd + 2 + key.readInt16BE(groupEnd);
  return `${key.toString("utf8", 2, groupEnd)} ${key.toString("utf8", groupEnd + 2, topicEnd)}/${key.readInt32BE(topicEnd)}`;
};
