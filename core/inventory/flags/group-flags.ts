import type { Group } from "../group.ts";
import { lagOf } from "../lag.ts";
import { streamsTopic } from "../streams-topics.ts";
import { isUnknown, isWhole, unknown } from "../unknown.ts";
import type { FlagFacts } from "./flag-facts.ts";
import { firstSaid, type Look, ofEach, type Says, together } from "./look.ts";

const askGroups = (facts: FlagFacts, ask: (group: Group) => Says): Look => ofEach(facts.groups, ({ id }) => id, ask);

export function untranslatableGroups(facts: FlagFacts): Look {
  const there = new Set(facts.source.listings.groups.items.map(({ id }) => id));
  const planned = facts.waves.flatMap((wave) => wave.groups.map(({ id }) => id)).filter((id) => !there.has(id));
  const missing = ofEach({ items: planned, gaps: [] }, String, () =>
    isWhole(facts.source.listings.groups)
      ? "is not on the source: its offsets have expired, or it never committed any"
      : unknown("ListGroups", "was not found, and not every group may be listed"),
  );
  return together(
    missing,
    askGroups(facts, (group) => {
      if (group.kind === "share") return "is a share group: it has no committed offset per partition to translate";
      if (group.kind === "unknown")
        return unknown("ListGroups", "is of a kind that this version of Sluice does not know", "use a newer version");
      const lags = lagOf(group, facts.partitions);
      if (isUnknown(lags)) return lags;
      return firstSaid(
        lags.map(({ topic, partition, lostRecords }) =>
          isUnknown(lostRecords)
            ? lostRecords
            : lostRecords > 0n
              ? `retention took ${lostRecords} records of ${topic}/${partition} before they were read: its offset has expired`
              : undefined,
        ),
      );
    }),
  );
}

/** By the group's kind, and by the topics that Kafka Streams names after its application, which is its group. */
export function streamsApplications(facts: FlagFacts): Look {
  const groups = new Set(facts.groups.items.map(({ id }) => id));
  const inScope = new Set(facts.topics.items.map(({ name }) => name));
  const topics = facts.source.listings.topics.items.flatMap(({ name }) => {
    const streams = streamsTopic(name, groups);
    return streams !== undefined && (inScope.has(name) || streams.application !== undefined)
      ? [{ name, ...streams }]
      : [];
  });
  const named = ofEach(
    { items: topics, gaps: [] },
    ({ name }) => name,
    ({ name, kind, application }) =>
      application === undefined
        ? `is named like a ${kind} topic of Kafka Streams, and no group has its application's name`
        : `is the ${kind} topic of application ${application}${inScope.has(name) ? "" : ", and stays outside the wave"}`,
  );
  const ofKind = askGroups(facts, ({ kind }) => (kind === "streams" ? "is a Kafka Streams application" : undefined));
  return together(
    { ...named, lookedAt: facts.topics.items.length, unknowns: ofEach(facts.topics, String, () => undefined).unknowns },
    ofKind,
  );
}

export function connectGroups(facts: FlagFacts): Look {
  const { connectors } = facts.source.listings;
  const ofConnector = new Map(connectors.items.flatMap((c) => (c.group === undefined ? [] : [[c.group, c.name]])));
  return together(
    askGroups(facts, ({ id, protocolType }) => {
      if (protocolType === "connect") return "is the group of Connect workers";
      const connector = ofConnector.get(id);
      if (connector !== undefined) return `is the group of connector ${connector}`;
      return id.startsWith("connect-") ? `is named like the group of a sink connector` : undefined;
    }),
    ofEach({ items: [], gaps: connectors.gaps }, String, () => undefined),
  );
}

export const staticMembers = (facts: FlagFacts): Look =>
  askGroups(facts, ({ members }) => {
    if (isUnknown(members)) return members;
    const named = members.flatMap(({ instanceId }) => (instanceId === undefined ? [] : [instanceId]));
    return named.length === 0 ? undefined : `has static members: ${named.toSorted().join(", ")}`;
  });

/** A group that only ever had offsets committed has no protocol: its consumers assign partitions to themselves. */
export const assigningConsumers = (facts: FlagFacts): Look =>
  askGroups(facts, ({ kind, protocolType, offsets, members }) => {
    if (kind !== "classic" || protocolType !== "") return undefined;
    if (isUnknown(offsets)) return offsets;
    if (isUnknown(members)) return members;
    return offsets.length > 0 && members.length === 0
      ? "has commits and never had a member: its consumer assigns partitions itself, so that it cannot be seen running"
      : undefined;
  });
