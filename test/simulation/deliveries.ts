/** Every event that reaches a handler: once or several times, in time or late, or not at all where nobody promises it. */

import { scheduleTime } from "#adapters/scheduler/schedule-time.ts";
import type { StepName } from "#core/wave/lifecycle.ts";
import type { WaveRef } from "#core/wave/wave.ts";
import { waveMachine } from "#state-machines/wave-machine.ts";
import { wayBackMachine } from "#state-machines/way-back-machine.ts";
import { abortWave } from "#use-cases/abort-wave.ts";
import { announceJournal, type JournalRecord } from "#use-cases/announce-journal.ts";
import { cutOver } from "#use-cases/cut-over.ts";
import { freeStuckWaves } from "#use-cases/free-stuck-waves.ts";
import { holdFailedStep } from "#use-cases/hold-failed-step.ts";
import { moveConsumers } from "#use-cases/move-consumers.ts";
import { openGate } from "#use-cases/open-gate.ts";
import type { RunRef } from "#use-cases/ports/engine.ts";
import { prepareCutover } from "#use-cases/prepare-cutover.ts";
import { rollBackWave } from "#use-cases/roll-back-wave.ts";
import { sealWave } from "#use-cases/seal-wave.ts";
import { startReplication } from "#use-cases/start-replication.ts";
import { thawAtDeadline } from "#use-cases/thaw-at-deadline.ts";
import { thawFailedFreeze } from "#use-cases/thaw-failed-freeze.ts";
import { tickActiveWaves } from "#use-cases/tick-active-waves.ts";
import { type Ticking, tickWave } from "#use-cases/tick-wave.ts";
import { wakeForAlarm } from "#use-cases/wake-for-alarm.ts";
import { whereNow } from "#use-cases/where-now.ts";
import { MachineEngine } from "../in-memory/machine-engine.ts";
import { every, pace } from "./actors.ts";
import type { World } from "./world.ts";

/** As functions/manifest.ts gives them. */
const SECONDS = { step: 60, tick: 50, deadline: 210, stream: 30, timer: 30, alarm: 20 } as const;
/** Each second on one machine. */
const GUARD_LOOKS = 2_000;
const GUARD = { graceMilliseconds: 3_000, asksEngine: false, invocationSeconds: 25 } as const;

type Payload = RunRef & {
  readonly step: StepName;
  readonly token: string;
  readonly invocationEndsAt: number;
  readonly error?: { readonly Error: string; readonly Cause: string };
};
type Step = (deps: Ticking, input: Payload) => Promise<unknown>;

const STEPS: Readonly<Record<string, Step>> = {
  "steps-where-now": whereNow,
  "steps-open-gate": openGate,
  "steps-start": startReplication,
  "steps-move-consumers": moveConsumers,
  "steps-prepare-cutover": prepareCutover,
  "steps-cutover": cutOver,
  "steps-thaw": thawFailedFreeze,
  "steps-seal": sealWave,
  "steps-roll-back": rollBackWave,
  "steps-abort": abortWave,
  "steps-hold": (deps, input) =>
    holdFailedStep(deps, { ...input, error: input.error?.Error ?? "", cause: input.error?.Cause ?? "" }),
};

/** Failures of what nobody waits for: whoever delivers may deliver again, and a trace says so. */
const forgive =
  (world: World, name: string) =>
  (error: unknown): void =>
    world.observer?.note(
      `${name} failed: ${error instanceof Error ? `${error.name} ${error.message}` : String(error)}`,
    );

/** Once a moment later, or late, or several times. */
export function deliver(world: World, act: () => void): void {
  const { chance, time } = world;
  const arrive = (): void => {
    const delay = world.strikes("late") ? chance.between(5_000, 180_000) : chance.between(0, 40);
    time.after(delay, act);
  };
  arrive();
  if (world.strikes("duplicated")) for (let more = chance.between(1, 4); more > 0; more--) arrive();
}

