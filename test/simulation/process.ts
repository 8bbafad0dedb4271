/** One invocation of a handler, in a process of its own: what its calls meet, and how it dies. */
import { createHash } from "node:crypto";
import { RetryableFault } from "#core/fault.ts";
import type { JournalEntry } from "#core/journal/entry.ts";
import type { Side } from "#core/kafka/offset.ts";
import type { WaveRef } from "#core/wave/wave.ts";
import { type AroundPort, atCrashPoints } from "#use-cases/at-crash-points.ts";
import type { Cluster } from "#use-cases/ports/cluster.ts";
import type { Estate } from "#use-cases/ports/deps.ts";
import type { WaveStore } from "#use-cases/ports/wave-store.ts";
import type { Ticking } from "#use-cases/tick-wave.ts";
import { type Around, type Call, observed } from "../in-memory/observed.ts";
import { isAt } from "./crash-targets.ts";
import { isEffect, isOrder } from "./effects.ts";
import type { World } from "./world.ts";

/** What Lambda says of a process that ended by itself. */
export class ExitError extends Error {
  override readonly name = "Runtime.ExitError";
}

/** What a call that outlives its process waits for. */
const never = new Promise<never>(() => undefined);

export class Process {
  readonly name: string;
  /** Killed: whatever it waits for never comes. */
  isGone = false;
  private readonly world: World;
  private readonly onEnd: (error: Error) => void;
  /** Stopped (SIGSTOP, a machine that swaps) until then; it does not know. */
  private pausedUntil = 0;

  constructor(world: World, name: string, onEnd: (error: Error) => void) {
    this.world = world;
    this.name = name;
    this.onEnd = onEnd;
  }

  end(error: Error): void {
    this.isGone = true;
    this.onEnd(error);
  }

  /** Everything that a handler is given. */
  deps(): Ticking {
    const { world } = this;
    const { engine } = world;
    if (engine === undefined) throw new Error("the world has no engine");
    const around: Around = { before: (call) => this.before(call), after: (call) => this.after(call) };
    const at = this.atPoints();
    const port = <P extends object>(name: Parameters<AroundPort>[0], shown: string, given: P): P =>
      at(name, observed(shown, given, around));
    return {
      store: this.store(around, at),
      clock: {
        now: world.time.now,
        monotonic: world.time.monotonic,
        sleep: async (milliseconds) => {
          await world.time.sleep(milliseconds);
          await this.standStill();
        },
      },
      engine: port("Engine", "engine", {
        start: engine.start.bind(engine),
        isRunning: engine.isRunning.bind(engine),
        sendToken: engine.sendToken.bind(engine),
      }),
      ticks: port("TickRequester", "ticks", { requestTick: async (ref: WaveRef) => world.onTickRequest?.(ref) }),
      deadlines: port("DeadlineSchedule", "deadlines", world.deadlines.port),
      alarms: observed("alarms", world.alarms, around),
      newId: () => world.newId(),
      hash: (text) => createHash("sha256").update(text).digest("hex"),
      estate: this.estate(around, at),
      snapshots: port("SnapshotStore", "snapshots", world.snapshots),
      announcer: port("Announcer", "announcer", { announce: async (entry: JournalEntry) => world.announce(entry) }),
    };
  }

  private store(around: Around, at: AroundPort): WaveStore {
    const { world } = this;
    const items = observed("items", world.stored.items, around);
    const isToldWhole = [...world.crashesAt].some(({ effect }) => effect.startsWith("WaveStore."));
    const written: WaveStore = {
      ...world.stored,
      // A store whose points are told tells its items' too.
      items: isToldWhole ? items : at("WaveItems", items),
      write: async (before, next, events, now) => {
        const outcome = await world.stored.write(before, next, events, now);
        if (outcome.written) {
          world.observer?.written(before, outcome.row, this);
          world.onWrite?.({ migration: before.migration, wave: before.wave });
        }
        return outcome;
      },
    };
    return at("WaveStore", observed("store", written, around));
  }

