/** The people of a migration: they start waves, approve what they see, cure and resume, and sometimes think better of it. */

import { OperatorFault, RetryableFault } from "#core/fault.ts";
import type { Side } from "#core/kafka/offset.ts";
import { partitionKey } from "#core/kafka/topic-partition.ts";
import { canAbort, canRetry, canRollBack, canThaw } from "#core/wave/lifecycle.ts";
import type { WaveRef, WaveRow } from "#core/wave/wave.ts";
import { commandRollBack } from "#use-cases/command-roll-back.ts";
import { holdWave } from "#use-cases/hold-wave.ts";
import { isAway } from "#use-cases/measure-way-back.ts";
import { orderAbort } from "#use-cases/order-abort.ts";
import { orderThaw } from "#use-cases/order-thaw.ts";
import { isRefused } from "#use-cases/refused.ts";
import { resumeWave } from "#use-cases/resume-wave.ts";
import { retryWave } from "#use-cases/retry-wave.ts";
import { startWave } from "#use-cases/start-wave.ts";
import type { Ticking } from "#use-cases/tick-wave.ts";
import { waveAnswer } from "#use-cases/wave-answer.ts";
import { approveOpen } from "../in-memory/approve-open.ts";
import { burnTarget, every, loseExecution, outage, turnDeaf } from "./actors.ts";
import { ALARM } from "./declaration.ts";
import { deliver, turnAlarm } from "./deliveries.ts";
import type { Aim, Deed } from "./fault-plan.ts";
import type { World } from "./world.ts";

const OPERATOR = "olga";
/** As functions/manifest.ts gives it. */
const HTTP_SECONDS = 20;

type Command = (deps: Ticking, ref: WaveRef, invocationEndsAt: number, world: World) => Promise<unknown>;
const COMMANDS = {
  start: (deps, ref) => startWave(deps, ref, OPERATOR),
  resume: (deps, ref) => resumeWave(deps, ref, OPERATOR),
  retry: (deps, ref) => retryWave(deps, ref, OPERATOR),
  hold: (deps, ref) => holdWave(deps, ref, OPERATOR, "wait for me"),
  thaw: (deps, ref, invocationEndsAt) =>
    orderThaw(deps, ref, { person: OPERATOR, reason: "let them write", invocationEndsAt }),
  "roll-back": (deps, ref, invocationEndsAt) =>
    commandRollBack(deps, ref, { person: OPERATOR, reason: "it is wrong", invocationEndsAt }),
  abort: (deps, ref, _endsAt, { chance, plan }) =>
    orderAbort(deps, ref, {
      person: OPERATOR,
      reason: "not today",
      // Without its pin the next attempt begins on fresh topics.
      deletesTargetTopics: plan.attempts > 1 || chance.happens(0.5),
    }),
} as const satisfies Record<string, Command>;
type CommandName = keyof typeof COMMANDS;

/** A person's command; whoever pressed the button twice, or whose proxy tried again, gives it twice. */
function command(world: World, ref: WaveRef, name: CommandName): void {
  deliver(world, () => {
    const told = `${OPERATOR}: ${name} ${ref.wave}`;
    world.observer?.note(told);
    world
      .invoke(told, HTTP_SECONDS, (deps, endsAt) => COMMANDS[name](deps, ref, endsAt, world))
      .then(
        (answer) => {
          if (isRefused(answer)) world.observer?.note(`${told} was refused: ${answer.because}`);
        },
        (error: unknown) => world.observer?.note(`${told} failed: ${String(error)}`),
      );
  });
}

/** What is lost and read again is what they are told, and they confirm that. */
function forceBack(world: World, ref: WaveRef): void {
  const told = `${OPERATOR}: forced roll-back ${ref.wave}`;
  world
    .invoke(told, HTTP_SECONDS, async (deps, invocationEndsAt) => {
      const row = await deps.store.wave(ref);
      const forced = row === undefined ? undefined : (await waveAnswer(deps, row)).wayBack.forced;
      if (forced === undefined) return;
      const order = { person: OPERATOR, reason: "the target burns", invocationEndsAt, forced };
      if (!isRefused(await commandRollBack(deps, ref, order)))
        world.observer?.note(`${told}: ${JSON.stringify(forced)}`);
    })
    .catch((error: unknown) => world.observer?.note(`${told} failed: ${String(error)}`));
}

function approve(world: World, ref: WaveRef): void {
  world.invoke(`approvals ${ref.wave}`, HTTP_SECONDS, (deps) => approveOpen(deps, ref)).catch(() => undefined);
}

/** How many attempts each wave is given before it is left on the source. */
export type Patience = ReadonlyMap<string, number>;

/** Nothing is to be done for this wave any more. */
export const isLeft = (patience: Patience, row: WaveRow | undefined): boolean =>
  row !== undefined &&
  (row.phase === "sealed" || (canRetry(row.phase) && row.attempt >= (patience.get(row.wave) ?? 1)));

