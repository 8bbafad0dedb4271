import type { AclEntry } from "#core/kafka/acl.ts";
import type { PartitionMap } from "#core/kafka/topic-partition.ts";
import type { Migration, WavePlan } from "#core/migration/migration.ts";
import { workerNames } from "#core/replication/worker-names.ts";
import { matches } from "#core/rights/client-rights.ts";
import { type AnyAcl, reachesRecords } from "../access.ts";
import type { EstateClient } from "../client.ts";
import type { EstateClients } from "../clients/clients.ts";
import type { Group } from "../group.ts";
import { partitionsOf } from "../lag.ts";
import type { Snapshot } from "../snapshot.ts";
import type { Partition, Topic } from "../topic.ts";
import { isWhole, type Listing, orElse, type Unknown, unknown } from "../unknown.ts";

/** What is asked about: the whole estate, or one wave and what touches it. */
export type FlagFacts = {
  readonly migration: Migration;
  readonly waves: readonly WavePlan[];
  readonly source: Snapshot;
  readonly target: Snapshot | undefined;
  /** Of the scope. What a wave names and is not there is a gap. */
  readonly topics: Listing<Topic>;
  readonly groups: Listing<Group>;
  readonly acls: Listing<AnyAcl>;
  readonly clients: { readonly items: readonly EstateClient[]; readonly gaps: readonly Unknown[] };
  /** Of all topics of the source. */
  readonly partitions: PartitionMap<Partition>;
};

export const topicsOfGroup = ({ members, offsets }: Group): ReadonlySet<string> =>
  new Set([
    ...orElse(offsets, []).map(({ topic }) => topic),
    ...orElse(members, []).flatMap(({ subscribed, assigned }) => [
      ...subscribed,
      ...assigned.map(({ topic }) => topic),
    ]),
  ]);

export function flagFacts(
  migration: Migration,
  snapshots: { readonly source: Snapshot; readonly target?: Snapshot | undefined },
  joined: EstateClients,
  wave?: WavePlan,
): FlagFacts {
  const { source, target } = snapshots;
  const { topics, groups, acls } = source.listings;
  const waves = wave === undefined ? migration.waves : [wave];
  const moved = new Set(waves.flatMap((w) => w.topics));
  const isMoved = (topic: string): boolean => moved.has(topic);
  const own = new Set((["forward", "reverse"] as const).map((d) => workerNames(migration.name, d).groupId));
  const inScope = {
    topic: (name: string) => wave === undefined || isMoved(name),
    group: (group: Group) =>
      !own.has(group.id) &&
      (wave === undefined || wave.groups.some(({ id }) => id === group.id) || [...topicsOfGroup(group)].some(isMoved)),
  };
  const scopedGroups = groups.items.filter(inScope.group);
  const groupIds = new Set([
    ...scopedGroups.map(({ id }) => id),
    ...waves.flatMap((w) => w.groups.map(({ id }) => id)),
  ]);
  const principals = new Set(waves.flatMap((w) => w.clients.map(({ principal }) => principal)));
  const aclInScope = (acl: AnyAcl): boolean => {
    if (wave === undefined) return true;
    if (!reachesRecords(acl)) return false;
    const hits = (type: AclEntry["resourceType"], names: Iterable<string>) =>
      acl.resourceType === type && [...names].some((name) => matches(acl, type, name));
    return (
      hits("TOPIC", moved) ||
      hits("GROUP", groupIds) ||
      (acl.resourceType === "TRANSACTIONAL_ID" && principals.has(acl.principal))
    );
  };
  const clientInScope = (client: EstateClient): boolean =>
    wave === undefined ||
    client.groups.some((id) => groupIds.has(id)) ||
    client.principals.some((p) => principals.has(p)) ||
    [...client.reads, ...client.writes].some(isMoved);
  return {
    migration,
    waves,
    source,
    target,
    topics: withMissing(
      topics,
      topics.items.filter(({ name }) => inScope.topic(name)),
      topics.items,
      moved,
    ),
    groups: { ...groups, items: scopedGroups },
    acls: { ...acls, items: acls.items.filter(aclInScope) },
    clients: { items: joined.clients.filter(clientInScope), gaps: joined.gaps },
    partitions: partitionsOf(topics),
  };
}

/** A topic that a wave names and nobody found was not looked at: nothing is known of it. */
function withMissing(
  listing: Listing<Topic>,
  items: readonly Topic[],
  all: readonly Topic[],
  moved: ReadonlySet<string>,
): Listing<Topic> {
  const there = new Set(all.map(({ name }) => name));
  const missing = [...moved].filter((name) => !there.has(name));
  const gaps = missing.map((name) =>
    unknown(
      "Metadata",
      `topic ${name} of a wave was not found on the source${isWhole(listing) ? "" : ", or may not be described"}`,
      `create it, take it out of its wave, or allow Sluice to describe it; then take a new snapshot`,
    ),
  );
  return { ...listing, items, gaps: [...listing.gaps, ...gaps] };
}
