import { createHash } from "node:crypto";
import { RetryableFault } from "#core/fault.ts";
import type { JournalEntry } from "#core/journal/entry.ts";
import type { Migration } from "#core/migration/migration.ts";
import { plannedRow } from "#core/wave/planned-row.ts";
import type { WaveRef } from "#core/wave/wave.ts";
import type { FreezeRef } from "#use-cases/ports/deadline-schedule.ts";
import type { Estate } from "#use-cases/ports/deps.ts";
import type { WaveStore } from "#use-cases/ports/wave-store.ts";
import type { Ticking } from "#use-cases/tick-wave.ts";
import { InMemoryAlarms } from "../in-memory/alarms.ts";
import { InMemoryEstate } from "../in-memory/estate.ts";
import type { MachineEngine } from "../in-memory/machine-engine.ts";
import { POSTING } from "../in-memory/migration.ts";
import { type Around, type Call, observed } from "../in-memory/observed.ts";
import { inMemoryWaveStore } from "../in-memory/wave-store.ts";
import type { Chance } from "./chance.ts";
import { isEffect, isOrder } from "./effects.ts";
import type { FaultName, FaultPlan } from "./fault-plan.ts";
import type { Observer } from "./observer.ts";
import type { VirtualTime } from "./virtual-time.ts";

/** What Lambda says of a process that ended by itself, and of one that took too long. */
class ExitError extends Error {
  override readonly name = "Runtime.ExitError";
}
class Timedout extends Error {
  override readonly name = "Sandbox.Timedout";
}

/** One invocation of a handler, in a process of its own. */
export type Process = {
  readonly name: string;
  /** Killed: whatever it waits for never comes. */
  isGone: boolean;
  /** Stopped (SIGSTOP, a machine that swaps) until then; it does not know. */
  pausedUntil: number;
  readonly end: (error: Error) => void;
};

/** Breaks something, so that a simulation can be seen to find it. */
export type Sabotage = {
  readonly plan?: (plan: FaultPlan) => FaultPlan;
  readonly store?: (store: WaveStore) => WaveStore;
  readonly ports?: (ports: Estate, world: World) => Estate;
  readonly announces?: (entry: JournalEntry) => boolean;
  readonly world?: (world: World) => void;
};

/** What a call that outlives its process waits for. */
const never = new Promise<never>(() => undefined);

/** Two clusters, the table, the engine and every process that works on them, under one seed. */
export class World {
  readonly migration: Migration;
  readonly time: VirtualTime;
  readonly chance: Chance;
  readonly plan: FaultPlan;
  readonly estate: InMemoryEstate;
  readonly alarms: InMemoryAlarms;
  readonly stored: WaveStore;
  readonly processes = new Set<Process>();
  readonly announced: JournalEntry[] = [];
  /** How often each fault struck. */
  readonly struck = new Map<FaultName, number>();
  readonly begunAt: number;
  /** When a side or a client's switch was out of reach. */
  readonly outages: { readonly from: number; readonly until: number }[] = [];
  private readonly strikesAt: number[] = [];
  engine: MachineEngine | undefined;
  observer: Observer | undefined;
  /** Told of events that others deliver. */
  onSchedule: ((freeze: FreezeRef, at: number) => void) | undefined;
  onTickRequest: ((ref: WaveRef) => void) | undefined;
  onWrite: ((ref: WaveRef) => void) | undefined;
  private readonly sabotage: Sabotage;
  private readonly scheduled = new Map<string, number>();
  private ids = 0;

  constructor(o: {
    readonly migration: Migration;
    readonly time: VirtualTime;
    readonly chance: Chance;
    readonly plan: FaultPlan;
    readonly sabotage?: Sabotage;
  }) {
    this.migration = o.migration;
    this.time = o.time;
    this.chance = o.chance;
    this.plan = o.plan;
    this.begunAt = o.time.now();
    this.sabotage = o.sabotage ?? {};
    const store = inMemoryWaveStore();
    this.stored = this.sabotage.store?.(store) ?? store;
    this.alarms = new InMemoryAlarms(o.time.now);
    this.estate = new InMemoryEstate(o.migration, o.time.now, async (follow) => {
      await o.time.sleep(o.chance.between(20, 1_200));
      follow();
      this.observer?.changed();
    });
  }

  get refs(): readonly WaveRef[] {
    return this.migration.waves.map(({ name }) => ({ migration: this.migration.name, wave: name }));
  }

  async begin(): Promise<void> {
    const rows = this.refs.map((ref) => plannedRow(ref, this.begunAt));
    await this.stored.createMigration(this.migration, rows, POSTING);
  }

  /** Nothing goes wrong any more. */
  isQuiet(): boolean {
    return this.time.now() - this.begunAt >= this.plan.quietAfter;
  }

  strikes(fault: FaultName, times = 1): boolean {
    if (this.isQuiet() || !this.chance.happens(this.plan.rates[fault] * times)) return false;
    this.count(fault);
    return true;
  }

  count(fault: FaultName, about = ""): void {
    this.struck.set(fault, (this.struck.get(fault) ?? 0) + 1);
    this.strikesAt.push(this.time.now());
    this.observer?.note(`! ${fault} ${about}`);
  }

