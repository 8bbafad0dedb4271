import { type Admin, ConfigResourceTypes, ConfigSource } from "kafkajs";
import type { Config, ConfigOrigin, Configs } from "#core/inventory/config.ts";
import type { Partition, Topic } from "#core/inventory/topic.ts";
import { isUnknown, type Listing, type OrUnknown, unknown } from "#core/inventory/unknown.ts";
import { offsetOn, type Side } from "#core/kafka/offset.ts";
import type { ClusterIdentity } from "../cluster-settings.ts";
import { asked, askedForEach, type Doing, manyAtOnce } from "./client.ts";

const topicsPerDescribe = 200;
const requestsAtOnce = 20;

export type Ends = ReadonlyMap<number, Partition["ends"]>;

/** Topics as kafkajs tells of them: the ends of one topic by a request of its own, no sizes, no ids. */
export async function topicsOf(admin: Admin, cluster: ClusterIdentity): Promise<Listing<Topic>> {
  const readAt = Date.now();
  const doing = {
    cluster,
    source: "Metadata",
    doing: "listing topics",
    needs: { resource: "topic", operation: "Describe" },
  } as const;
  const metadata = await asked(doing, () => admin.fetchTopicMetadata());
  if (isUnknown(metadata)) return { source: "Metadata", readAt, items: [], gaps: [metadata] };
  const names = metadata.topics.map(({ name }) => name);
  const [ends, configs] = await Promise.all([endsOf(admin, cluster, names), configsOf(admin, cluster, names)]);
  return {
    source: "Metadata",
    readAt,
    items: metadata.topics
      .map(({ name, partitions }): Topic => {
        const ofTopic = ends.get(name) ?? unasked;
        return {
          name,
          id: null,
          isInternal: ownOfKafka.has(name),
          partitions: partitions
            .map((p) => ({
              partition: p.partitionId,
              leader: p.leader,
              replicas: p.replicas,
              inSync: p.isr,
              ends: isUnknown(ofTopic) ? ofTopic : (ofTopic.get(p.partitionId) ?? unasked),
              newest: tooOldForNewest,
              sizeBytes: noSizes,
            }))
            .toSorted((a, b) => a.partition - b.partition),
          configs: configs.get(name) ?? unasked,
        };
      })
      .toSorted((a, b) => (a.name < b.name ? -1 : 1)),
    gaps: [mayHide, stableEnds],
  };
}

export async function endsOf(
  admin: Admin,
  cluster: ClusterIdentity,
  names: readonly string[],
): Promise<ReadonlyMap<string, OrUnknown<Ends>>> {
  const ends = new Map<string, OrUnknown<Ends>>();
  await manyAtOnce(names, requestsAtOnce, async (name) => {
    const doing = `looking up the ends of ${name}`;
    const needs = { resource: "topic", name, operation: "Describe" } as const;
    const found = await asked({ cluster, source: "ListOffsets", doing, needs }, () => admin.fetchTopicOffsets(name));
    ends.set(
      name,
      isUnknown(found)
        ? found
        : new Map(
            found.map(({ partition, low, high }) => [
              partition,
              { logStart: offsetOn<Side>(BigInt(low)), highWatermark: offsetOn<Side>(BigInt(high)) },
            ]),
          ),
    );
  });
  return ends;
}

const configsOf = (
  admin: Admin,
  cluster: ClusterIdentity,
  names: readonly string[],
): Promise<ReadonlyMap<string, OrUnknown<Configs>>> =>
  askedForEach(
    names,
    topicsPerDescribe,
    (name): Doing => ({
      cluster,
      source: "DescribeConfigs",
      doing: `reading the settings of topic ${name}`,
      needs: { resource: "topic", name, operation: "DescribeConfigs" },
    }),
    async (chunk) => {
      const { resources } = await admin.describeConfigs({
        resources: chunk.map((name) => ({ type: ConfigResourceTypes.TOPIC, name })),
        includeSynonyms: false,
      });
      return new Map(resources.map((r) => [r.resourceName, settingsIn(r.configEntries)]));
    },
  );

export const settingsIn = (
  entries: readonly {
    readonly configName: string;
    readonly configValue: string | null;
    readonly configSource: ConfigSource;
  }[],
): Configs =>
  new Map(
    entries.map(({ configName, configValue, configSource }): [string, Config] => [
      configName,
      { value: configValue, origin: origins.get(configSource) ?? "other" },
    ]),
  );

const origins: ReadonlyMap<ConfigSource, ConfigOrigin> = new Map([
  [ConfigSource.TOPIC_CONFIG, "topic"],
  [ConfigSource.DYNAMIC_BROKER_CONFIG, "broker"],
  [ConfigSource.DYNAMIC_DEFAULT_BROKER_CONFIG, "cluster"],
  [ConfigSource.STATIC_BROKER_CONFIG, "file"],
  [ConfigSource.DEFAULT_CONFIG, "default"],
]);

const ownOfKafka: ReadonlySet<string> = new Set(["__consumer_offsets", "__transaction_state"]);

const tooOldForNewest = unknown(
  "ListOffsets",
  "brokers before Kafka 3.0 cannot be asked for the record with the latest time stamp",
);
const noSizes = unknown("DescribeLogDirs", "the sizes of logs are not read from brokers before Kafka 2.8");
const unasked = unknown("Metadata", "the answer does not name the topic or the partition");
/** kafkajs always asks as a reader of committed records does. */
const stableEnds = unknown(
  "ListOffsets",
  "logs are told up to their first open transaction only; what lies behind it is not seen",
);
const mayHide = unknown("Metadata", "topics that may not be described are not listed by brokers before Kafka 2.8");
