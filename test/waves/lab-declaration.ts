import { acceptedEstate } from "#local/demo/accepted-estate.ts";
import type { Right } from "#local/demo/checker/left-behind.ts";
import { rightLine } from "#local/demo/checker/left-behind.ts";
import { type Allowed, allow, OPERATING, PEOPLE, SUPER_USER, switchOf } from "#local/demo/estate-declaration.ts";
import type { MigrationFile } from "#local/demo/migration-file.ts";

/** One wave of the lab: one topic, its producers, live groups and an idle one, all named after it. */
export type LabWave = {
  readonly name: string;
  readonly partitions?: number;
  /** Of each producer. */
  readonly recordsPerSecond?: number;
  readonly producers?: number;
  readonly liveGroups?: number;
  /** It has a client too that reads its topic and writes another, exactly once, with dead letters. */
  readonly hasProcessor?: boolean;
};

/** What a wave of the lab consists of, by name. */
export type DeclaredWave = {
  readonly name: string;
  readonly topic: string;
  /** Its own and those that its processor writes. */
  readonly topics: readonly string[];
  readonly partitions: number;
  /** The first of its producers. */
  readonly producer: string;
  readonly producers: readonly string[];
  readonly recordsPerSecond: number;
  readonly liveGroups: readonly string[];
  readonly idleGroup: string;
  /** Its client's and its group's name. */
  readonly processor?: string;
};

export const MIGRATION = "lab";
export const APPROVERS = { cutover: "carl", go: "carl", seal: ["carl", "sara"] } as const;
export const OPERATOR = "olga";
/** One more than the demo has, so that two can want the same approval. */
export const LAB_PEOPLE = [
  ...PEOPLE.map(({ id, roles }) => ({ id, roles: [...roles] })),
  { id: "dana", roles: ["cutover-approver" as const, "seal-approver" as const] },
];

export const declaredWave = (wave: LabWave): DeclaredWave => ({
  name: wave.name,
  topic: `${wave.name}-log`,
  topics: [`${wave.name}-log`, ...(wave.hasProcessor === true ? [`${wave.name}-done`, `${wave.name}-dead`] : [])],
  ...(wave.hasProcessor === true && { processor: `${wave.name}-processor` }),
  partitions: wave.partitions ?? 2,
  producer: `${wave.name}-writer`,
  producers: Array.from({ length: wave.producers ?? 1 }, (_, index) =>
    index === 0 ? `${wave.name}-writer` : `${wave.name}-writer-${index + 1}`,
  ),
  recordsPerSecond: wave.recordsPerSecond ?? 60,
  liveGroups: Array.from({ length: wave.liveGroups ?? 1 }, (_, index) => `${wave.name}-live-${index + 1}`),
  idleGroup: `${wave.name}-idle`,
});

export const usersOf = (waves: readonly DeclaredWave[]): readonly string[] => [
  SUPER_USER,
  ...Object.values(OPERATING),
  ...waves.flatMap(clientsOf),
];

/** Each follows a switch of its own. */
export const clientsOf = ({ producers, liveGroups, idleGroup, processor }: DeclaredWave): readonly string[] => [
  ...producers,
  ...liveGroups,
  idleGroup,
  ...(processor === undefined ? [] : [processor]),
];

const readerRights = (group: string, topic: string): Allowed[] => [
  allow(group, "READ", "TOPIC", topic),
  allow(group, "READ", "GROUP", group),
];

/** Who writes to which topic. */
const writersOf = ({ producers, topic, topics, processor }: DeclaredWave): (readonly [string, string])[] => [
  ...producers.map((producer) => [producer, topic] as const),
  ...(processor === undefined ? [] : topics.slice(1).map((written) => [processor, written] as const)),
];

const clientRights = (wave: DeclaredWave): Allowed[] => [
  ...writersOf(wave).flatMap(([writer, topic]) => [
    allow(writer, "WRITE", "TOPIC", topic),
    allow(writer, "DESCRIBE", "TOPIC", topic),
  ]),
  ...wave.liveGroups.flatMap((group) => readerRights(group, wave.topic)),
  ...(wave.processor === undefined
    ? []
    : [
        ...readerRights(wave.processor, wave.topic),
        allow(wave.processor, "WRITE", "TRANSACTIONAL_ID", wave.processor),
      ]),
];

const sluiceRights = (side: "source" | "target"): Allowed[] => [
  ...["READ", "DESCRIBE_CONFIGS", ...(side === "target" ? ["CREATE", "ALTER_CONFIGS", "DELETE"] : [])].map(
    (operation) => allow(OPERATING.sluice, operation, "TOPIC", "*"),
  ),
  allow(OPERATING.sluice, "READ", "GROUP", "*"),
  allow(OPERATING.sluice, "ALTER", "CLUSTER", "kafka-cluster"),
  allow(OPERATING.sluice, "DESCRIBE_CONFIGS", "CLUSTER", "kafka-cluster"),
  allow(OPERATING.sluice, "DESCRIBE", "TRANSACTIONAL_ID", "*"),
];

