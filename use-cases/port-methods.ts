import type { Alarms } from "./ports/alarms.ts";
import type { ClientSwitch } from "./ports/client-switch.ts";
import type { Clock } from "./ports/clock.ts";
import type { AccessRights, Cluster, ConsumerGroups, LogReader, TopicCatalog, WriteActivity } from "./ports/cluster.ts";
import type { ClusterAddresses } from "./ports/cluster-addresses.ts";
import type { BesideScanner, ClusterScanner } from "./ports/cluster-scanner.ts";
import type { CrashPoints } from "./ports/crash-points.ts";
import type { DeadlineSchedule } from "./ports/deadline-schedule.ts";
import type { TickRequester } from "./ports/deps.ts";
import type { Announcer, Engine } from "./ports/engine.ts";
import type { OperationsReader } from "./ports/operations-reader.ts";
import type { PlanStore } from "./ports/plan-store.ts";
import type { Replicator, Workers } from "./ports/replicator.ts";
import type { SnapshotRequester } from "./ports/snapshot-requester.ts";
import type { SnapshotStore } from "./ports/snapshot-store.ts";
import type { WaveItems, WaveStore } from "./ports/wave-store.ts";

/** Every port with methods; a test finds one that is missing here. */
type Ports = {
  readonly AccessRights: AccessRights;
  readonly Alarms: Alarms;
  readonly Announcer: Announcer;
  readonly BesideScanner: BesideScanner;
  readonly ClientSwitch: ClientSwitch;
  readonly Clock: Clock;
  readonly Cluster: Cluster<"source">;
  readonly ClusterAddresses: ClusterAddresses;
  readonly ClusterScanner: ClusterScanner;
  readonly ConsumerGroups: ConsumerGroups<"source">;
  readonly CrashPoints: CrashPoints;
  readonly DeadlineSchedule: DeadlineSchedule;
  readonly Engine: Engine;
  readonly LogReader: LogReader<"source">;
  readonly OperationsReader: OperationsReader;
  readonly PlanStore: PlanStore;
  readonly Replicator: Replicator;
  readonly SnapshotRequester: SnapshotRequester;
  readonly SnapshotStore: SnapshotStore;
  readonly TickRequester: TickRequester;
  readonly TopicCatalog: TopicCatalog;
  readonly WaveItems: WaveItems;
  readonly WaveStore: WaveStore;
  readonly Workers: Workers;
  readonly WriteActivity: WriteActivity;
};
type MethodOf<P> = { [M in keyof P]: P[M] extends (...given: never) => unknown ? M : never }[keyof P];

/** Whether a method changes something outside its process. One that is not classed does not compile. */
export const PORT_METHODS = {
  AccessRights: {
    list: "read",
    add: "effect",
    remove: "effect",
    presentOnEachBroker: "read",
    mayDescribeOnEachBroker: "read",
  },
  Alarms: { describe: "read" },
  Announcer: { announce: "effect" },
  BesideScanner: { pages: "read", scan: "read", close: "read" },
  ClientSwitch: { stop: "effect", start: "effect", position: "read" },
  Clock: { now: "read", monotonic: "read", sleep: "read" },
  Cluster: { warm: "read" },
  ClusterAddresses: { bootstrapServers: "read" },
  ClusterScanner: { pages: "read", scan: "read", sweep: "read" },
  ConsumerGroups: { describe: "read", committed: "read", commit: "effect", removeMembers: "effect" },
  CrashPoints: { reach: "read" },
  DeadlineSchedule: { schedule: "effect", cancel: "effect" },
  Engine: { start: "effect", isRunning: "read", sendToken: "effect" },
  LogReader: { ends: "read", offsetAtTime: "read", read: "read" },
  OperationsReader: { read: "read" },
  PlanStore: { save: "effect", headers: "read", plan: "read", amend: "effect" },
  Replicator: {
    ensure: "effect",
    status: "read",
    stop: "effect",
    resume: "effect",
    restartFailed: "effect",
    remove: "effect",
    replicatedThrough: "read",
    startFrom: "effect",
  },
  SnapshotRequester: { requestSnapshot: "effect" },
  SnapshotStore: {
    take: "effect",
    savePiece: "effect",
    cutOff: "effect",
    discard: "effect",
    fail: "effect",
    failure: "read",
    pages: "read",
    finish: "effect",
    headers: "read",
    header: "read",
    expire: "effect",
    keep: "effect",
  },
  TickRequester: { requestTick: "effect" },
  TopicCatalog: { describe: "read", create: "effect", delete: "effect", setConfigs: "effect" },
  WaveItems: {
    get: "read",
    list: "read",
    put: "effect",
    putInRun: "effect",
    remove: "effect",
    takeLease: "effect",
    releaseLease: "effect",
  },
  WaveStore: {
    createMigration: "effect",
    replaceMigration: "effect",
    amendMigration: "effect",
    migration: "read",
    postedMigration: "read",
    migrations: "read",
    wave: "read",
    waves: "read",
    activeWaves: "read",
    write: "effect",
    journal: "read",
  },
  Workers: { launch: "effect", status: "read", release: "effect" },
  WriteActivity: { producers: "read" },
} as const satisfies { readonly [P in keyof Ports]: { readonly [M in MethodOf<Ports[P]>]: "effect" | "read" } };