  private estate(around: Around, at: AroundPort): Ticking["estate"] {
    const { world } = this;
    const whole = world.estate.portsAround(around);
    const given = world.sabotage.ports?.(whole, world) ?? whole;
    const cluster = <S extends Side>(port: Cluster<S>): Cluster<S> => ({
      ...port,
      topics: at("TopicCatalog", port.topics),
      groups: at("ConsumerGroups", port.groups),
      rights: at("AccessRights", port.rights),
    });
    const ports: Estate = {
      source: cluster(given.source),
      target: cluster(given.target),
      replicator: at("Replicator", given.replicator),
      workers: at("Workers", given.workers),
      clientSwitch: at("ClientSwitch", given.clientSwitch),
    };
    return async () => ports;
  }

  /** Points of those ports that this seed kills at; a point costs a look at the stack, so the others are left alone. */
  private atPoints(): AroundPort {
    const { world } = this;
    const ports = new Set<string>([...world.crashesAt].map(({ effect }) => effect.split(".")[0] ?? ""));
    if (ports.size === 0) return (_name, port) => port;
    const around = atCrashPoints({
      reach: async (point) => {
        for (const target of world.crashesAt)
          if (isAt(target, point)) {
            world.crashed(target);
            this.end(new ExitError(`${this.name} died at ${point}`));
            await never;
          }
      },
    });
    return (name, port) => (ports.has(name) ? around(name, port) : port);
  }

  private async standStill(): Promise<void> {
    const { time } = this.world;
    while (this.pausedUntil > time.now()) await time.sleep(this.pausedUntil - time.now());
    if (this.isGone) await never;
  }

  /** What has left a process that is stopped arrives all the same. */
  private async underWay(call: Call): Promise<void> {
    if (!isEffect(call)) await this.standStill();
    if (this.isGone) await never;
  }

  /** Once: whoever looks again after it, right before an effect, is not stopped between the two. */
  private mayStall(): void {
    const { world } = this;
    if (this.pausedUntil === 0 && world.strikes("stalled", 2)) this.stopFor(world.chance.between(500, 90_000));
  }

  /** The next handler of a wave that looks at its row. */
  private isToStop(): boolean {
    const { world } = this;
    const isIt = this.pausedUntil === 0 && this.name.startsWith("steps-") && this.name.includes(` ${world.stopsNext} `);
    if (isIt) {
      world.stopsNext = undefined;
      world.count("stalled");
    }
    return isIt;
  }

  private stopFor(milliseconds: number): void {
    this.pausedUntil = this.world.time.now() + milliseconds;
  }

  private async before(call: Call): Promise<void> {
    const { world } = this;
    world.calls += 1;
    await this.standStill();
    await world.time.sleep(world.chance.next() ** 3 * world.plan.latency);
    await this.underWay(call);
    if (world.strikes("host-crash")) world.crashEverything();
    else if (world.strikes("crash-before")) this.end(new ExitError(`${this.name} died before ${call.name}`));
    // Stopped while it waits for an answer: what it reads is as of when it goes on.
    else if (!isEffect(call)) this.mayStall();
    await this.underWay(call);
    world.estate.refuseIfDown(call);
    if (world.strikes("refused")) throw new RetryableFault(`${call.name} was refused for now`);
    if (isOrder(call)) world.observer?.told(call, this);
  }

  private async after(call: Call): Promise<void> {
    const { world } = this;
    if (!isEffect(call)) {
      // Stopped with the answer in hand: it goes on by what was so before.
      if (call.name === "store.wave" && this.isToStop()) this.stopFor(world.chance.between(5_000, 40_000));
      this.mayStall();
      return this.standStill();
    }
    world.observer?.effect(call, this);
    if (world.strikes("crash-after")) this.end(new ExitError(`${this.name} died after ${call.name}`));
    await this.standStill();
    if (world.strikes("timed-out-after-the-deed")) throw new RetryableFault(`${call.name} did not answer in time`);
  }
}