export function startEngine(world: World): MachineEngine {
  const { chance, time } = world;
  const handlers = Object.fromEntries(
    Object.entries(STEPS).map(([name, act]) => [
      name,
      (payload: Readonly<Record<string, unknown>>) => {
        const input = payload as unknown as Payload;
        const invoke = (): Promise<unknown> =>
          world.invoke(`${name} ${input.wave} ${input.attempt}-${input.run}`, SECONDS.step, (deps, invocationEndsAt) =>
            act(deps, { ...input, invocationEndsAt }),
          );
        // An answer that was lost is asked for again, perhaps while the first is still at work, perhaps long after.
        if (world.strikes("duplicated"))
          time.after(chance.pick([5, 500, 20_000, 150_000]), () => {
            invoke().catch(forgive(world, `${name} once more`));
          });
        return invoke();
      },
    ]),
  );
  const engine = new MachineEngine({ wave: MACHINES.wave, "way-back": MACHINES["way-back"] }, handlers, time);
  engine.onReady = (name) => {
    engine.follow(name, 2_000).catch((error: unknown) => time.fail(error as Error));
  };
  return engine;
}
const MACHINES = { wave: waveMachine(), "way-back": wayBackMachine() };

const tick = (world: World, ref: WaveRef): void => {
  const name = `tick ${ref.wave}`;
  world.invoke(name, SECONDS.tick, (deps, endsAt) => tickWave(deps, ref, endsAt)).catch(forgive(world, name));
};

export function startDeliveries(world: World): void {
  const { chance, plan, time } = world;
  // A wish: losing it costs a period, nothing else.
  world.onTickRequest = (ref) => {
    if (!world.strikes("lost")) deliver(world, () => tick(world, ref));
  };
  world.deadlines.onScheduled = (freeze, at) => {
    const calledAt = scheduleTime(at, time.now()) + chance.between(0, plan.scheduleLate);
    const call = (): "nobody" | undefined => {
      if (world.deadlines.at.get(freeze.freezeId) !== at) return "nobody";
      const name = `deadline of ${freeze.freezeId}`;
      const invoked = world.invoke(name, SECONDS.deadline, (deps, invocationEndsAt) =>
        thawAtDeadline(deps, { ...freeze, deadlineAt: at, invocationEndsAt }),
      );
      invoked.catch((error: unknown) => {
        forgive(world, name)(error);
        // Scheduler tries again, for a quarter of an hour.
        if (time.now() < calledAt + 900_000) time.after(chance.between(2_000, 20_000), call);
      });
      return undefined;
    };
    time.after(calledAt - time.now(), () => deliver(world, call));
  };
  startStream(world);
  every(world, plan.tick, plan.tick, () => {
    world.invoke("timer", SECONDS.timer, tickActiveWaves).catch(forgive(world, "timer"));
  });
  if (plan.hasGuard)
    every(world, GUARD_LOOKS * pace(world), GUARD_LOOKS * pace(world), () => {
      world
        .invoke("guard", GUARD.invocationSeconds, (deps) => freeStuckWaves(deps, GUARD))
        .catch(forgive(world, "guard"));
    });
}

/** The table's stream: one batch after the other; what fails comes again a second later, and sometimes a batch comes twice. */
function startStream(world: World): void {
  const { time } = world;
  let records = 0;
  let pending: JournalRecord[] = [];
  let isAtWork = false;
  const announce = (batch: readonly JournalRecord[]): Promise<readonly { readonly sequenceNumber: string }[]> =>
    world.invoke("stream", SECONDS.stream, (deps) => announceJournal(deps, batch));
  const next = (): void => {
    const batch = pending;
    if (isAtWork || batch.length === 0) return;
    isAtWork = true;
    pending = [];
    const done = (failed: readonly JournalRecord[]): void => {
      pending = [...failed, ...pending];
      time.after(failed.length > 0 ? 1_000 : 0, () => {
        isAtWork = false;
        next();
      });
    };
    announce(batch).then(
      (failures) => done(batch.filter((one) => failures.some((f) => f.sequenceNumber === one.sequenceNumber))),
      () => done(batch),
    );
    if (world.strikes("duplicated")) deliver(world, () => void announce(batch).catch(forgive(world, "stream again")));
  };
  world.onWrite = (ref) => {
    pending.push({ sequenceNumber: `${++records}`, ref });
    const delay = world.strikes("late") ? world.chance.between(5_000, 60_000) : world.chance.between(100, 400);
    time.after(delay, next);
  };
}

/** An alarm turns, and whoever follows alarms is told. */
export function turnAlarm(world: World, alarm: string, state: "OK" | "ALARM"): void {
  world.alarms.turn(alarm, state);
  world.observer?.note(`! alarm ${state}`);
  deliver(world, () => {
    world.invoke("alarm", SECONDS.alarm, (deps) => wakeForAlarm(deps, alarm)).catch(forgive(world, "alarm"));
  });
}
