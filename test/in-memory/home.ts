import { createHash } from "node:crypto";
import { setImmediate as turn } from "node:timers/promises";
import type { Snapshot } from "#core/inventory/snapshot.ts";
import type { JournalEntry } from "#core/journal/entry.ts";
import type { Migration } from "#core/migration/migration.ts";
import type { Phase, StepName } from "#core/wave/lifecycle.ts";
import { plannedRow } from "#core/wave/planned-row.ts";
import type { WaveRef, WaveRow } from "#core/wave/wave.ts";
import { waveMachine } from "#state-machines/wave-machine.ts";
import { wayBackMachine } from "#state-machines/way-back-machine.ts";
import { abortWave } from "#use-cases/abort-wave.ts";
import { atCrashPoints } from "#use-cases/at-crash-points.ts";
import { cutOver } from "#use-cases/cut-over.ts";
import { holdFailedStep } from "#use-cases/hold-failed-step.ts";
import { moveConsumers } from "#use-cases/move-consumers.ts";
import { openGate } from "#use-cases/open-gate.ts";
import type { Clock } from "#use-cases/ports/clock.ts";
import type { CrashPoints } from "#use-cases/ports/crash-points.ts";
import type { RunRef } from "#use-cases/ports/engine.ts";
import type { WaveStore } from "#use-cases/ports/wave-store.ts";
import { prepareCutover } from "#use-cases/prepare-cutover.ts";
import { readGates } from "#use-cases/read-gates.ts";
import { isRefused } from "#use-cases/refused.ts";
import { resumeWave } from "#use-cases/resume-wave.ts";
import { rollBackWave } from "#use-cases/roll-back-wave.ts";
import { sealWave } from "#use-cases/seal-wave.ts";
import { startReplication } from "#use-cases/start-replication.ts";
import { startWave } from "#use-cases/start-wave.ts";
import { thawFailedFreeze } from "#use-cases/thaw-failed-freeze.ts";
import { type Ticking, tickWave } from "#use-cases/tick-wave.ts";
import { whereNow } from "#use-cases/where-now.ts";
import { InMemoryAlarms } from "./alarms.ts";
import { approveOpen } from "./approve-open.ts";
import { InMemoryDeadlines } from "./deadlines.ts";
import { InMemoryEstate } from "./estate.ts";
import { acceptedBy, emptySnapshots, inMemorySnapshots } from "./known-estate.ts";
import { MachineEngine } from "./machine-engine.ts";
import { migration as migrationOf, POSTING, waveFile } from "./migration.ts";
import { observed } from "./observed.ts";
import { inMemoryWaveStore } from "./wave-store.ts";

export const REF: WaveRef = { migration: "shop", wave: "payments" };
const TICK_MILLISECONDS = 500;
const INVOCATION_MILLISECONDS = 60_000;

/** Windows of a second, and waits that are over at once: the clock of a test runs as fast as it can. */
export const POLICY = {
  replicationWindowSeconds: 1,
  keepUpWindowSeconds: 1,
  observationWindowSeconds: 1,
  windowMinSamples: 2,
  sampleGapSeconds: 60,
  settleMilliseconds: 1,
  quietMilliseconds: 1,
};

/** Members of the migration file that a test replaces; of its policy, those that it names. */
type Changes = Readonly<Record<string, unknown>> & { readonly policy?: Readonly<Record<string, unknown>> };

/** The whole product over ports in memory: its use cases, driven by the derived state machine and by ticks. */
export type Home = {
  readonly deps: Ticking;
  readonly store: WaveStore;
  readonly estate: InMemoryEstate;
  readonly alarms: InMemoryAlarms;
  readonly engine: MachineEngine;
  readonly clock: Clock & { advance(milliseconds: number): void };
  readonly migration: Migration;
  readonly announced: JournalEntry[];
  readonly deadlines: InMemoryDeadlines;
  row(): Promise<WaveRow>;
  events(): Promise<readonly string[]>;
  /** Ids of this wave's present run. */
  run(): Promise<RunRef>;
  /** When an invocation that begins now ends. */
  invocationEndsAt(): number;
  tick(): Promise<"ticked" | "busy">;
  /** Approves, as the people who may, what is open and measured to pass. */
  approve(): Promise<void>;
  /** Executions, ticks and approvals, until the row is as wanted; `approves` false: nobody says anything. */
  settle(isWanted: (row: WaveRow) => boolean, o?: { readonly approves?: boolean }): Promise<WaveRow>;
  start(): Promise<void>;
  /** Started and followed until the wave is in this phase. */
  reach(phase: Phase): Promise<WaveRow>;
  resume(): Promise<void>;
  /** The gates before a step opened by an execution of its own, and passed: the step can be claimed by hand. */
  passGates(step: StepName): Promise<void>;
};

