import { type Right, rightLine } from "./checker/left-behind.ts";

/** What the demo's applications consist of, before anything runs. Pure: names and numbers only. */

export const MIGRATION = "demo";

export type DemoProducer = {
  readonly name: string;
  readonly topic: string;
  readonly owner: string;
  readonly recordsPerSecond: number;
  readonly backlog: number;
};

export type DemoGroup = {
  readonly id: string;
  readonly topics: readonly string[];
  readonly owner: string;
  /** As shown in the report. */
  readonly isLike: string;
  /** What no broker tells of its application: whether records that are read twice do harm. */
  readonly known: { readonly replaySafe: boolean };
  /** Its client writes too, in one transaction with what it reads. */
  readonly writes?: { readonly to: string; readonly deadLetters: string; readonly transactionalId: string };
  /** Falls behind on the source at this rate; undefined: keeps up. */
  readonly recordsPerSecondOnSource?: number;
  /** Read a little before the wave, then nobody; read to the end on the target after the seal. */
  readonly idle?: { readonly stopsAfterRecords: number; readonly leavesOut: readonly string[] };
};

export type DemoWave = {
  readonly name: string;
  readonly topics: readonly { readonly name: string; readonly partitions: number }[];
  readonly producers: readonly DemoProducer[];
  readonly groups: readonly DemoGroup[];
};

export const SHOP: DemoWave = {
  name: "shop",
  topics: [
    { name: "orders", partitions: 6 },
    { name: "payments", partitions: 4 },
  ],
  producers: [
    { name: "orders-api", topic: "orders", owner: "team-shop", recordsPerSecond: 240, backlog: 9000 },
    { name: "payments-api", topic: "payments", owner: "team-finance", recordsPerSecond: 140, backlog: 4000 },
  ],
  groups: [
    {
      id: "fulfilment",
      topics: ["orders"],
      owner: "team-logistics",
      isLike: "caught up",
      known: { replaySafe: false },
    },
    { id: "fraud", topics: ["payments"], owner: "team-risk", isLike: "caught up", known: { replaySafe: true } },
    {
      id: "ledger",
      topics: ["orders", "payments"],
      owner: "team-finance",
      isLike: "caught up, two topics",
      known: { replaySafe: false },
    },
    {
      id: "billing",
      topics: ["orders"],
      owner: "team-finance",
      isLike: "thousands behind",
      known: { replaySafe: false },
      recordsPerSecondOnSource: 120,
    },
    {
      id: "analytics",
      topics: ["orders", "payments"],
      owner: "team-insight",
      isLike: "idle, with commits",
      known: { replaySafe: true },
      idle: { stopsAfterRecords: 5000, leavesOut: [] },
    },
    {
      id: "reports",
      topics: ["payments"],
      owner: "team-insight",
      isLike: "idle, one partition without a commit",
      known: { replaySafe: true },
      idle: { stopsAfterRecords: 1500, leavesOut: ["payments/3"] },
    },
  ],
};

export const RETURNS: DemoWave = {
  name: "returns",
  topics: [
    { name: "returns", partitions: 3 },
    { name: "refunds", partitions: 3 },
    { name: "returns-dead-letters", partitions: 3 },
  ],
  producers: [{ name: "returns-api", topic: "returns", owner: "team-shop", recordsPerSecond: 80, backlog: 1500 }],
  groups: [
    {
      id: "refunder",
      topics: ["returns"],
      owner: "team-finance",
      isLike: "reads and writes, exactly once",
      known: { replaySafe: false },
      writes: { to: "refunds", deadLetters: "returns-dead-letters", transactionalId: "refunder-1" },
    },
    {
      id: "restocking",
      topics: ["returns", "refunds"],
      owner: "team-logistics",
      isLike: "caught up, two topics",
      known: { replaySafe: false },
    },
  ],
};

export const WAVES: readonly DemoWave[] = [SHOP, RETURNS];

/** The CloudWatch alarm that rolls the returns back. */
export const ALARM = "refund-errors";

export const liveGroups = (wave: DemoWave): readonly DemoGroup[] =>
  wave.groups.filter((group) => group.idle === undefined);
export const idleGroups = (wave: DemoWave): readonly DemoGroup[] =>
  wave.groups.filter((group) => group.idle !== undefined);

/** Sluice's own principals: one for the control plane, one per direction for the mirrors. */
export const OPERATING = { sluice: "sluice", forward: "mirror-forward", reverse: "mirror-reverse" } as const;
export const SUPER_USER = "admin";

