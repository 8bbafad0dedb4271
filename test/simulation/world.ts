import type { JournalEntry } from "#core/journal/entry.ts";
import type { Migration } from "#core/migration/migration.ts";
import { plannedRow } from "#core/wave/planned-row.ts";
import type { WaveRef } from "#core/wave/wave.ts";
import type { Estate } from "#use-cases/ports/deps.ts";
import type { WaveStore } from "#use-cases/ports/wave-store.ts";
import type { Ticking } from "#use-cases/tick-wave.ts";
import { InMemoryAlarms } from "../in-memory/alarms.ts";
import { InMemoryDeadlines } from "../in-memory/deadlines.ts";
import { InMemoryEstate } from "../in-memory/estate.ts";
import { emptySnapshots, inMemorySnapshots } from "../in-memory/known-estate.ts";
import type { MachineEngine } from "../in-memory/machine-engine.ts";
import { POSTING } from "../in-memory/migration.ts";
import { inMemoryWaveStore } from "../in-memory/wave-store.ts";
import type { Chance } from "./chance.ts";
import { type CrashTarget, nameOf } from "./crash-targets.ts";
import type { FaultName, FaultPlan } from "./fault-plan.ts";
import type { Observer } from "./observer.ts";
import { ExitError, Process } from "./process.ts";
import type { VirtualTime } from "./virtual-time.ts";

/** Of an invocation that took too long. */
class Timedout extends Error {
  override readonly name = "Sandbox.Timedout";
}

/** Breaks something, so that a simulation can be seen to find it. */
export type Sabotage = {
  readonly plan?: (plan: FaultPlan) => FaultPlan;
  readonly store?: (store: WaveStore) => WaveStore;
  readonly ports?: (ports: Estate, world: World) => Estate;
  readonly announces?: (entry: JournalEntry) => boolean;
  readonly world?: (world: World) => void;
};

/** In ms. */
const LATEST_DEED = 400_000;

/** Two clusters, the table, the engine and every process that works on them, under one seed. */
export class World {
  readonly migration: Migration;
  readonly time: VirtualTime;
  readonly chance: Chance;
  readonly plan: FaultPlan;
  readonly sabotage: Sabotage;
  readonly estate: InMemoryEstate;
  readonly alarms: InMemoryAlarms;
  readonly deadlines = new InMemoryDeadlines();
  readonly stored: WaveStore;
  readonly snapshots: Ticking["snapshots"];
  readonly announced: JournalEntry[] = [];
  readonly begunAt: number;
  /** How often each fault struck. */
  readonly struck = new Map<FaultName, number>();
  /** Named points at which a process is to be killed, and at which one was. */
  readonly crashesAt: Set<CrashTarget>;
  readonly crashedAt: string[] = [];
  /** When a side or a client's switch was out of reach. */
  readonly outages: { readonly from: number; readonly until: number }[] = [];
  /** Calls of ports so far. */
  calls = 0;
  /** What late writers have written on the source, in which attempt. */
  readonly late: { readonly record: string; readonly topic: string; readonly attempt: number }[] = [];
  /** The target is gone for good, as far as anybody knows. */
  isBurning = false;
  /** Of this wave, the next handler that looks at its row is stopped there. */
  stopsNext: string | undefined;
  /** Waves that were brought back without their target, with the last attempt that was: what only it had is lost, and groups may read again. */
  readonly forced = new Map<string, number>();
  /** Records that only the target had when they were back. */
  readonly lost = new Set<string>();
  engine: MachineEngine | undefined;
  observer: Observer | undefined;
  /** Told of events that others deliver. */
  onTickRequest: ((ref: WaveRef) => void) | undefined;
  onWrite: ((ref: WaveRef) => void) | undefined;
  private readonly processes = new Set<Process>();
  private readonly strikesAt: number[] = [];
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
    this.sabotage = o.sabotage ?? {};
    this.begunAt = o.time.now();
    this.crashesAt = new Set(o.plan.crashesAt);
    const store = inMemoryWaveStore();
    this.stored = this.sabotage.store?.(store) ?? store;
    this.snapshots = inMemorySnapshots(emptySnapshots(o.migration.name, this.begunAt));
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

  newId(): string {
    this.ids += 1;
    return `id-${this.ids}`;
  }

  announce(entry: JournalEntry): void {
    if (this.sabotage.announces?.(entry) !== false) this.announced.push(entry);
  }

  /** Nothing goes wrong any more. */
  isQuiet(): boolean {
    return this.time.now() - this.begunAt >= this.plan.quietAfter;
  }

  /** What is to happen once may come later, and waves still have the time to end. */
  isOver(): boolean {
    return this.time.now() - this.begunAt >= this.plan.quietAfter + LATEST_DEED;
  }

  strikes(fault: FaultName, times = 1): boolean {
    const rate = this.plan.rates[fault];
    if (rate === 0 || this.isQuiet() || !this.chance.happens(rate * times)) return false;
    this.count(fault);
    return true;
  }

  count(fault: FaultName): void {
    this.struck.set(fault, (this.struck.get(fault) ?? 0) + 1);
    this.strikesAt.push(this.time.now());
    this.observer?.note(`! ${fault}`);
  }

  crashed(target: CrashTarget): void {
    this.crashesAt.delete(target);
    this.crashedAt.push(nameOf(target));
    this.strikesAt.push(this.time.now());
    this.observer?.note(`! a process dies at ${nameOf(target)}`);
  }

  /** Somebody is out of reach for so long. */
  out(milliseconds: number): void {
    this.outages.push({ from: this.time.now(), until: this.time.now() + milliseconds });
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
      const process = new Process(this, name, (error) => {
        this.processes.delete(process);
        reject(error);
      });
      this.processes.add(process);
      this.time.after(seconds * 1000, () => {
        if (!this.processes.has(process)) return "nobody";
        this.observer?.note(`! ${name} took too long`);
        // Lambda ends it. The host of one machine only gives it up: it goes on as a zombie.
        if (this.plan.hasGuard) reject(new Timedout(`${name} took too long`));
        else process.end(new Timedout(`${name} took too long`));
        return undefined;
      });
      act(process.deps(), this.time.now() + seconds * 1000)
        .finally(() => this.processes.delete(process))
        .then(resolve, reject);
    });
  }

  /** The machine that all of them run on. */
  crashEverything(): void {
    for (const process of this.processes) process.end(new ExitError("the host is gone"));
  }
}
