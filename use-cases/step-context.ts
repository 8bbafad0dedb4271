import { OperatorFault } from "#core/fault.ts";
import type { JournalEvent } from "#core/journal/entry.ts";
import type { Migration, WavePlan } from "#core/migration/migration.ts";
import type { Superseded } from "#core/wave/decision.ts";
import { isClaimStanding } from "#core/wave/decisions.ts";
import type { Waiting, WaveRef, WaveRow } from "#core/wave/wave.ts";
import { decideAndWrite, loadWave } from "./decide-and-write.ts";
import { guardedEstate, guardedItems, lookingAgain } from "./look-again.ts";
import type { Deps, Estate } from "./ports/deps.ts";

/** Somebody else acts on the wave now; the step stops where it is, with no compensation. */
export class SupersededSignal extends Error {
  override readonly name = "Superseded";
}

/** The handler's own time is over; the step goes on in the next invocation. */
export class OutOfTimeSignal extends Error {
  override readonly name = "OutOfTime";
  readonly waiting: Waiting;
  constructor(waiting: Waiting) {
    super(`the handler's time is over while it waits for ${waiting.for}`);
    this.waiting = waiting;
  }
}

/**
 * How long a look at the claim holds, in ms: a thaw, a withdrawal and a person wait for nobody. A process that was stopped
 * between its look and its effect would go on by what was so before.
 */
const LOOK_MILLISECONDS = 1_000;

/** What a claimed step works with. */
export type StepContext = {
  readonly ref: WaveRef;
  readonly attempt: number;
  readonly run: number;
  readonly claimId: string;
  readonly migration: Migration;
  readonly plan: WavePlan;
  readonly estate: Estate;
  /** Asked before each effect: throws when the claim no longer stands. */
  readonly stillMine: () => Promise<void>;
  /** Journals something that happened within the step. */
  readonly note: (event: string, details: Readonly<Record<string, unknown>>) => Promise<void>;
  readonly sleep: (milliseconds: number) => Promise<void>;
  /** As the clock's: for how far apart two looks lie. */
  readonly monotonic: () => number;
  /**
   * Polls until `probe` answers something; at the bound throws what `atBound` says; out of its own time it yields. `what`
   * names the wait within its step: the next invocation goes on counting it where this one stopped.
   */
  readonly waitFor: <T>(
    what: string,
    boundSeconds: number,
    probe: () => Promise<T | undefined>,
    atBound: () => OperatorFault | Promise<OperatorFault>,
    /** Between two looks at the least, in ms: what takes long is not asked as often as what a freeze waits for. */
    pauseMilliseconds?: number,
  ) => Promise<T>;
};

/** The context of a claimed step, and the handler's own ports: both look at the claim again before an effect. */
export const startTurn = (
  deps: Deps,
  given: {
    readonly ref: WaveRef;
    readonly row: WaveRow;
    readonly claimId: string;
    readonly migration: Migration;
    readonly plan: WavePlan;
    readonly estate: Estate;
    /** When the handler must be done, in ms. */
    readonly endsAt: number;
  },
): { readonly context: StepContext; readonly deps: Deps } => {
  const { clock, store } = deps;
  const { ref, claimId, endsAt, migration } = given;
  let earlier = given.row.claim?.waiting;
  let lookedAt = clock.monotonic();
  const stillMine = async (): Promise<void> => {
    const at = clock.monotonic();
    const row = await loadWave(store, ref);
    if (!isClaimStanding(row, claimId))
      throw new SupersededSignal(
        `claim ${claimId} no longer stands; wave ${ref.wave} is ${row.phase} in run ${row.run}`,
      );
    lookedAt = at;
  };
  const guard = lookingAgain(() => clock.monotonic() - lookedAt >= LOOK_MILLISECONDS, stillMine);
  const context: StepContext = {
    ...given,
    estate: guardedEstate(guard, given.estate),
    attempt: given.row.attempt,
    run: given.row.run,
    stillMine,
    note: async (event, details) => {
      const entry: JournalEvent = { event, by: "sluice", details };
      const { decision } = await decideAndWrite<Superseded>(deps, ref, (row) =>
        isClaimStanding(row, claimId)
          ? { kind: "write", next: row, events: [entry] }
          : { kind: "superseded", because: `claim ${claimId} no longer stands` },
      );
      if (decision.kind === "superseded") throw new SupersededSignal(`claim ${claimId} no longer stands`);
    },
    sleep: (milliseconds) => clock.sleep(milliseconds),
    monotonic: () => clock.monotonic(),
    waitFor: async (what, boundSeconds, probe, atBound, pauseMilliseconds = 0) => {
      const since = earlier?.for === what ? earlier.since : clock.now();
      if (earlier?.for === what) earlier = undefined;
      const boundAt = since + boundSeconds * 1000;
      for (;;) {
        const answer = await probe();
        if (answer !== undefined) return answer;
        const now = clock.now();
        if (now >= boundAt) throw await atBound();
        if (now >= endsAt) throw new OutOfTimeSignal({ for: what, since });
        await clock.sleep(Math.max(pauseMilliseconds, migration.policy.pollMilliseconds));
      }
    },
  };
  return { context, deps: guardedItems(guard, deps) };
};
