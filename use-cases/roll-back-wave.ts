import { OperatorFault } from "#core/fault.ts";
import type { Superseded } from "#core/wave/decision.ts";
import { ROLL_BACK } from "#core/wave/lifecycle.ts";
import type { RollBack, WaveRef } from "#core/wave/wave.ts";
import { decideReturn, decideRolledBack, type PastDeadline } from "#core/wave/way-back.ts";
import { bringBack } from "./bring-back.ts";
import { decideAndWrite, loadWave } from "./decide-and-write.ts";
import { keepOnTarget } from "./keep-on-target.ts";
import type { Deps } from "./ports/deps.ts";
import { returnClients } from "./return-clients.ts";
import type { StepOutcome } from "./run-step.ts";
import { runTurn, type Turn, type TurnInput } from "./run-turn.ts";
import { showHold } from "./show-hold.ts";
import { waitWhile } from "./wait-while.ts";
import { withdrawRollBack, withdrawTurn } from "./withdraw-roll-back.ts";

/**
 * The turns of a roll-back, one after the other in one invocation where they can be. What fails before the claim of
 * `returning` is withdrawn; from there on it only goes forward.
 */
export async function rollBackWave(deps: Deps, input: TurnInput): Promise<StepOutcome> {
  const ref: WaveRef = { migration: input.migration, wave: input.wave };
  const row = await loadWave(deps.store, ref);
  if (row.run === input.run && row.phase === ROLL_BACK.withdrawing) return withdrawTurn(deps, input);
  const overdue = overdueReason(row.rollBack, deps.clock.now());
  if (row.run === input.run && row.phase === ROLL_BACK.doing && overdue !== undefined)
    return withdrawRollBack(deps, ref, { ...overdue, invocationEndsAt: input.invocationEndsAt });
  let hasActed = false;
  const turn = runTurn(deps, input, {
    endsAt: ({ phase, rollBack }) =>
      phase === ROLL_BACK.doing && rollBack?.isForced !== true
        ? (rollBack?.deadlineAt ?? Number.POSITIVE_INFINITY)
        : Number.POSITIVE_INFINITY,
    run: (turn) => {
      hasActed = true;
      return rollBack(turn, input);
    },
    failed: async ({ claimed, claimId }, error) => {
      const now = await loadWave(deps.store, ref);
      if (now.phase === ROLL_BACK.doing && claimed.rollBack !== undefined && claimed.rollBack.isForced !== true) {
        const late = overdueReason(claimed.rollBack, deps.clock.now());
        if (error instanceof OperatorFault || late !== undefined)
          return withdrawRollBack(deps, ref, {
            rollBackId: claimed.rollBack.id,
            reason: error instanceof OperatorFault ? error.message : `${late?.reason}; ${error.message}`,
            invocationEndsAt: input.invocationEndsAt,
          });
      }
      if (error instanceof OperatorFault)
        await showHold(deps, ref, claimId, {
          kind: "return-stuck",
          reason: error.message,
          cure: "change that: it goes on by itself",
        });
      return undefined;
    },
  });
  try {
    return await turn;
  } finally {
    if (hasActed) {
      await waitWhile(deps, ref, ROLL_BACK.withdrawing, input.invocationEndsAt);
      await keepOnTarget(deps, ref, row.attempt);
    }
  }
}

async function rollBack({ claimed, claimId, context, deps }: Turn, input: TurnInput): Promise<StepOutcome> {
  const { ref } = context;
  const order = claimed.rollBack;
  if (order === undefined)
    throw new OperatorFault(`wave ${ref.wave} is ${claimed.phase} without an order; its row was changed from outside`);
  if (claimed.phase === ROLL_BACK.doing) {
    const proved = await bringBack(deps, context, order);
    const returning = await decideAndWrite<Superseded | PastDeadline>(deps, ref, (row) =>
      decideReturn(row, claimId, deps.clock.now(), proved),
    );
    if (returning.decision.kind === "past-deadline")
      return withdrawRollBack(deps, ref, {
        rollBackId: order.id,
        reason: `everything was proved, but only after the deadline ${new Date(order.deadlineAt).toISOString()}`,
        invocationEndsAt: input.invocationEndsAt,
      });
    if (returning.decision.kind === "superseded") return { outcome: "superseded", because: returning.decision.because };
  }
  const details = await returnClients(deps, context, order);
  const done = await decideAndWrite<Superseded>(deps, ref, (row) => decideRolledBack(row, claimId, details));
  return done.decision.kind === "superseded"
    ? { outcome: "superseded", because: done.decision.because }
    : { outcome: "completed", because: "rolled back" };
}

const overdueReason = (
  rollBack: RollBack | undefined,
  now: number,
): { readonly rollBackId: string; readonly reason: string } | undefined =>
  rollBack === undefined || rollBack.isForced === true || now < rollBack.deadlineAt
    ? undefined
    : {
        rollBackId: rollBack.id,
        reason: `the roll-back's deadline ${new Date(rollBack.deadlineAt).toISOString()} has passed`,
      };