export function startPeople(world: World): Patience {
  const { chance, plan, time } = world;
  const patience = new Map(world.refs.map(({ wave }) => [wave, Math.max(plan.attempts, chance.pick([1, 1, 2, 2, 3]))]));
  const pause = Math.max(3_000, plan.tick / 4);
  for (const ref of world.refs) {
    const startsAt = time.now() + chance.pick([0, 500, 5_000]);
    every(world, pause, pause * 3, () => {
      if (time.now() < startsAt) return;
      const row = world.observer?.rowOf(ref.wave);
      if (row !== undefined && world.isBurning && isAway(row)) return forceBack(world, ref);
      if (row === undefined || (row.run === 0 && row.phase === "planned")) command(world, ref, "start");
      else if (isLeft(patience, row)) return;
      else if (canRetry(row.phase)) command(world, ref, "retry");
      else if (row.hold !== undefined) command(world, ref, afterHold(world, row));
      else if (row.gate !== undefined) approve(world, ref);
    });
  }
  for (const aim of plan.aims) takeAim(world, aim);
  return patience;
}

/** What a person does with a held wave; most of the time they have cured it. */
function afterHold(world: World, row: WaveRow): CommandName {
  if (!world.isQuiet() && world.chance.happens(0.15)) {
    if (canAbort(row.phase)) return "abort";
    if (canRollBack(row.phase)) return "roll-back";
  }
  return "resume";
}

/** The deed of an aim, as soon as its wave is in its phase; once. */
function takeAim(world: World, aim: Aim): void {
  const ref = world.refs[aim.wave];
  const { observer } = world;
  if (ref === undefined || observer === undefined) return;
  const earlier = observer.onMove;
  let isTaken = false;
  if (aim.phase === "planned") {
    world.time.after(aim.after, () => perform(world, ref, aim.deed));
    return;
  }
  observer.onMove = (row) => {
    earlier?.(row);
    if (isTaken || row.wave !== ref.wave || row.phase !== aim.phase || world.isOver()) return;
    isTaken = true;
    world.time.after(aim.after, () => perform(world, ref, aim.deed));
  };
}

/** Somebody whom nobody declared, and whom no fence bars. */
function writeLate({ estate, late, migration, observer, time }: World, ref: WaveRef): void {
  const row = observer?.rowOf(ref.wave);
  const topic = migration.waves.find(({ name }) => name === ref.wave)?.topics[0];
  if (row?.phase !== "producers-moved" || topic === undefined || estate.source.isDown) return;
  const record = `late-${late.length}`;
  estate.source.log(partitionKey({ topic, partition: 0 })).append(record, BigInt(time.now()));
  late.push({ record, topic, attempt: row.attempt });
  observer?.note(`! a late writer writes ${record} to ${topic} on the source`);
}

function perform(world: World, ref: WaveRef, deed: Deed): void {
  const sides: Partial<Record<Deed, Side>> = { "outage-source": "source", "outage-target": "target" };
  const side = sides[deed];
  if (side !== undefined) outage(world, side, 20_000, 60_000);
  else if (deed === "target-burns") burnTarget(world, ref.wave);
  else if (deed === "late-writer") writeLate(world, ref);
  else if (deed === "handler-stops") world.stopsNext = ref.wave;
  else if (deed === "alarm") {
    turnAlarm(world, ALARM, "ALARM");
    world.time.after(world.chance.between(5_000, 40_000), () => turnAlarm(world, ALARM, "OK"));
  } else if (deed === "deaf-client") {
    const clients = world.migration.waves.find(({ name }) => name === ref.wave)?.clients ?? [];
    for (const { name } of clients) turnDeaf(world, name);
  } else if (deed === "schedule-gone") {
    world.deadlines.fault = new OperatorFault("the group of schedules does not exist");
    world.time.after(world.chance.between(5_000, 30_000), () => {
      world.deadlines.fault = undefined;
    });
  } else if (deed === "stale-offsets") world.estate.staleOffsets = 1;
  else if (deed === "alarms-gone") {
    world.alarms.fault = new RetryableFault("CloudWatch does not answer");
    world.time.after(world.chance.between(5_000, 30_000), () => {
      world.alarms.fault = undefined;
    });
  } else if (deed === "host-crash") {
    world.count("host-crash");
    world.crashEverything();
  } else if (deed === "execution-lost") {
    world.count("execution-lost");
    loseExecution(world, world.chance.pick([undefined, ...(world.engine?.running() ?? [])]));
  } else if (deed !== "outage-source" && deed !== "outage-target") {
    const row = world.observer?.rowOf(ref.wave);
    if (deed === "thaw" && row !== undefined && !canThaw(row.phase)) return;
    command(world, ref, deed);
  }
}