/** What is there before any wave. */
export const rightsAtStart = (
  side: "source" | "target",
  waves: readonly DeclaredWave[],
  isSourceOpen = false,
): readonly Allowed[] => {
  if (isSourceOpen && side === "source") return sluiceRights(side).filter((right) => right.type === "CLUSTER");
  return rightsWithAcls(side, waves);
};

const rightsWithAcls = (side: "source" | "target", waves: readonly DeclaredWave[]): readonly Allowed[] => [
  ...sluiceRights(side),
  ...waves.flatMap((wave) => [
    ...readerRights(wave.idleGroup, wave.topic),
    ...(side === "source" ? clientRights(wave) : []),
  ]),
];

/** Of a wave that everyone could use for want of ACLs: the fence, and on the target what everyone had, for each client. */
const openWaveWhenSealed = (side: "source" | "target", wave: DeclaredWave): readonly Right[] => {
  const { topic, producers, liveGroups, idleGroup } = wave;
  if (side === "source")
    return ["READ", "DESCRIBE_CONFIGS"].map((operation) => `ALLOW User:* ${operation} TOPIC ${topic}`);
  const theirs = [...producers, ...liveGroups].flatMap((client) => [
    ...["READ", "WRITE", "DESCRIBE", "DESCRIBE_CONFIGS"].map((operation) => allow(client, operation, "TOPIC", topic)),
    ...[...liveGroups, idleGroup].flatMap((group) =>
      ["READ", "DESCRIBE", "DELETE"].map((operation) => allow(client, operation, "GROUP", group)),
    ),
  ]);
  return theirs.map((right) => rightLine(right));
};

/** What must be there when some of the waves are sealed and no other was started, no more and no less. */
export const rightsWhenSealed = (
  side: "source" | "target",
  waves: readonly DeclaredWave[],
  sealed: readonly DeclaredWave[],
  isSourceOpen = false,
): readonly Right[] => [
  ...rightsAtStart(side, waves, isSourceOpen).map(rightLine),
  ...sealed.flatMap((wave) =>
    isSourceOpen
      ? openWaveWhenSealed(side, wave)
      : side === "source"
        ? writersOf(wave).map(([writer, topic]) => `DENY User:${writer} WRITE TOPIC ${topic}`)
        : clientRights(wave).map((right) => rightLine(right)),
  ),
];

/** The name of the secret that holds a user's { username, password }. */
export const secretOf = (user: string): string => `${MIGRATION}/${user}`;

const scram = (user: string) => ({ type: "scram", mechanism: "SCRAM-SHA-256", secret: secretOf(user) }) as const;

/** Short windows and bounds: a step that waits for its cure is a second, not a minute. */
export const FAST_POLICY = {
  delayLimitSeconds: 10,
  replicationWindowSeconds: 2,
  keepUpWindowSeconds: 2,
  observationWindowSeconds: 2,
  windowMinSamples: 3,
  sampleGapSeconds: 30,
  freezeDeadlineSeconds: 30,
  moveProducersDeadlineSeconds: 30,
  settleMilliseconds: 300,
  // Longer than the lab's producers pause between two sends.
  quietMilliseconds: 300,
  leaseSeconds: 5,
} as const satisfies MigrationFile["policy"];

export const labMigration = (
  bootstrapServers: Readonly<Record<"source" | "target", string>>,
  waves: readonly DeclaredWave[],
  policy: MigrationFile["policy"] = {},
  isSourceOpen = false,
): MigrationFile => {
  const cluster = (address: string) => ({
    bootstrapServers: [address],
    auth: scram(OPERATING.sluice),
    brokersAllowEveryone: "no" as const,
    superUsers: [`User:${SUPER_USER}`, "User:broker", "User:controller"],
  });
  return {
    name: MIGRATION,
    source: { ...cluster(bootstrapServers.source), ...(isSourceOpen && { brokersAllowEveryone: "yes" as const }) },
    target: cluster(bootstrapServers.target),
    replicator: {
      forward: { principal: `User:${OPERATING.forward}`, auth: scram(OPERATING.forward) },
      reverse: { principal: `User:${OPERATING.reverse}`, auth: scram(OPERATING.reverse) },
    },
    people: LAB_PEOPLE,
    policy: { ...FAST_POLICY, ...policy },
    estate: acceptedEstate(OPERATOR),
    waves: waves.map((wave) => ({
      name: wave.name,
      topics: [...wave.topics],
      groups: [...wave.liveGroups, wave.idleGroup, ...(wave.processor === undefined ? [] : [wave.processor])].map(
        (id) => ({
          id,
          owner: "team-lab",
          reset: "earliest",
          maxLagRecords: 1_000_000,
        }),
      ),
      clients: [
        ...wave.producers.map((producer) => ({
          name: producer,
          kind: "producer" as const,
          principal: `User:${producer}`,
          switch: { ssm: switchOf(producer) },
        })),
        ...wave.liveGroups.map((id) => ({
          name: id,
          kind: "consumer" as const,
          group: id,
          principal: `User:${id}`,
          switch: { ssm: switchOf(id) },
        })),
        ...(wave.processor === undefined
          ? []
          : [
              {
                name: wave.processor,
                kind: "both" as const,
                group: wave.processor,
                principal: `User:${wave.processor}`,
                switch: { ssm: switchOf(wave.processor) },
              },
            ]),
      ],
    })),
  };
};
