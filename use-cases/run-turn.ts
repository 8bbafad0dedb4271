import { OperatorFault, RetryableFault } from "#core/fault.ts";
import type { Leased, Superseded } from "#core/wave/decision.ts";
import { decideYield } from "#core/wave/decisions.ts";
import type { WaveRef, WaveRow } from "#core/wave/wave.ts";
import { decideTurn } from "#core/wave/way-back.ts";
import { decideAndWrite } from "./decide-and-write.ts";
import type { Deps } from "./ports/deps.ts";
import type { RunRef } from "./ports/engine.ts";
import { handlerEndsAt, loadPlan, StepLeased, type StepOutcome } from "./run-step.ts";
import { OutOfTimeSignal, type StepContext, SupersededSignal, startTurn } from "./step-context.ts";

/**
 * Longest lease of a turn while clients stand still, in seconds: a handler that dies keeps its successor waiting for no
 * longer.
 */
const LEASE_SECONDS = 20;

export type Turn = {
  readonly claimed: WaveRow;
  readonly claimId: string;
  readonly context: StepContext;
  readonly deps: Deps;
};

export type TurnInput = RunRef & { readonly invocationEndsAt: number };

/** Lease, claim and time of one turn of the way back: `run` acts, and what it throws gives the turn free before it passes on. */
export async function runTurn(
  deps: Deps,
  input: TurnInput,
  o: {
    /** The handler's time may be shorter, as before a deadline. In ms. */
    readonly endsAt?: (row: WaveRow) => number;
    readonly run: (turn: Turn) => Promise<StepOutcome>;
    /** An OperatorFault, or time that is over: what then, or undefined to yield. */
    readonly failed: (turn: Turn, error: Error) => Promise<StepOutcome | undefined>;
  },
): Promise<StepOutcome> {
  const ref: WaveRef = { migration: input.migration, wave: input.wave };
  const { migration, plan } = await loadPlan(deps, ref);
  const leaseSeconds = Math.min(migration.policy.leaseSeconds, LEASE_SECONDS);
  const now = deps.clock.now();
  const claimId = deps.newId();
  const claimed = await decideAndWrite<Superseded | Leased>(deps, ref, (row) =>
    decideTurn(row, { run: input.run, claimId, now, leaseUntil: now + leaseSeconds * 1000 }),
  );
  if (claimed.decision.kind === "leased")
    throw new StepLeased(
      `wave ${ref.wave} is ${claimed.row.phase} by another handler, whose lease ends at ${new Date(claimed.decision.until).toISOString()}`,
    );
  if (claimed.decision.kind !== "write") return { outcome: "superseded", because: claimed.decision.because };
  const row = claimed.row;
  const endsAt = Math.min(
    handlerEndsAt(now, leaseSeconds, input.invocationEndsAt),
    o.endsAt?.(row) ?? Number.POSITIVE_INFINITY,
  );
  let turn: Turn | undefined;
  try {
    const estate = await deps.estate(migration);
    turn = {
      claimed: row,
      claimId,
      ...startTurn(deps, { ref, row, claimId, migration, plan, estate, endsAt }),
    };
    return await o.run(turn);
  } catch (error) {
    if (error instanceof SupersededSignal) return { outcome: "superseded", because: error.message };
    if (turn !== undefined && (error instanceof OperatorFault || error instanceof OutOfTimeSignal)) {
      const ended = await o.failed(turn, error);
      if (ended !== undefined) return ended;
    }
    const waiting = error instanceof OutOfTimeSignal ? error.waiting : undefined;
    await decideAndWrite<Superseded>(deps, ref, (current) => decideYield(current, claimId, deps.clock.now(), waiting));
    if (error instanceof OutOfTimeSignal) return { outcome: "yielded", because: error.message };
    // What a person must cure is tried again until it is: clients stand still, and no hold may let them.
    if (error instanceof OperatorFault) throw new RetryableFault(error.message);
    throw error;
  }
}
