import { readGates } from "#use-cases/read-gates.ts";
import { isRefused } from "#use-cases/refused.ts";
import { every, startActors } from "./actors.ts";
import { Chance } from "./chance.ts";
import { ALARM, declaration } from "./declaration.ts";
import { startDeliveries, startEngine } from "./deliveries.ts";
import { type FaultName, faultPlan } from "./fault-plan.ts";
import { isAnnounced, wrongInTheEnd } from "./finals.ts";
import type { Move } from "./lifecycle-moves.ts";
import { Observer, Violation } from "./observer.ts";
import { isLeft, startPeople } from "./people.ts";
import { VirtualTime } from "./virtual-time.ts";
import { type Sabotage, World } from "./world.ts";

/** Once nothing goes wrong any more, waves have this long to end, in ms of virtual time and in ticks. */
const PATIENCE = { milliseconds: 1_200_000, ticks: 150 };
/** How long late events and zombies are waited for after the last wave has ended. */
const AFTERMATH = [2_000, 2_000, 30_000, 200_000] as const;

/** Events come late, and a lease of an announcer that died must end first, in ms. */
const ANNOUNCED_WITHIN = 400_000;

export type Simulated = {
  readonly seed: number;
  /** What must never be so was so, or waves did not end. */
  readonly violation?: string;
  /** Phase of each wave in the end. */
  readonly ended: readonly string[];
  readonly moves: ReadonlyMap<Move, number>;
  /** Named points at which a process was killed. */
  readonly crashedAt: readonly string[];
  readonly struck: ReadonlyMap<FaultName, number>;
  readonly effects: number;
  /** Calls of ports: each is a place where another process may come in between. */
  readonly calls: number;
  readonly events: number;
  readonly virtualSeconds: number;
  readonly trace: readonly string[];
};

/** One seed from the first start to the last wave's end. The same seed gives the same run, traced or not. */
export async function simulate(
  seed: number,
  o: { readonly isTraced?: boolean; readonly sabotage?: Sabotage } = {},
): Promise<Simulated> {
  const chance = new Chance(seed);
  const time = new VirtualTime();
  const drawn = faultPlan(seed, chance);
  const plan = o.sabotage?.plan?.(drawn) ?? drawn;
  const migration = declaration(chance, plan);
  const world = new World({ migration, time, chance, plan, ...(o.sabotage !== undefined && { sabotage: o.sabotage }) });
  const observer = new Observer(world, o.isTraced === true);
  world.observer = observer;
  world.engine = startEngine(world);
  o.sabotage?.world?.(world);
  await world.begin();
  world.alarms.turn(ALARM, "OK");
  startActors(world);
  startDeliveries(world);
  const patience = startPeople(world);
  every(world, 1_000, 1_000, () => {
    observer.timePasses((since) => world.allowance(since));
    return "nobody";
  });
  const until = world.begunAt + plan.quietAfter + Math.max(PATIENCE.milliseconds, PATIENCE.ticks * plan.tick);
  const isOver = (): boolean => world.refs.every(({ wave }) => isLeft(patience, observer.rowOf(wave)));
  let violation: string | undefined;
  try {
    // A command that comes late may take up a wave that was left.
    let hasEnded = false;
    while (!hasEnded && (await time.run(isOver, until))) {
      const rest = time.now() + Math.max(chance.pick(AFTERMATH), plan.tick * 2);
      await time.run(() => false, rest);
      await time.run(() => isAnnounced(world), time.now() + ANNOUNCED_WITHIN);
      hasEnded = isOver();
    }
    if (hasEnded) {
      for await (const wrong of wrongInTheEnd(world)) violation ??= wrong;
    } else violation = `waves did not end: ${await stuck(world, (wave) => isLeft(patience, observer.rowOf(wave)))}`;
  } catch (error) {
    violation = error instanceof Violation ? error.message : `${String(error)} ${(error as Error).stack}`;
  }
  if (violation !== undefined) observer.note(`VIOLATION: ${violation}`);
  return {
    seed,
    ...(violation !== undefined && { violation }),
    ended: world.refs.map(({ wave }) => observer.rowOf(wave)?.phase ?? "planned"),
    moves: observer.moves,
    struck: world.struck,
    crashedAt: world.crashedAt,
    effects: observer.effects,
    calls: world.calls,
    events: time.events,
    virtualSeconds: (time.now() - world.begunAt) / 1000,
    trace: observer.trace,
  };
}

/** Each wave that has not ended, and what it waits for. */
async function stuck(world: World, isEnded: (wave: string) => boolean): Promise<string> {
  const told: string[] = [];
  for (const ref of world.refs) {
    const row = await world.stored.wave(ref);
    if (row === undefined || isEnded(ref.wave)) continue;
    const gates = await readGates({ store: world.stored, clock: world.time, hash: String }, ref);
    const open = isRefused(gates) ? [] : gates.filter(({ isOpen, verdict }) => isOpen && verdict !== "pass");
    const waits = open.flatMap(({ gate, checks }) => checks.map(({ check, reason }) => `${gate}/${check}: ${reason}`));
    const held = row.hold === undefined ? "" : `, held: ${row.hold.reason}`;
    told.push(`${ref.wave} is ${row.phase} in run ${row.run}${held}${waits.length > 0 ? `; ${waits.join("; ")}` : ""}`);
  }
  return told.join(" | ");
}
