import type { AnyAcl } from "../access.ts";
import type { Configs } from "../config.ts";
import type { Group } from "../group.ts";
import type { Kind, Kinds } from "../snapshot.ts";
import type { Topic } from "../topic.ts";
import { isUnknown, type OrUnknown } from "../unknown.ts";

/** What of an item is compared: one value, or several by name; one that is in neither is no change. */
export type Trait = { readonly what: string; readonly values: OrUnknown<string | ReadonlyMap<string, string>> };

/** Readings, and what leaves no lasting trace (producers, throughput, sampled schema ids), differ at any two times: no drift. */
export type DriftKind = Exclude<Kind, "producers" | "throughput" | "schema-use">;

type Comparable<T> = {
  /** How a person calls it. */
  readonly called: (item: T) => string;
  /** Between two times on one cluster. */
  readonly traits: (item: T) => readonly Trait[];
  /** Between source and target; absent where both having the same means nothing. */
  readonly acrossSides?: (item: T) => readonly Trait[];
};

export const COMPARED: { readonly [K in DriftKind]: Comparable<Kinds[K]> } = {
  cluster: {
    called: () => "the cluster",
    traits: ({ clusterId, features, release, authorizer }) => [
      { what: "id", values: clusterId ?? "none" },
      { what: "release", values: release },
      { what: "authoriser", values: authorizer },
      { what: "feature", values: mapped(features, (f) => entriesOf(f)) },
    ],
  },
  brokers: {
    called: ({ id }) => `broker ${id}`,
    traits: ({ host, port, rack, configs }) => [
      { what: "address", values: `${host}:${port}` },
      { what: "rack", values: rack ?? "none" },
      { what: "setting", values: mapped(configs, settings) },
    ],
  },
  topics: {
    called: ({ name }) => `topic ${name}`,
    traits: (topic) => [{ what: "id", values: topic.id ?? "none" }, ...topicShape(topic)],
    acrossSides: topicShape,
  },
  groups: {
    called: ({ id }) => `group ${id}`,
    traits: (group) => [
      { what: "kind", values: group.kind },
      { what: "protocol", values: group.protocolType === "" ? "commits only" : group.protocolType },
      { what: "topics read", values: topicsCommitted(group) },
      { what: "setting", values: mapped(group.configs ?? new Map(), settings) },
    ],
  },
  transactions: { called: ({ transactionalId }) => `transactional id ${transactionalId}`, traits: () => [] },
  acls: { called: aclInWords, traits: () => [], acrossSides: () => [] },
  "scram-users": {
    called: ({ user }) => `SCRAM user ${user}`,
    traits: ({ mechanisms }) => [{ what: "mechanisms", values: listed(mechanisms) }],
    acrossSides: ({ mechanisms }) => [{ what: "mechanisms", values: listed(mechanisms) }],
  },
  quotas: {
    called: ({ entity }) => `quota of ${entity.map(({ type, name }) => `${type} ${name ?? "(default)"}`).join(", ")}`,
    traits: ({ limits }) => [{ what: "limit", values: entriesOf(limits) }],
    acrossSides: ({ limits }) => [{ what: "limit", values: entriesOf(limits) }],
  },
  registry: {
    called: ({ url }) => `schema registry ${url}`,
    traits: ({ compatibility, mode }) => [
      { what: "compatibility", values: compatibility },
      { what: "mode", values: mapped(mode, (m) => m ?? "none") },
    ],
  },
  subjects: {
    called: ({ name }) => `schema subject ${name}`,
    traits: subjectTraits,
    acrossSides: subjectTraits,
  },
  connectors: {
    called: ({ name, workers }) => `connector ${name} of ${workers}`,
    traits: ({ kind, class: className, config, reads, writes, deadLetterTopic, group }) => [
      { what: "kind", values: kind },
      { what: "class", values: className },
      { what: "setting", values: mapped(config, entriesOf) },
      { what: "topics read", values: mapped(reads, listed) },
      { what: "topics written", values: mapped(writes, listed) },
      { what: "dead-letter topic", values: deadLetterTopic ?? "none" },
      { what: "group", values: group ?? "none" },
    ],
  },
  operations: {
    called: ({ kind, name }) => `${kind} ${name}`,
    traits: ({ facts }) => [{ what: "fact", values: mapped(facts, entriesOf) }],
  },
};

export const DRIFT_KINDS = Object.keys(COMPARED) as readonly DriftKind[];

function topicShape({ partitions, configs }: Topic): readonly Trait[] {
  return [
    { what: "partitions", values: mapped(partitions, (p) => String(p.length)) },
    {
      what: "replicas",
      values: mapped(partitions, (p) => listed(p.map(({ replicas }) => String(replicas.length)))),
    },
    { what: "setting", values: mapped(configs, settings) },
  ];
}

function subjectTraits({ versions, type, references, compatibility, mode }: Kinds["subjects"]): readonly Trait[] {
  const orInherited = (value: string | undefined): string => value ?? "the registry's";
  return [
    { what: "versions", values: mapped(versions, (all) => listed(all.map((v) => `${v.version} (id ${v.id})`))) },
    { what: "type", values: type },
    { what: "references", values: mapped(references, (all) => listed(all.map((r) => `${r.subject} ${r.version}`))) },
    { what: "compatibility", values: mapped(compatibility, orInherited) },
    { what: "mode", values: mapped(mode, orInherited) },
  ];
}

/** Members come and go with every restart: what a group has committed is what it reads. */
const topicsCommitted = ({ offsets }: Group): OrUnknown<string> =>
  mapped(offsets, (commits) => listed(commits.map(({ topic }) => topic)));

export function aclInWords({ principal, host, operation, permission, resourceType, pattern, resourceName }: AnyAcl) {
  const type = resourceType.toLowerCase().replaceAll("_", " ");
  const resource =
    resourceType === "CLUSTER"
      ? "the cluster"
      : pattern === "PREFIXED"
        ? `every ${type} that begins with ${resourceName}`
        : resourceName === "*"
          ? `every ${type}`
          : `${type} ${resourceName}`;
  const from = host === "*" ? "" : ` from ${host}`;
  return `the right that ${principal} ${permission === "DENY" ? "must not" : "may"} ${operation} ${resource}${from}`;
}

const settings = (configs: Configs): ReadonlyMap<string, string> =>
  new Map([...configs].map(([name, { value }]) => [name, value ?? "not told"]));

const entriesOf = (values: Readonly<Record<string, unknown>>): ReadonlyMap<string, string> =>
  new Map(Object.entries(values).map(([name, value]) => [name, String(value)]));

const listed = (names: readonly string[]): string => [...new Set(names)].toSorted().join(", ") || "none";

const mapped = <T, R>(value: OrUnknown<T>, map: (known: T) => R): OrUnknown<R> =>
  isUnknown(value) ? value : map(value);
