import { OperatorFault, RetryableFault } from "#core/fault.ts";
import { type Migration, planOf, type WavePlan } from "#core/migration/migration.ts";
import type { Leased, Refusal, Superseded } from "#core/wave/decision.ts";
import { decideClaim, decideCompletion, decideStepHold, decideYield, type StepClaim } from "#core/wave/decisions.ts";
import type { StepName } from "#core/wave/lifecycle.ts";
import type { WaveRef, WaveRow } from "#core/wave/wave.ts";
import { decideAndWrite } from "./decide-and-write.ts";
import type { Deps } from "./ports/deps.ts";
import type { RunRef } from "./ports/engine.ts";
import { OutOfTimeSignal, type StepContext, SupersededSignal, startTurn } from "./step-context.ts";

/** Another handler holds the step's lease: come again when it has ended. */
export class StepLeased extends RetryableFault {
  override readonly name = "StepLeased";
}

export type StepOutcome = {
  readonly outcome: "completed" | "yielded" | "held" | "superseded" | "refused";
  readonly because?: string;
};

/** How long a handler may work: what its invocation allows, and never as long as its lease. */
export const handlerEndsAt = (now: number, leaseSeconds: number, invocationEndsAt: number): number =>
  Math.min(now + leaseSeconds * 750, invocationEndsAt - 3_000);

export async function loadPlan(deps: Pick<Deps, "store">, ref: WaveRef): Promise<Loaded> {
  const migration = await deps.store.migration(ref.migration);
  const plan = migration && planOf(migration, ref.wave);
  if (migration === undefined || plan === undefined)
    throw new OperatorFault(`there is no wave ${ref.wave} in migration ${ref.migration}`);
  return { migration, plan };
}

export type Loaded = { readonly migration: Migration; readonly plan: WavePlan };
type StepInput = RunRef & {
  readonly step: StepName;
  readonly claim: Omit<StepClaim, "step" | "run">;
  /** When the handler must be done, in ms. */
  readonly endsAt: number;
  /** The migration's file, as loaded. Nothing that a step reads of it changes once a wave was started. */
  readonly file: Loaded;
  /** The row as this handler has just written it. */
  readonly known?: WaveRow;
};
type Act = (context: StepContext, deps: Deps) => Promise<Readonly<Record<string, unknown>>>;
type ClaimOutcome =
  | { readonly outcome: "completed"; readonly row: WaveRow }
  | { readonly outcome: "superseded" | "refused"; readonly because: string };

/**
 * Claim → act → complete. `act` may be called again from its beginning in a later invocation: each of its effects is
 * idempotent. It answers what to journal on completion. What `act` throws passes through; the caller compensates.
 */
export async function claimActComplete(deps: Deps, input: StepInput, act: Act): Promise<ClaimOutcome> {
  const ref: WaveRef = { migration: input.migration, wave: input.wave };
  const { migration, plan } = input.file;
  const { claimId } = input.claim;
  const claimed = await decideAndWrite<Refusal | Superseded | Leased>(
    deps,
    ref,
    (row) => decideClaim(row, { ...input.claim, step: input.step, run: input.run }),
    input.known,
  );
  if (claimed.decision.kind === "leased")
    throw new StepLeased(
      `step ${input.step} of wave ${ref.wave} is leased until ${new Date(claimed.decision.until).toISOString()}`,
    );
  if (claimed.decision.kind !== "write") return { outcome: claimed.decision.kind, because: claimed.decision.because };
  try {
    const estate = await deps.estate(migration);
    const given = { ref, row: claimed.row, claimId, migration, plan, estate, endsAt: input.endsAt };
    const turn = startTurn(deps, given);
    const details = await act(turn.context, turn.deps);
    const completed = await decideAndWrite<Superseded>(
      deps,
      ref,
      (row) => decideCompletion(row, claimId, details),
      claimed.row,
    );
    if (completed.decision.kind === "superseded") return { outcome: "superseded", because: completed.decision.because };
    return { outcome: "completed", row: completed.row };
  } catch (error) {
    if (error instanceof SupersededSignal) return { outcome: "superseded", because: error.message };
    throw error;
  }
}

const lookingUp = (deps: Deps): Deps => ({
  ...deps,
  estate: (migration) => deps.estate(migration, { lookUpSecrets: true }),
});

/** For the steps that stay where they are, held, when a person must change something. */
export async function runStep(
  deps: Deps,
  input: RunRef & { readonly step: StepName; readonly invocationEndsAt: number },
  act: Act,
): Promise<StepOutcome> {
  const ref: WaveRef = { migration: input.migration, wave: input.wave };
  const file = await loadPlan(deps, ref);
  const { leaseSeconds } = file.migration.policy;
  const now = deps.clock.now();
  const claimId = deps.newId();
  const claim = { claimId, now, leaseUntil: now + leaseSeconds * 1000 };
  const endsAt = handlerEndsAt(now, leaseSeconds, input.invocationEndsAt);
  try {
    const ended = await claimActComplete(lookingUp(deps), { ...input, file, claim, endsAt }, act);
    if (ended.outcome !== "completed") return ended;
    await deps.ticks.requestTick(ref);
    return { outcome: "completed" };
  } catch (error) {
    if (error instanceof StepLeased) throw error;
    if (error instanceof OperatorFault) {
      await decideAndWrite<Superseded>(deps, ref, (row) =>
        decideStepHold(
          row,
          claimId,
          { kind: "step-stopped", reason: error.message, cure: "change that, then POST …/resume" },
          deps.clock.now(),
        ),
      );
      return { outcome: "held", because: error.message };
    }
    // The state comes back at once or soon: a lease kept until its end would only make it wait.
    const waiting = error instanceof OutOfTimeSignal ? error.waiting : undefined;
    await decideAndWrite<Superseded>(deps, ref, (row) => decideYield(row, claimId, deps.clock.now(), waiting));
    if (error instanceof OutOfTimeSignal) return { outcome: "yielded", because: error.message };
    throw error;
  }
}
