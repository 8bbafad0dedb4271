import type { z } from "zod";
import type { migrationSchema } from "#core/migration/migration.ts";
import { ESTATE } from "./estate-decisions.ts";
import {
  ALARM,
  type DemoWave,
  liveGroups,
  MIGRATION,
  OPERATING,
  PEOPLE,
  RETURNS,
  SUPER_USER,
  switchOf,
  WAVES,
} from "./estate-declaration.ts";

export type MigrationFile = z.input<typeof migrationSchema>;

/** The name of the secret that holds a user's { username, password }. */
export const secretOf = (user: string): string => `demo/${user}`;

const scram = (user: string) => ({ type: "scram", mechanism: "SCRAM-SHA-256", secret: secretOf(user) }) as const;

/** What a platform team would write for this estate. */
export const migrationFile = (bootstrapServers: {
  readonly source: string;
  readonly target: string;
}): MigrationFile => {
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
      alarms: [{ name: ALARM, waves: [RETURNS.name] }],
      rollbackRules: [{ kind: "lag", maxLagRecords: 50_000, forSeconds: 60 }],
    },
    estate: ESTATE,
    waves: WAVES.map(wavePlan),
  };
};

const wavePlan = (wave: DemoWave): MigrationFile["waves"][number] => ({
  name: wave.name,
  topics: wave.topics.map((topic) => topic.name),
  groups: wave.groups.map((group) => ({
    id: group.id,
    owner: group.owner,
    reset: "earliest",
    // Nobody reads these until after the seal, so that they only fall behind.
    ...(group.idle === undefined ? {} : { maxLagRecords: 1_000_000 }),
  })),
  clients: [
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
  ],
});
