import type { z } from "zod";
import type { migrationSchema } from "#core/migration/migration.ts";
import { acceptedEstate } from "#local/demo/accepted-estate.ts";
import { type Allowed, allow } from "#local/demo/estate-declaration.ts";

/** What one repetition moves, and how much is going on meanwhile. */
export const MIGRATION = "bench";
export const PARTITIONS = 8;
export const GROUPS = 20;
/** Of the groups so many have a live member that processes every record; the others are idle, with commits. */
export const LIVE_GROUPS = 2;
export const PRODUCERS = 4;
/** Of each producer, before the runs of identical records that it makes beside them. */
export const RECORDS_PER_SECOND = 900;
export const RECORD_BYTES = { least: 50, most: 2000 };

export const SUPER_USER = "admin";
export const OPERATING = { sluice: "sluice", forward: "mirror-forward", reverse: "mirror-reverse" } as const;
export const PEOPLE = [
  { id: "olga", roles: ["operator"] },
  { id: "carl", roles: ["cutover-approver", "seal-approver"] },
  { id: "sara", roles: ["seal-approver"] },
] as const;

const numbered = (name: string, count: number): readonly string[] =>
  Array.from({ length: count }, (_, index) => `${name}-${index + 1}`);

export const producerUsers = numbered("producer", PRODUCERS);
export const readerUsers = numbered("reader", LIVE_GROUPS);
export const allUsers = [SUPER_USER, ...Object.values(OPERATING), ...producerUsers, ...readerUsers];

/** The wave whose connectors and rights the floor is measured with; its producers never move. */
export const FLOOR_WAVE = "floor";

export const topicOf = (wave: string): string => `${wave}-orders`;
export const groupsOf = (wave: string): readonly string[] => numbered(`${wave}-group`, GROUPS);
export const idleGroupsOf = (wave: string): readonly string[] => groupsOf(wave).slice(LIVE_GROUPS);
export const liveGroupsOf = (wave: string): readonly string[] => groupsOf(wave).slice(0, LIVE_GROUPS);
export const switchOf = (wave: string, client: string): string => `/${wave}/${client}/cluster`;
export const switchesOf = (wave: string): readonly string[] =>
  [...producerUsers, ...readerUsers].map((client) => switchOf(wave, client));
export const secretOf = (user: string): string => `bench/${user}`;

const sluiceRights = (side: "source" | "target"): Allowed[] => [
  ...["READ", "DESCRIBE_CONFIGS", ...(side === "target" ? ["CREATE", "ALTER_CONFIGS"] : [])].map((operation) =>
    allow(OPERATING.sluice, operation, "TOPIC", "*"),
  ),
  allow(OPERATING.sluice, "READ", "GROUP", "*"),
  allow(OPERATING.sluice, "ALTER", "CLUSTER", "kafka-cluster"),
  allow(OPERATING.sluice, "DESCRIBE_CONFIGS", "CLUSTER", "kafka-cluster"),
  allow(OPERATING.sluice, "DESCRIBE", "TRANSACTIONAL_ID", "*"),
];

export const rights = (waves: readonly string[]): Readonly<Record<"source" | "target", readonly Allowed[]>> => ({
  source: [
    ...sluiceRights("source"),
    ...waves.flatMap((wave) => [
      ...producerUsers.flatMap((user) => [
        allow(user, "WRITE", "TOPIC", topicOf(wave)),
        allow(user, "DESCRIBE", "TOPIC", topicOf(wave)),
      ]),
      ...readerUsers.flatMap((user, index) => [
        allow(user, "READ", "TOPIC", topicOf(wave)),
        allow(user, "READ", "GROUP", liveGroupsOf(wave)[index] ?? ""),
      ]),
    ]),
  ],
  target: sluiceRights("target"),
});

const scram = (user: string) => ({ type: "scram", mechanism: "SCRAM-SHA-256", secret: secretOf(user) }) as const;

/**
 * Every bound and period of the freeze and of the roll-back is the default. Windows are short, since nothing is learnt here from long ones.
 */
export const migrationFile = (
  bootstrapServers: Readonly<Record<"source" | "target", string>>,
  waves: readonly string[],
  alarms: readonly { readonly name: string; readonly waves: readonly string[] }[] = [],
): z.input<typeof migrationSchema> => {
  const cluster = (side: "source" | "target") => ({
    bootstrapServers: [bootstrapServers[side]],
    auth: scram(OPERATING.sluice),
    brokersAllowEveryone: "no" as const,
    superUsers: [`User:${SUPER_USER}`, "User:broker", "User:controller"],
  });
  return {
    name: MIGRATION,
    source: cluster("source"),
    target: cluster("target"),
    replicator: {
      forward: { principal: `User:${OPERATING.forward}`, auth: scram(OPERATING.forward) },
      reverse: { principal: `User:${OPERATING.reverse}`, auth: scram(OPERATING.reverse) },
    },
    people: PEOPLE.map(({ id, roles }) => ({ id, roles: [...roles] })),
    policy: {
      replicationWindowSeconds: 3,
      keepUpWindowSeconds: 3,
      observationWindowSeconds: 3,
      windowMinSamples: 3,
      sampleGapSeconds: 30,
      alarms: alarms.map((alarm) => ({ name: alarm.name, waves: [...alarm.waves] })),
    },
    estate: acceptedEstate("olga"),
    waves: waves.map((wave) => ({
      name: wave,
      topics: [topicOf(wave)],
      groups: groupsOf(wave).map((id) => ({ id, owner: "bench", reset: "earliest", maxLagRecords: 1_000_000 })),
      clients: [
        ...producerUsers.map((name) => ({
          name,
          kind: "producer" as const,
          principal: `User:${name}`,
          switch: { ssm: switchOf(wave, name) },
        })),
        ...readerUsers.map((name, index) => ({
          name,
          kind: "consumer" as const,
          group: liveGroupsOf(wave)[index] ?? "",
          principal: `User:${name}`,
          switch: { ssm: switchOf(wave, name) },
        })),
      ],
    })),
  };
};
