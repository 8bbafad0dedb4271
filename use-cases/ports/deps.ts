import type { Migration } from "#core/migration/migration.ts";
import type { WaveRef } from "#core/wave/wave.ts";
import type { Alarms } from "./alarms.ts";
import type { ClientSwitch } from "./client-switch.ts";
import type { Clock } from "./clock.ts";
import type { Cluster } from "./cluster.ts";
import type { DeadlineSchedule } from "./deadline-schedule.ts";
import type { Engine } from "./engine.ts";
import type { Replicator, Workers } from "./replicator.ts";
import type { WaveStore } from "./wave-store.ts";

/** The two clusters of a migration and what moves data and clients between them. */
export type Estate = {
  readonly source: Cluster<"source">;
  readonly target: Cluster<"target">;
  readonly replicator: Replicator;
  readonly workers: Workers;
  readonly clientSwitch: ClientSwitch;
};

/** Asks for a tick of one wave soon, instead of at the timer's next turn. A wish: losing it costs a period, nothing else. */
export interface TickRequester {
  requestTick(ref: WaveRef): Promise<void>;
}

/** What a person's command needs. It reaches no cluster, so that a function with nothing else starts fast and may do little. */
export type CommandDeps = {
  readonly store: WaveStore;
  readonly clock: Clock;
  readonly engine: Engine;
  readonly newId: () => string;
  /** SHA-256 of a text, in hex. */
  readonly hash: (text: string) => string;
};

export type Deps = CommandDeps & {
  readonly ticks: TickRequester;
  readonly deadlines: DeadlineSchedule;
  readonly alarms: Alarms;
  /** Its connections are kept. `lookUpSecrets`: even secrets that were looked up a moment ago, since one may just have been corrected. */
  readonly estate: (migration: Migration, o?: { readonly lookUpSecrets: boolean }) => Promise<Estate>;
};
