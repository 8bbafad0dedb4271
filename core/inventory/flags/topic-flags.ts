import { mirrorExcludes } from "#core/migration/migration.ts";
import { INHERITED_MATTERS } from "#core/migration/target-topic.ts";
import { type Configs } from "../config.ts";
import type { Topic } from "../topic.ts";
import { isUnknown, type OrUnknown, unknown } from "../unknown.ts";
import type { FlagFacts } from "./flag-facts.ts";
import { firstSaid, type Look, ofEach, type Says } from "./look.ts";

const askTopics = (facts: FlagFacts, ask: (topic: Topic) => Says): Look =>
  ofEach(facts.topics, ({ name }) => name, ask);

/** A setting that is not told is unknown, whatever its default may be. */
export function settingOf({ configs }: Pick<Topic, "configs">, name: string): OrUnknown<string> {
  if (isUnknown(configs)) return configs;
  return configs.get(name)?.value ?? unknown("DescribeConfigs", `${name} is not among the settings that brokers told`);
}

const askSetting = (facts: FlagFacts, name: string, says: (value: string) => string | undefined): Look =>
  askTopics(facts, (topic) => {
    const value = settingOf(topic, name);
    return isUnknown(value) ? value : says(value);
  });

export const compactedTopics = (facts: FlagFacts): Look =>
  askSetting(facts, "cleanup.policy", (policy) =>
    policy.includes("compact") ? `has cleanup.policy ${policy}` : undefined,
  );

export const logAppendTime = (facts: FlagFacts): Look =>
  askSetting(facts, "message.timestamp.type", (type) =>
    type === "LogAppendTime" ? "stamps records when they are appended, not when they were made" : undefined,
  );

/** Kafka's own default of `max.message.bytes`: what clients and brokers take that nobody configured. */
const DEFAULT_RECORD_BYTES = 1_048_588;

export const largeRecords = (facts: FlagFacts): Look =>
  askSetting(facts, "max.message.bytes", (bytes) =>
    Number(bytes) > DEFAULT_RECORD_BYTES
      ? `takes batches of up to ${bytes} bytes, more than Kafka's default of ${DEFAULT_RECORD_BYTES}`
      : undefined,
  );

/** Clocks of machines differ by less. */
const SKEW_MILLISECONDS = 60_000;

export const timesAhead = (facts: FlagFacts): Look =>
  askTopics(facts, ({ partitions }) =>
    isUnknown(partitions)
      ? partitions
      : firstSaid(
          partitions.map(({ partition, newest }) => {
            if (isUnknown(newest)) return newest;
            const ahead = newest === undefined ? 0 : newest.at - facts.source.endedAt;
            return ahead > SKEW_MILLISECONDS
              ? `has a record ${Math.round(ahead / 1000)} s ahead of the clock, at offset ${newest?.offset} of partition ${partition}`
              : undefined;
          }),
        ),
  );

export const singleReplicas = (facts: FlagFacts): Look =>
  askTopics(facts, ({ partitions }) => {
    if (isUnknown(partitions)) return partitions;
    const single = partitions.filter(({ replicas }) => replicas.length < 2);
    return single.length === 0
      ? undefined
      : `has one replica on ${single.length} of ${partitions.length} partitions: while that broker is away it can be neither copied nor proved`;
  });

/** What MirrorMaker leaves out, and names that Kafka takes for the same: it refuses to create the second. */
export function mirrorNames(facts: FlagFacts): Look {
  const alike = (name: string): string => name.replaceAll(".", "_");
  const names = new Map<string, Set<string>>();
  const { items: onSource } = facts.source.listings.topics;
  for (const { name } of [...onSource, ...(facts.target?.listings.topics.items ?? [])])
    names.set(alike(name), (names.get(alike(name)) ?? new Set()).add(name));
  return askTopics(facts, ({ name, isInternal }) => {
    if (isInternal) return undefined;
    const excluded = mirrorExcludes(name);
    if (excluded !== undefined) return excluded;
    const others = [...(names.get(alike(name)) ?? [])].filter((other) => other !== name);
    return others.length === 0
      ? undefined
      : `differs from ${others.toSorted().join(", ")} by "." and "_" only, which Kafka refuses beside each other`;
  });
}

/** Settings that topics inherit, as they are on the target where topics inherit them; the target's topics show its defaults. */
export function inheritedSettings(facts: FlagFacts): Look {
  const target = facts.target?.listings.topics;
  if (target === undefined) return ofEach({ items: [], gaps: [NO_TARGET] }, String, () => undefined);
  const inherited = new Map<string, string | null>();
  const known = new Set<string>();
  for (const { configs } of target.items)
    for (const [name, { value, origin }] of isUnknown(configs) ? (new Map() as Configs) : configs) {
      known.add(name);
      if (origin !== "topic") inherited.set(name, value);
    }
  const topics = new Map<string, { readonly value: string | null; readonly names: string[] }>();
  const unknowns = ofEach(
    facts.topics,
    ({ name }) => name,
    ({ name: topic, configs }) => {
      if (isUnknown(configs)) return configs;
      for (const [name, { value, origin }] of configs) {
        // What matters most is written out on the target's topic itself.
        if (origin === "topic" || INHERITED_MATTERS.includes(name)) continue;
        const key = `${name} ${value}`;
        topics.set(key, { value, names: [...(topics.get(key)?.names ?? []), topic].slice(0, 4) });
      }
      return undefined;
    },
  );
  const settings = [...topics].map(([key, { value, names }]) => ({
    name: key.slice(0, key.indexOf(" ")),
    value,
    names,
  }));
  const compared = ofEach(
    { items: settings, gaps: known.size === 0 ? [NO_TARGET_TOPIC] : [] },
    ({ name }) => name,
    ({ name, value, names }) => {
      // A setting that no topic of the target has is of another release.
      if (!known.has(name)) return undefined;
      const there = inherited.get(name);
      if (there === undefined)
        return unknown(
          "DescribeConfigs",
          "every topic of the target sets it itself, so that its default does not show",
        );
      return there === value
        ? undefined
        : `is ${value} where topics inherit it on the source, and ${there} on the target (${names.slice(0, 3).join(", ")}${names.length > 3 ? "…" : ""})`;
    },
  );
  return { ...compared, unknowns: [...unknowns.unknowns, ...compared.unknowns], lookedAt: facts.topics.items.length };
}

const NO_TARGET = unknown("DescribeConfigs", "the target has no snapshot", "take one of the target");
const NO_TARGET_TOPIC = unknown(
  "DescribeConfigs",
  "no topic of the target tells its settings, so that its defaults do not show",
  "allow DESCRIBE_CONFIGS on the target's topics, or create one there; then take a new snapshot",
);