  /** What the faults since then may add to a time that is promised without them, in ms. */
  allowance(since: number): number {
    const strikes = this.strikesAt.filter((at) => at >= since).length;
    const out = this.outages.reduce((sum, { from, until }) => sum + Math.max(0, until - Math.max(from, since)), 0);
    return strikes * 25_000 + out * 2;
  }

  /** A handler at work, with its own ports: it may be killed, paused, or given up by whoever called it. */
  invoke<T>(name: string, seconds: number, act: (deps: Ticking, invocationEndsAt: number) => Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const process: Process = {
        name,
        isGone: false,
        pausedUntil: 0,
        end: (error) => {
          process.isGone = true;
          this.processes.delete(process);
          reject(error);
        },
      };
      this.processes.add(process);
      this.time.after(seconds * 1000, () => {
        if (!this.processes.has(process)) return "nobody";
        this.observer?.note(`! ${name} took too long`);
        // Lambda ends it. The host of one machine only gives it up: it goes on as a zombie.
        if (this.plan.hasGuard) reject(new Timedout(`${name} took too long`));
        else process.end(new Timedout(`${name} took too long`));
        return undefined;
      });
      const settle = (then: () => void) => () => {
        this.processes.delete(process);
        then();
      };
      act(this.depsOf(process), this.time.now() + seconds * 1000).then(
        (answer) => settle(() => resolve(answer))(),
        (error: unknown) => settle(() => reject(error))(),
      );
    });
  }

  crashEverything(): void {
    for (const process of [...this.processes]) process.end(new ExitError("the host is gone"));
  }

  private depsOf(process: Process): Ticking {
    const around: Around = {
      before: (call) => this.before(process, call),
      after: (call) => this.after(process, call),
    };
    const { engine } = this;
    if (engine === undefined) throw new Error("no engine");
    const items = observed("items", this.stored.items, around);
    const written: WaveStore = {
      ...this.stored,
      items,
      write: async (before, next, events, now) => {
        const outcome = await this.stored.write(before, next, events, now);
        if (outcome.written) {
          this.observer?.written(before, outcome.row, process);
          this.onWrite?.({ migration: before.migration, wave: before.wave });
        }
        return outcome;
      },
    };
    const whole = this.estate.portsAround(around);
    const ports = this.sabotage.ports?.(whole, this) ?? whole;
    return {
      store: observed("store", written, around),
      clock: {
        now: this.time.now,
        monotonic: this.time.monotonic,
        sleep: async (milliseconds) => {
          await this.time.sleep(milliseconds);
          await this.standStill(process);
        },
      },
      engine: observed(
        "engine",
        {
          start: engine.start.bind(engine),
          isRunning: engine.isRunning.bind(engine),
          sendToken: engine.sendToken.bind(engine),
        },
        around,
      ),
      ticks: observed("ticks", { requestTick: async (ref: WaveRef) => this.onTickRequest?.(ref) }, around),
      deadlines: observed(
        "deadlines",
        {
          schedule: async (freeze: FreezeRef, at: number) => {
            this.scheduled.set(freeze.freezeId, at);
            this.onSchedule?.(freeze, at);
          },
          cancel: async ({ freezeId }: FreezeRef) => {
            this.scheduled.delete(freezeId);
          },
        },
        around,
      ),
      alarms: observed("alarms", this.alarms, around),
      newId: () => `id-${++this.ids}`,
      hash: (text) => createHash("sha256").update(text).digest("hex"),
      estate: async () => ports,
      announcer: observed(
        "announcer",
        {
          announce: async (entry: JournalEntry) => {
            if (this.sabotage.announces?.(entry) !== false) this.announced.push(entry);
          },
        },
        around,
      ),
    };
  }

  /** Whether a one-shot schedule still stands with this time. */
  isScheduled = (freezeId: string, at: number): boolean => this.scheduled.get(freezeId) === at;

  private async standStill(process: Process): Promise<void> {
    while (process.pausedUntil > this.time.now()) await this.time.sleep(process.pausedUntil - this.time.now());
    if (process.isGone) await never;
  }

  calls = 0;
  private async before(process: Process, call: Call): Promise<void> {
    this.calls += 1;
    await this.time.sleep(this.chance.next() ** 3 * this.plan.latency);
    await this.standStill(process);
    if (this.strikes("host-crash")) this.crashEverything();
    else if (this.strikes("crash-before")) process.end(new ExitError(`${process.name} died before ${call.name}`));
    // Stopped while it waits for an answer: what it reads is as of when it goes on.
    else if (!isEffect(call) && this.strikes("stalled", 2))
      process.pausedUntil = this.time.now() + this.chance.between(500, 90_000);
    await this.standStill(process);
    this.estate.refuseIfDown(call);
    if (this.strikes("refused")) throw new RetryableFault(`${call.name} was refused for now`);
    if (isOrder(call)) this.observer?.told(call, process);
  }

  private async after(process: Process, call: Call): Promise<void> {
    if (!isEffect(call)) return;
    this.observer?.effect(call, process);
    if (this.strikes("crash-after")) process.end(new ExitError(`${process.name} died after ${call.name}`));
    await this.standStill(process);
    if (this.strikes("timed-out-after-the-deed")) throw new RetryableFault(`${call.name} did not answer in time`);
  }
}