export const PEOPLE = [
  { id: "olga", roles: ["operator"] },
  { id: "carl", roles: ["cutover-approver", "seal-approver"] },
  { id: "sara", roles: ["seal-approver"] },
] as const;

/** The SSM parameter that a client follows. */
export const switchOf = (client: string): string => `/${client}/kafka/cluster`;

/** Each signs in by its own name and follows a switch of its own. */
export const clientsOf = (wave: DemoWave): readonly string[] => [
  ...wave.producers.map((producer) => producer.name),
  ...wave.groups.map((group) => group.id),
];

export const allUsers: readonly string[] = [
  SUPER_USER,
  ...Object.values(OPERATING),
  ...WAVES.flatMap((wave) => clientsOf(wave)),
];

type Access = { readonly type: string; readonly name: string; readonly isPrefixed: boolean };
export type Allowed = Access & { readonly principal: string; readonly operation: string; readonly permission: "ALLOW" };

export const allow = (user: string, operation: string, type: string, name: string): Allowed => ({
  permission: "ALLOW",
  principal: `User:${user}`,
  operation,
  type,
  name,
  isPrefixed: false,
});

const writersRights = (user: string, topic: string): Allowed[] => [
  allow(user, "WRITE", "TOPIC", topic),
  allow(user, "DESCRIBE", "TOPIC", topic),
];

const groupRights = ({ id, topics, writes }: DemoGroup): Allowed[] => [
  ...topics.map((topic) => allow(id, "READ", "TOPIC", topic)),
  allow(id, "READ", "GROUP", id),
  ...(writes === undefined
    ? []
    : [
        ...writersRights(id, writes.to),
        ...writersRights(id, writes.deadLetters),
        allow(id, "WRITE", "TRANSACTIONAL_ID", writes.transactionalId),
      ]),
];

/** What clients named in the migration file may do on the source; Sluice gives them the same on the target. */
const clientRights = (wave: DemoWave): Allowed[] => [
  ...wave.producers.flatMap(({ name, topic }) => writersRights(name, topic)),
  ...liveGroups(wave).flatMap(groupRights),
];

/** The least that Sluice itself needs; no super user. */
const sluiceRights = (side: "source" | "target"): Allowed[] => [
  ...["READ", "DESCRIBE_CONFIGS", ...(side === "target" ? ["CREATE", "ALTER_CONFIGS", "DELETE"] : [])].map(
    (operation) => allow(OPERATING.sluice, operation, "TOPIC", "*"),
  ),
  allow(OPERATING.sluice, "READ", "GROUP", "*"),
  allow(OPERATING.sluice, "ALTER", "CLUSTER", "kafka-cluster"),
  allow(OPERATING.sluice, "DESCRIBE_CONFIGS", "CLUSTER", "kafka-cluster"),
  allow(OPERATING.sluice, "DESCRIBE", "TRANSACTIONAL_ID", "*"),
];

const idleRights = (wave: DemoWave): Allowed[] => idleGroups(wave).flatMap(groupRights);

/** What is there before any wave. Readers without a client in the file may read on the target from the start. */
export const declaredRights: Readonly<Record<"source" | "target", readonly Allowed[]>> = {
  source: [...WAVES.flatMap((wave) => [...clientRights(wave), ...idleRights(wave)]), ...sluiceRights("source")],
  target: [...WAVES.flatMap(idleRights), ...sluiceRights("target")],
};

/** Who may write to which topic of a wave. */
const writersOf = (wave: DemoWave): readonly (readonly [user: string, topic: string])[] => [
  ...wave.producers.map(({ name, topic }) => [name, topic] as const),
  ...wave.groups.flatMap(({ id, writes }) =>
    writes === undefined ? [] : [[id, writes.to] as const, [id, writes.deadLetters] as const],
  ),
];

/** What must be there when these waves are sealed, no more and no less: on the source their fences, on the target their clients' rights. */
export const rightsAfterSeal = (
  sealed: readonly DemoWave[],
): Readonly<Record<"source" | "target", readonly Right[]>> => ({
  source: [
    ...declaredRights.source.map(rightLine),
    ...sealed.flatMap(writersOf).map(([user, topic]) => `DENY User:${user} WRITE TOPIC ${topic}`),
  ],
  target: [...declaredRights.target, ...sealed.flatMap(clientRights)].map(rightLine),
});
