import { setTimeout as sleep } from "node:timers/promises";
import {
  ConfigResourceTypes,
  ConfigSources,
  createTopicsV5,
  deleteTopicsV5,
  describeConfigsV4,
  IncrementalAlterConfigOperationTypes,
  incrementalAlterConfigsV1,
  metadataV10,
} from "@platformatic/kafka";
import { OperatorFault, RetryableFault } from "#core/fault.ts";
import type { TopicCatalog, TopicDescription, TopicSpec } from "#use-cases/ports/cluster.ts";
import type { BrokerMetadata } from "./broker-metadata.ts";
import type { ClusterIdentity } from "./cluster-settings.ts";
import type { Connections } from "./connections.ts";
import { code, type NeededRight, protocolFault } from "./faults.ts";

const topicsPerDescribe = 500;
/** 2,000 topics of 5 partitions in one request are refused whole (PolicyViolation); these go through. */
const topicsPerCreate = 200;
const topicsPerDelete = 200;
const partitionsPerCreate = 2000;

export type TopicsParts = {
  readonly cluster: ClusterIdentity;
  readonly connections: Connections;
  readonly metadata: BrokerMetadata;
  readonly timeoutMilliseconds: number;
};

export function topicCatalog({ cluster, connections, metadata, timeoutMilliseconds }: TopicsParts): TopicCatalog {
  const fault = (
    topic: string,
    doing: string,
    operation: NeededRight["operation"],
    errorCode: number,
    says?: string | null,
  ) => protocolFault({ cluster, doing, needs: { resource: "topic", name: topic, operation } }, errorCode, says);

  const describe = async (topics: readonly string[]): Promise<ReadonlyMap<string, TopicDescription>> => {
    const names = [...new Set(topics)];
    await metadata.refresh(names);
    const placements = await metadata.placements(names);
    const there: string[] = [];
    for (const name of names) {
      const placement = placements.get(name);
      if (!placement || placement.errorCode === code.unknownTopicOrPartition) continue;
      // A topic between two leaders is there all the same.
      if (placement.errorCode !== code.none && placement.errorCode !== code.leaderNotAvailable)
        throw fault(name, `describing topic ${name}`, "Describe", placement.errorCode);
      there.push(name);
    }
    const described = new Map<string, TopicDescription>();
    for (let i = 0; i < there.length; i += topicsPerDescribe) {
      const answer = await metadata.anyBroker(
        describeConfigsV4.api,
        there.slice(i, i + topicsPerDescribe).map((resourceName) => ({
          resourceType: ConfigResourceTypes.TOPIC,
          resourceName,
          configurationKeys: null,
        })),
        false,
        false,
      );
      for (const result of answer.results) {
        const name = result.resourceName;
        // Deleted between the two requests.
        if (result.errorCode === code.unknownTopicOrPartition) continue;
        if (result.errorCode !== code.none)
          throw fault(
            name,
            `reading the configs of topic ${name}`,
            "DescribeConfigs",
            result.errorCode,
            result.errorMessage,
          );
        const placement = placements.get(name);
        if (!placement) continue;
        described.set(name, {
          name,
          id: placement.id,
          partitions: placement.leaders.size,
          replicationFactor: placement.replicationFactor,
          configs: new Map(
            result.configs.map((c) => [
              c.name,
              { value: c.value ?? null, isTopicLevel: c.configSource === ConfigSources.DYNAMIC_TOPIC_CONFIG },
            ]),
          ),
        });
      }
    }
    return described;
  };

  const createChunk = async (specs: readonly TopicSpec[]): Promise<void> => {
    // Not sent twice: after a broken connection a second try would call its own topics "already existing".
    const answer = await connections.askOnce(
      await metadata.controller(),
      createTopicsV5.api,
      specs.map((s) => ({
        name: s.name,
        numPartitions: s.partitions,
        replicationFactor: s.replicationFactor,
        assignments: [],
        configs: Object.entries(s.configs).map(([name, value]) => ({ name, value })),
      })),
      timeoutMilliseconds,
      false,
    );
    for (const topic of answer.topics) {
      if (topic.errorCode === code.none) continue;
      if (topic.errorCode === code.topicAlreadyExists)
        throw new OperatorFault(
          `Topic ${topic.name} exists already on the ${cluster.side} cluster (${cluster.bootstrapServers}); expected it to be absent: see whose it is, then keep it or delete it`,
        );
      throw fault(topic.name, `creating topic ${topic.name}`, "Create", topic.errorCode, topic.errorMessage);
    }
  };

  /** Answers to CreateTopics and DeleteTopics come before every broker has heard of them. */
  const untilOnEveryBroker = async (
    names: readonly string[],
    isDone: (topic: ListedTopic | undefined) => boolean,
    notDone: string,
  ): Promise<void> => {
    const startedAt = Date.now();
    let missing = [...names];
    for (let round = 0; ; round++) {
      const brokers = await metadata.brokers();
      const answers = await Promise.all(
        [...brokers.values()].map((b) => connections.ask(b, metadataV10.api, missing, false, false, false)),
      );
      missing = missing.filter((name) => !answers.every((a) => isDone(a.topics.find((t) => t.name === name))));
      if (missing.length === 0) break;
      if (Date.now() - startedAt >= timeoutMilliseconds)
        throw new RetryableFault(
          `Topics ${missing.slice(0, 10).join(", ")} were ${notDone} yet (${cluster.side} cluster)`,
        );
      await sleep(Math.min(20 * 2 ** round, 500));
    }
    metadata.forget(names);
  };

  const create = async (specs: readonly TopicSpec[]): Promise<void> => {
    for (const chunk of chunksOf(specs)) {
      await createChunk(chunk);
      await untilOnEveryBroker(
        chunk.map((s) => s.name),
        (topic) => topic?.errorCode === code.none && topic.partitions.every((p) => p.leaderId >= 0),
        "created, but not every broker serves them",
      );
    }
  };

  const remove: TopicCatalog["delete"] = async (topics) => {
    const names = [...new Set(topics)];
    for (let i = 0; i < names.length; i += topicsPerDelete) {
      const chunk = names.slice(i, i + topicsPerDelete);
      const answer = await connections.ask(
        await metadata.controller(),
        deleteTopicsV5.api,
        chunk.map((name) => ({ name })),
        timeoutMilliseconds,
      );
      for (const { name, errorCode, errorMessage } of answer.responses)
        if (errorCode !== code.none && errorCode !== code.unknownTopicOrPartition)
          throw fault(name ?? "?", `deleting topic ${name}`, "Delete", errorCode, errorMessage);
      await untilOnEveryBroker(
        chunk,
        (topic) => topic?.errorCode === code.unknownTopicOrPartition,
        "deleted, but not every broker has forgotten them",
      );
    }
  };

  const setConfigs: TopicCatalog["setConfigs"] = async (topic, configs) => {
    const entries = Object.entries(configs);
    if (entries.length === 0) return;
    const answer = await connections.ask(
      await metadata.controller(),
      incrementalAlterConfigsV1.api,
      [
        {
          resourceType: ConfigResourceTypes.TOPIC,
          resourceName: topic,
          configs: entries.map(([name, value]) =>
            value === null
              ? { name, configOperation: IncrementalAlterConfigOperationTypes.DELETE }
              : { name, configOperation: IncrementalAlterConfigOperationTypes.SET, value },
          ),
        },
      ],
      false,
    );
    for (const result of answer.responses)
      if (result.errorCode !== code.none)
        throw fault(
          topic,
          `setting configs of topic ${topic} (${entries.map(([name, value]) => `${name}=${value ?? "default"}`).join(", ")})`,
          "AlterConfigs",
          result.errorCode,
          result.errorMessage,
        );
  };

  return { describe, create, delete: remove, setConfigs };
}

type ListedTopic = metadataV10.MetadataResponse["topics"][number];

function* chunksOf(specs: readonly TopicSpec[]): Generator<readonly TopicSpec[]> {
  let chunk: TopicSpec[] = [];
  let partitions = 0;
  for (const spec of specs) {
    if (chunk.length > 0 && (chunk.length >= topicsPerCreate || partitions + spec.partitions > partitionsPerCreate)) {
      yield chunk;
      chunk = [];
      partitions = 0;
    }
    chunk.push(spec);
    partitions += spec.partitions;
  }
  if (chunk.length > 0) yield chunk;
}
