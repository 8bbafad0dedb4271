import { type Right, rightLine } from "./checker/left-behind.ts";

/** What the demo's two applications consist of, before anything runs. Pure: names and numbers only. */

export const MIGRATION = "demo";
export const WAVE = "shop";

export const TOPICS = [
  { name: "orders", partitions: 6 },
  { name: "payments", partitions: 4 },
] as const;
export type TopicName = (typeof TOPICS)[number]["name"];

export const PRODUCERS = [
  { name: "orders-api", topic: "orders", recordsPerSecond: 240, backlog: 9000 },
  { name: "payments-api", topic: "payments", recordsPerSecond: 140, backlog: 4000 },
] as const satisfies readonly { name: string; topic: TopicName; recordsPerSecond: number; backlog: number }[];

export type DemoGroup = {
  readonly id: string;
  readonly topics: readonly TopicName[];
  readonly owner: string;
  /** As shown in the report. */
  readonly isLike: string;
  /** Falls behind on the source at this rate; undefined: keeps up. */
  readonly recordsPerSecondOnSource?: number;
  /** Read a little before the wave, then nobody; read to the end on the target after the seal. */
  readonly idle?: { readonly stopsAfterRecords: number; readonly leavesOut: readonly string[] };
};

export const GROUPS: readonly DemoGroup[] = [
  { id: "fulfilment", topics: ["orders"], owner: "team-logistics", isLike: "caught up" },
  { id: "fraud", topics: ["payments"], owner: "team-risk", isLike: "caught up" },
  { id: "ledger", topics: ["orders", "payments"], owner: "team-finance", isLike: "caught up, two topics" },
  {
    id: "billing",
    topics: ["orders"],
    owner: "team-finance",
    isLike: "thousands behind",
    recordsPerSecondOnSource: 120,
  },
  {
    id: "analytics",
    topics: ["orders", "payments"],
    owner: "team-insight",
    isLike: "idle, with commits",
    idle: { stopsAfterRecords: 5000, leavesOut: [] },
  },
  {
    id: "reports",
    topics: ["payments"],
    owner: "team-insight",
    isLike: "idle, one partition without a commit",
    idle: { stopsAfterRecords: 1500, leavesOut: ["payments/3"] },
  },
];

export const liveGroups = GROUPS.filter((group) => group.idle === undefined);
export const idleGroups = GROUPS.filter((group) => group.idle !== undefined);

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

export const allUsers: readonly string[] = [
  SUPER_USER,
  ...Object.values(OPERATING),
  ...PRODUCERS.map((producer) => producer.name),
  ...GROUPS.map((group) => group.id),
];

type Access = { readonly type: string; readonly name: string; readonly isPrefixed: boolean };
export type Allowed = Access & { readonly principal: string; readonly operation: string; readonly permission: "ALLOW" };

const allow = (user: string, operation: string, type: string, name: string): Allowed => ({
  permission: "ALLOW",
  principal: `User:${user}`,
  operation,
  type,
  name,
  isPrefixed: false,
});

const readersRights = (group: DemoGroup): Allowed[] => [
  ...group.topics.map((topic) => allow(group.id, "READ", "TOPIC", topic)),
  allow(group.id, "READ", "GROUP", group.id),
];

/** What clients named in the migration file may do on the source; Sluice gives them the same on the target. */
export const clientRights: readonly Allowed[] = [
  ...PRODUCERS.flatMap(({ name, topic }) => [
    allow(name, "WRITE", "TOPIC", topic),
    allow(name, "DESCRIBE", "TOPIC", topic),
  ]),
  ...liveGroups.flatMap(readersRights),
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

/** What is there before the wave. Readers without a client in the file may read on the target from the start. */
export const declaredRights = {
  source: [...clientRights, ...idleGroups.flatMap(readersRights), ...sluiceRights("source")],
  target: [...idleGroups.flatMap(readersRights), ...sluiceRights("target")],
} as const satisfies Record<"source" | "target", readonly Allowed[]>;

/** What must be there after the seal, no more and no less: on the source the fence, on the target the clients' rights. */
export const rightsAfterSeal: Readonly<Record<"source" | "target", readonly Right[]>> = {
  source: [
    ...declaredRights.source.map(rightLine),
    ...PRODUCERS.map(({ name, topic }) => `DENY User:${name} WRITE TOPIC ${topic}`),
  ],
  target: [...declaredRights.target, ...clientRights].map(rightLine),
};