export async function startHome(
  { policy, ...changes }: Changes = {},
  o: { readonly points?: CrashPoints; readonly snapshots?: (at: number) => readonly Snapshot[] } = {},
): Promise<Home> {
  const migration = migrationOf({
    waves: [waveFile("payments")],
    people: [
      { id: "olga", roles: ["operator"] },
      { id: "carl", roles: ["cutover-approver"] },
      { id: "sara", roles: ["seal-approver"] },
      { id: "tom", roles: ["seal-approver"] },
    ],
    estate: acceptedBy("olga"),
    ...changes,
    policy: { ...POLICY, ...policy },
  });
  let now = 1_800_000_000_000;
  const estate = new InMemoryEstate(migration, () => now);
  const alarms = new InMemoryAlarms(() => now);
  const alive = { before: () => estate.die(), after: () => estate.die() };
  const stored = inMemoryWaveStore();
  const items = observed("items", stored.items, alive);
  const store = observed("store", { ...stored, items }, alive);
  const clock: Home["clock"] = {
    now: () => now,
    monotonic: () => now,
    advance: (milliseconds) => {
      now += milliseconds;
    },
    sleep: async (milliseconds) => {
      // A machine's growing pauses are fractions of a second; an instant is whole milliseconds.
      now += Math.round(milliseconds);
      estate.beat();
      await turn();
    },
  };
  await store.createMigration(
    migration,
    migration.waves.map(({ name }) => plannedRow({ migration: migration.name, wave: name }, now)),
    POSTING,
  );
  const announced: JournalEntry[] = [];
  let ids = 0;
  const ports = estate.ports();
  const deadlines = new InMemoryDeadlines();
  const made: Ticking = {
    store,
    clock,
    get engine() {
      return engine;
    },
    ticks: { requestTick: async () => undefined },
    deadlines: observed("deadlines", deadlines.port, alive),
    alarms,
    newId: () => `id-${++ids}`,
    hash: (text) => createHash("sha256").update(text).digest("hex"),
    estate: async () => ports,
    snapshots: inMemorySnapshots(o.snapshots?.(now) ?? emptySnapshots(migration.name, now)),
    announcer: {
      announce: async (entry) => {
        announced.push(entry);
      },
    },
  };
  const deps = o.points === undefined ? made : atCrashPoints(o.points)("Deps", made);
  const ended = () => ({ invocationEndsAt: now + INVOCATION_MILLISECONDS });
  type Payload = RunRef & {
    readonly step: StepName;
    readonly token: string;
    readonly error?: { readonly Error: string; readonly Cause: string };
  };
  const as = (act: (input: Payload) => Promise<unknown>) => async (payload: Readonly<Record<string, unknown>>) => {
    try {
      return await act(payload as Payload);
    } finally {
      // The next invocation is another process.
      estate.isKilled = false;
    }
  };
  const engine = new MachineEngine(
    { wave: waveMachine(), "way-back": wayBackMachine() },
    {
      "steps-where-now": as((input) => whereNow(deps, input)),
      "steps-open-gate": as((input) => openGate(deps, input)),
      "steps-start": as((input) => startReplication(deps, { ...input, ...ended() })),
      "steps-move-consumers": as((input) => moveConsumers(deps, { ...input, ...ended() })),
      "steps-prepare-cutover": as((input) => prepareCutover(deps, { ...input, ...ended() })),
      "steps-cutover": as((input) => cutOver(deps, { ...input, ...ended() })),
      "steps-thaw": as((input) => thawFailedFreeze(deps, { ...input, ...ended() })),
      "steps-seal": as((input) => sealWave(deps, { ...input, ...ended() })),
      "steps-roll-back": as((input) => rollBackWave(deps, { ...input, ...ended() })),
      "steps-abort": as((input) => abortWave(deps, { ...input, ...ended() })),
      "steps-hold": as((input) =>
        holdFailedStep(deps, { ...input, error: input.error?.Error ?? "", cause: input.error?.Cause ?? "" }),
      ),
    },
    clock,
  );

  const home: Home = {
    deps,
    deadlines,
    store,
    estate,
    alarms,
    engine,
    clock,
    migration,
    announced,
    async row() {
      const row = await store.wave(REF);
      if (row === undefined) throw new Error("no wave");
      return row;
    },
    events: async () => (await store.journal(REF)).map((entry) => entry.event),
    async run() {
      const { attempt, run } = await home.row();
      return { ...REF, attempt, run };
    },
    invocationEndsAt: () => ended().invocationEndsAt,
    tick: () => tickWave(deps, REF, now + 50_000),
    async approve() {
      const refused = await approveOpen(deps, REF);
      if (refused !== undefined) throw new Error(refused.because);
    },
    async settle(isWanted, { approves = true } = {}) {
      for (let turns = 0; turns < 200; turns++) {
        await engine.drive();
        const row = await home.row();
        if (isWanted(row)) return row;
        await home.tick();
        if (approves) await home.approve();
        await clock.sleep(TICK_MILLISECONDS);
      }
      const { phase, run, hold } = await home.row();
      const gates = await readGates(deps, REF);
      const open = isRefused(gates) ? [] : gates.filter((gate) => gate.isOpen);
      const waits = open.flatMap((gate) => gate.checks.map((check) => `${gate.gate}/${check.check}: ${check.reason}`));
      throw new Error(
        `the wave stays ${phase} in run ${run}, ${hold === undefined ? "not held" : `held: ${hold.reason}`}; ${waits.join("; ")}`,
      );
    },
    async start() {
      await startWave(deps, REF, "olga");
    },
    async reach(phase) {
      for (let beats = 0; beats < 4; beats++) estate.beat();
      await home.start();
      return home.settle((row) => row.phase === phase || row.hold !== undefined);
    },
    async resume() {
      const resumed = await resumeWave(deps, REF, "olga");
      if (isRefused(resumed)) throw new Error(resumed.because);
    },
    async passGates(step) {
      const row = await home.row();
      const gate = { step, run: row.run, token: "by hand", openedAt: now, passedAt: now };
      await store.write(row, { ...row, gate }, [{ event: "GatePassed", by: "sluice" }], now);
    },
  };
  return home;
}
