import type { z } from "zod";
import type { migrationSchema } from "#core/migration/migration.ts";
import { estateOf } from "./estate-decisions.ts";
import {
  ALARM,
  type DemoGroup,
  type DemoWave,
  liveGroups,
  MIGRATION,
  OPERATING,
  PEOPLE,
  SUPER_USER,
  switchOf,
  WAVES,
} from "./estate-declaration.ts";

export type MigrationFile = z.input<typeof migrationSchema>;

/** The name of the secret that holds a user's { username, password }. */
export const secretOf = (user: string): string => `demo/${user}`;

const scram = (user: string) => ({ type: "scram", mechanism: "SCRAM-SHA-256", secret: secretOf(user) }) as const;

/**
 * What a platform team would write for this estate: it leaves the waves to a plan. `returns` is the name that the plan gives the wave
 * of the returns, once it is known: an alarm and two waivers are about that one.
 */
export const migrationFile = (
  bootstrapServers: { readonly source: string; readonly target: string },
  { returns }: { readonly returns?: string } = {},
): MigrationFile => {
  const cluster = (address: string) => ({
    bootstrapServers: [address],
    auth: scram(OPERATING.sluice),
    brokersAllowEveryone: "no" as const,
    superUsers: [`User:${SUPER_USER}`, "User:broker", "User:controller"],
  });
  return {
    name: MIGRATION,
    source: cluster(bootstrapServers.source),
    target: cluster(bootstrapServers.target),
    replicator: {
      forward: { principal: `User:${OPERATING.forward}`, auth: scram(OPERATING.forward) },
      reverse: { principal: `User:${OPERATING.reverse}`, auth: scram(OPERATING.reverse) },
      emitsOffsetSyncs: true,
    },
    people: PEOPLE.map(({ id, roles }) => ({ id, roles: [...roles] })),
    policy: {
      delayLimitSeconds: 5,
      replicationWindowSeconds: 21,
      keepUpWindowSeconds: 21,
      observationWindowSeconds: 21,
      windowMinSamples: 20,
      sampleGapSeconds: 10,
      ...(returns === undefined ? {} : { alarms: [{ name: ALARM, waves: [returns] }] }),
      rollbackRules: [{ kind: "lag", maxLagRecords: 50_000, forSeconds: 60 }],
    },
    waves: [],
    planning: {
      groups: WAVES.flatMap((wave) => wave.groups.map(groupOf)),
      clients: WAVES.flatMap(clientsOf),
      throughput: {
        taskBytesPerSecond: 5_000_000,
        taskRecordsPerSecond: 20_000,
        from: "what one task copied on one machine with both clusters on it",
      },
      rollbackHours: 1,
    },
    estate: estateOf(returns),
  };
};

type Planning = NonNullable<MigrationFile["planning"]>;

const groupOf = ({ id, owner, idle, known }: DemoGroup): NonNullable<Planning["groups"]>[number] => ({
  id,
  owner,
  reset: "earliest",
  // Nobody reads these until after the seal, so that they only fall behind.
  ...(idle === undefined ? {} : { maxLagRecords: 1_000_000 }),
  ...known,
});

const clientsOf = (wave: DemoWave): NonNullable<Planning["clients"]> => [
  ...wave.producers.map(({ name, owner }) => ({
    name,
    owner,
    kind: "producer" as const,
    principal: `User:${name}`,
    switch: { ssm: switchOf(name) },
  })),
  ...liveGroups(wave).map(({ id, owner, writes }) => ({
    name: id,
    owner,
    kind: writes === undefined ? ("consumer" as const) : ("both" as const),
    group: id,
    principal: `User:${id}`,
    switch: { ssm: switchOf(id) },
  })),
];
