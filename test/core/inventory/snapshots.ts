import { assemble, kinds } from "#core/inventory/assemble.ts";
import type { Group } from "#core/inventory/group.ts";
import type { Kind, Kinds, Snapshot, SomeListings } from "#core/inventory/snapshot.ts";
import type { Offset, Partition, Topic } from "#core/inventory/topic.ts";
import type { Listing } from "#core/inventory/unknown.ts";
import { offsetOn } from "#core/kafka/offset.ts";

const at = Date.UTC(2026, 0, 2, 3, 4, 5);

export const offset = (value: number): Offset => offsetOn(BigInt(value));

export const listing = <T>(items: readonly T[], o: Partial<Listing<T>> = {}): Listing<T> => ({
  source: "Metadata",
  readAt: at,
  items,
  gaps: [],
  ...o,
});

export const partition = (n: number, o: Partial<Partition> = {}): Partition => ({
  partition: n,
  leader: 1,
  replicas: [1],
  inSync: [1],
  ends: { logStart: offset(0), highWatermark: offset(100) },
  newest: { offset: offset(99), at },
  sizeBytes: 10_000,
  ...o,
});

export const topic = (name: string, o: Partial<Topic> = {}): Topic => ({
  name,
  id: `id-of-${name}`,
  isInternal: name.startsWith("__"),
  partitions: [partition(0)],
  configs: new Map([["cleanup.policy", { value: "delete", origin: "default" }]]),
  ...o,
});

export const group = (id: string, o: Partial<Group> = {}): Group => ({
  id,
  kind: "classic",
  protocolType: "consumer",
  state: "Empty",
  coordinator: 1,
  members: [],
  offsets: [],
  lastCommit: { at },
  ...o,
});

/** A whole snapshot of nothing but what is given. */
export function snapshot(
  items: { readonly [K in Kind]?: readonly Kinds[K][] } = {},
  o: Partial<Omit<Snapshot, "listings">> = {},
): Snapshot {
  const blank = assemble([], at);
  const given = Object.fromEntries(
    kinds.map((kind) => [kind, { ...blank[kind], items: items[kind] ?? [], gaps: [] }]),
  ) as SomeListings;
  return {
    migration: "shop",
    side: "source",
    id: new Date(at).toISOString(),
    startedAt: at,
    endedAt: at + 1000,
    ...o,
    listings: assemble([given], at),
  };
}
