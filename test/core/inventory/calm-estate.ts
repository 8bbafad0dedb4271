/** An estate of one wave in which no flag is raised; tests change one thing about it. */
import { clientsOf } from "#core/inventory/clients/clients.ts";
import { type FlagFacts, flagFacts } from "#core/inventory/flags/flag-facts.ts";
import { type Flag, raiseFlags } from "#core/inventory/flags/flags.ts";
import type { Kind, Kinds, Snapshot } from "#core/inventory/snapshot.ts";
import type { Topic } from "#core/inventory/topic.ts";
import type { Unknown } from "#core/inventory/unknown.ts";
import { type Migration, planOf } from "#core/migration/migration.ts";
import { migration, migrationFile, waveFile } from "../../in-memory/migration.ts";
import { acl, broker, cluster, configs, member, withGap } from "./estates.ts";
import { group, offset, partition, snapshot, topic } from "./snapshots.ts";

const SETTINGS = {
  "cleanup.policy": "delete",
  "message.timestamp.type": "CreateTime",
  "max.message.bytes": "1048588",
  "retention.ms": "604800000",
  "retention.bytes": "-1",
  "min.insync.replicas": "2",
};

export const calmTopic = (name: string, settings: Readonly<Record<string, string>> = {}, o: Partial<Topic> = {}) =>
  topic(name, {
    configs: configs({ ...SETTINGS, ...settings }, "default"),
    partitions: [partition(0, { replicas: [1, 2] })],
    ...o,
  });

const wave = waveFile("orders");
export const calmFile = {
  source: { ...migrationFile().source, brokersAllowEveryone: "no" },
  target: { ...migrationFile().target, brokersAllowEveryone: "no" },
  waves: [{ ...wave, clients: wave.clients.map((client) => ({ ...client, owner: "team-ledger" })) }],
  estate: { copyBytesPerSecond: 1_000_000 },
} as const;

export const calmGroup = group("orders-ledger", {
  members: [member("ledger")],
  offsets: [{ topic: "orders", partition: 0, offset: offset(50), metadata: "" }],
});

type Items = { readonly [K in Kind]?: readonly Kinds[K][] };
const clusterItems: Items = {
  cluster: [cluster()],
  brokers: [broker(1, { configs: configs({ "super.users": "" }) })],
};

export const calmItems: Items = {
  ...clusterItems,
  topics: [calmTopic("orders")],
  groups: [calmGroup],
  acls: [acl(), acl({ principal: "User:orders-ledger", operation: "READ" })],
  throughput: [{ topic: "orders", seconds: 1, recordsPerSecond: 1, bytesPerSecond: 1, averageRecordBytes: 100 }],
};

export type Change = {
  readonly source?: Items;
  readonly target?: Items;
  readonly file?: Readonly<Record<string, unknown>>;
  readonly gap?: { readonly kind: Kind; readonly of: Unknown };
};

export const calmEstate = ({ source = {}, target = {}, file = {}, gap }: Change = {}) => {
  const whole = snapshot({ ...calmItems, ...source });
  return {
    migration: migration({ ...calmFile, ...file }),
    source: gap === undefined ? whole : withGap(whole, gap.kind, gap.of),
    target: snapshot({ ...clusterItems, topics: [calmTopic("other")], ...target }, { side: "target" }),
  };
};

export const factsOf = (
  { migration: of, source, target }: { migration: Migration; source: Snapshot; target?: Snapshot },
  waveName?: string,
): FlagFacts =>
  flagFacts(of, { source, target }, clientsOf(source, of), waveName === undefined ? undefined : planOf(of, waveName));

export const flagsOf = (change: Change = {}, waveName?: string): readonly Flag[] => {
  const estate = calmEstate(change);
  return raiseFlags(factsOf(estate, waveName), estate.source.endedAt);
};
