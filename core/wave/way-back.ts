/** Pure decisions about the way back: roll-back with its withdrawal, abort, retry. */
import type { JournalEvent } from "#core/journal/entry.ts";
import {
  type Already,
  type CommandDecision,
  type Leased,
  type Next,
  type Refusal,
  refused,
  type Superseded,
  type Write,
  write,
} from "./decision.ts";
import type { HoldCause } from "./holds.ts";
import {
  ABORT,
  canAbort,
  canRetry,
  isTurnPhase,
  LIFECYCLE,
  MOVED_PRODUCERS,
  type Phase,
  ROLL_BACK,
  THAW,
  TURNS,
} from "./lifecycle.ts";
import { mayThawForward } from "./may-thaw-forward.ts";
import type { Claim, RollBack, RollBackOrder, WaveRow } from "./wave.ts";

/** The row without what belongs to the step that it was in: whoever gave an approval must give it anew. */
const cleared = (row: WaveRow): Next => {
  const { claim: _claim, gate: _gate, hold: _hold, freeze: _freeze, rollBackOrder: _order, ...rest } = row;
  return { ...rest, approvals: row.approvals.filter((approval) => approval.usedBy !== undefined) };
};

const PAST_RETURN: readonly Phase[] = ["sealing", "sealed"];

/** Who sealed it, for the loser of a race. */
const sealedBy = (row: WaveRow): string => {
  const used = row.approvals.filter((a) => a.gate === "seal" && a.usedBy !== undefined);
  // Who approved again for newer evidence is named once.
  const people = [...new Set(used.map((a) => a.person))];
  return people.length === 0 ? "" : `, approved by ${people.join(" and ")}`;
};

/** What a roll-back meets that cannot begin; undefined where it can. */
export function rollBackRefusal(row: WaveRow): Refusal | Already | undefined {
  const { phase, rollBack } = row;
  if (phase === ROLL_BACK.to) return { kind: "already", because: `wave ${row.wave} is rolled back` };
  if (phase === ROLL_BACK.doing || phase === ROLL_BACK.lastTurn)
    return {
      kind: "already",
      because: `a roll-back of wave ${row.wave} was ordered by ${rollBack?.by}: ${rollBack?.reason}; it is ${phase}`,
    };
  if (phase === ROLL_BACK.withdrawing)
    return refused(
      `wave ${row.wave} is withdrawing from a roll-back that did not end in time: ${row.hold?.reason ?? rollBack?.reason}`,
      "order it again when the wave is held, or force it (GET the wave tells what that loses)",
    );
  if (PAST_RETURN.includes(phase))
    return refused(
      `wave ${row.wave} is ${phase}${sealedBy(row)}: it is past the point of no return`,
      "repair it on the target: the source is not complete any more",
    );
  if (canAbort(phase)) return refused(`wave ${row.wave} is ${phase}: no client has moved`, "POST …/abort gives it up");
  if (phase === ABORT.doing || phase === ABORT.to)
    return refused(`wave ${row.wave} is ${phase}: no client has moved`, "POST …/retry starts it again");
  return undefined;
}

export type RollBackBegin = { readonly id: string; readonly now: number };

/** From a phase of the table's row; a frozen wave is thawed first. */
export function decideRollBack(row: WaveRow, order: RollBackOrder, begin: RollBackBegin): CommandDecision {
  const met = rollBackRefusal(row);
  if (met !== undefined) return met;
  if (!(ROLL_BACK.from as readonly Phase[]).includes(row.phase))
    return refused(`wave ${row.wave} is ${row.phase}: it thaws first`, "order it again");
  return write(begun(row, row.phase, order, begin), rollBackOrdered(row.phase, order));
}

/** Ordered of a wave that thaws already: the thaw leads on to it. */
export function decideRollBackAfterThaw(row: WaveRow, order: RollBackOrder): CommandDecision {
  if (row.phase !== THAW.doing) return refused(`wave ${row.wave} is ${row.phase}; it does not thaw`, "order it again");
  if (row.rollBackOrder !== undefined)
    return {
      kind: "already",
      because: `a roll-back was ordered by ${row.rollBackOrder.by}: ${row.rollBackOrder.reason}`,
    };
  return write({ ...row, rollBackOrder: order }, rollBackOrdered(row.phase, order));
}

export const rollBackOrdered = (from: Phase, { by, cause, reason }: RollBackOrder): JournalEvent => ({
  event: "RollBackOrdered",
  by,
  details: { cause, reason, from },
});

/** The row at the beginning of a roll-back, from the phase that a withdrawal leads back to. */
const begun = (row: WaveRow, from: Phase, order: RollBackOrder, { id, now }: RollBackBegin): Next => ({
  ...cleared(row),
  phase: ROLL_BACK.doing,
  run: row.run + 1,
  rollBack: {
    ...order,
    id,
    from,
    hasMovedProducers: MOVED_PRODUCERS.includes(from),
    deadlineAt: now + order.deadlineSeconds * 1000,
  },
});

/** What a thaw leads to where a roll-back was ordered meanwhile: `from` is where the thaw would have led. */
export const rollBackAfterThaw = (row: WaveRow, from: Phase, begin: RollBackBegin): Next | undefined =>
  row.rollBackOrder === undefined ? undefined : begun(row, from, row.rollBackOrder, begin);

/** What a person was told that a forced roll-back costs, in records: what only the target has, and what each group reads again. */
export type Toll = { readonly loses: number; readonly repeats: Readonly<Record<string, number>> };

/** The target is not there to be asked. A person has confirmed the very toll that was told. */
export function decideForcedRollBack(
  row: WaveRow,
  order: RollBackOrder,
  toll: Toll,
  begin: RollBackBegin,
): CommandDecision {
  const isUnderWay = row.phase === ROLL_BACK.doing || row.phase === ROLL_BACK.withdrawing;
  if (!isUnderWay || row.rollBack?.isForced === true) {
    const met = rollBackRefusal(row);
    if (met !== undefined) return met;
    if (!(ROLL_BACK.from as readonly Phase[]).includes(row.phase) && !mayThawForward(row))
      return refused(`wave ${row.wave} is ${row.phase}: its freeze must be lifted first`, "POST …/thaw, then force it");
  }
  const from = mayThawForward(row) ? THAW.refusedTo : isUnderWay ? (row.rollBack?.from ?? row.phase) : row.phase;
  const next = begun(row, from, order, begin);
  if (next.rollBack === undefined) throw new Error("a begun roll-back has its record");
  return write(
    { ...next, rollBack: { ...next.rollBack, isForced: true } },
    { event: "RollBackForced", by: order.by, details: { cause: order.cause, reason: order.reason, from, ...toll } },
  );
}

export type TurnClaim = {
  readonly run: number;
  readonly claimId: string;
  readonly now: number;
  readonly leaseUntil: number;
};

/** Takes the turn that the wave's phase is. */
export function decideTurn(row: WaveRow, claim: TurnClaim): Write | Superseded | Leased {
  if (row.run !== claim.run)
    return { kind: "superseded", because: `run ${claim.run} is over; the wave is in run ${row.run}` };
  const { phase } = row;
  if (!isTurnPhase(phase)) return { kind: "superseded", because: `wave ${row.wave} is ${phase}` };
  if (phase === ABORT.doing && row.hold !== undefined)
    return { kind: "superseded", because: `held: ${row.hold.reason}` };
  if (row.claim !== undefined && row.claim.leaseUntil > claim.now)
    return { kind: "leased", until: row.claim.leaseUntil };
  const waiting = row.claim?.waiting;
  return write(
    {
      ...row,
      claim: {
        step: TURNS[phase],
        id: claim.claimId,
        run: claim.run,
        leaseUntil: claim.leaseUntil,
        ...(waiting !== undefined && { waiting }),
      },
    },
    {
      event: row.claim === undefined ? "StepClaimed" : "StepTakenUp",
      by: "sluice",
      details: { step: TURNS[phase], claim: claim.claimId },
    },
  );
}

const holds = (row: WaveRow, claimId: string): boolean => row.claim?.id === claimId && row.claim.run === row.run;
const lost = (claimId: string): Superseded => ({ kind: "superseded", because: `claim ${claimId} no longer stands` });
export type PastDeadline = { readonly kind: "past-deadline" };

/** The last turn: everything is proved, and the source's fence may come off. Refused once the deadline has passed. */
export function decideReturn(
  row: WaveRow,
  claimId: string,
  now: number,
  details: Readonly<Record<string, unknown>>,
): Write | Superseded | PastDeadline {
  if (!holds(row, claimId) || row.claim === undefined || row.phase !== ROLL_BACK.doing) return lost(claimId);
  if (row.rollBack?.isForced !== true && now >= (row.rollBack?.deadlineAt ?? 0)) return { kind: "past-deadline" };
  const { waiting: _waiting, ...claim }: Claim = row.claim;
  return write(
    { ...row, phase: ROLL_BACK.lastTurn, claim: { ...claim, step: TURNS[ROLL_BACK.lastTurn] } },
    { event: "ReturnClaimed", by: "sluice", details },
  );
}

export function decideRolledBack(
  row: WaveRow,
  claimId: string,
  details: Readonly<Record<string, unknown>>,
): Write | Superseded {
  if (!holds(row, claimId) || row.phase !== ROLL_BACK.lastTurn) return lost(claimId);
  const { rollBack: _rollBack, ...next } = cleared(row);
  return write({ ...next, phase: ROLL_BACK.to }, { event: "WaveRolledBack", by: "sluice", details });
}

/** Gives a roll-back up, whoever has its turn: a deadline waits for no lease. */
export function decideWithdraw(
  row: WaveRow,
  o: TurnClaim & { readonly rollBackId: string; readonly reason: string; readonly cure: string },
): Write | Superseded {
  if (row.phase !== ROLL_BACK.doing || row.rollBack?.id !== o.rollBackId || row.rollBack.isForced === true)
    return { kind: "superseded", because: `roll-back ${o.rollBackId} is ${row.phase}` };
  const run = row.run + 1;
  const cause: HoldCause = { kind: "roll-back-withdrawn", reason: o.reason, cure: o.cure };
  return write(
    {
      ...row,
      phase: ROLL_BACK.withdrawing,
      run,
      claim: { step: TURNS[ROLL_BACK.withdrawing], id: o.claimId, run, leaseUntil: o.leaseUntil },
      hold: { ...cause, by: "sluice", at: o.now },
    },
    { event: "WithdrawalClaimed", by: "sluice", details: cause },
  );
}

export function decideWithdrawn(
  row: WaveRow,
  claimId: string,
  details: Readonly<Record<string, unknown>>,
): Write | Superseded {
  if (!holds(row, claimId) || row.phase !== ROLL_BACK.withdrawing) return lost(claimId);
  const { rollBack, claim: _claim, ...next } = row;
  const to = withdrawnTo(rollBack);
  return write({ ...next, phase: to }, { event: "RollBackWithdrawn", by: "sluice", details: { to, ...details } });
}

/** Where producers moved the wave is producers-moved; else where the order met it. Always held. */
const withdrawnTo = (rollBack: RollBack | undefined): Phase =>
  rollBack === undefined || rollBack.hasMovedProducers ? "producers-moved" : rollBack.from;

export function decideAbort(
  row: WaveRow,
  o: { readonly by: string; readonly at: number; readonly deletesTargetTopics: boolean; readonly reason: string },
): CommandDecision {
  const { phase } = row;
  if (phase === ABORT.doing || phase === ABORT.to)
    return { kind: "already", because: `wave ${row.wave} is ${phase}; ${row.abort?.by ?? "somebody"} aborted it` };
  if (!canAbort(phase))
    return refused(
      `wave ${row.wave} is ${phase}: ${phase === ROLL_BACK.to ? "its clients are on the source already" : "abort is for waves of which no client has moved"}`,
      phase === ROLL_BACK.to ? "POST …/retry starts it again" : "POST …/roll-back returns its clients to the source",
    );
  return write(
    {
      ...cleared(row),
      phase: ABORT.doing,
      run: row.run + 1,
      abort: { by: o.by, at: o.at, deletesTargetTopics: o.deletesTargetTopics },
    },
    {
      event: "AbortOrdered",
      by: o.by,
      details: { from: phase, reason: o.reason, deletesTargetTopics: o.deletesTargetTopics },
    },
  );
}

export function decideAborted(
  row: WaveRow,
  claimId: string,
  details: Readonly<Record<string, unknown>>,
): Write | Superseded {
  if (!holds(row, claimId) || row.phase !== ABORT.doing) return lost(claimId);
  return write({ ...cleared(row), phase: ABORT.to }, { event: "WaveAborted", by: "sluice", details });
}

export function decideRetry(row: WaveRow, by: string, now: number): CommandDecision {
  if (!canRetry(row.phase)) {
    if (isTurnPhase(row.phase))
      return refused(`wave ${row.wave} is still ${row.phase}`, "retry it when it is rolled-back or aborted");
    if (row.attempt > 1)
      return {
        kind: "already",
        because: `attempt ${row.attempt} of wave ${row.wave} was started by ${row.attemptStartedBy ?? "somebody"}; it is ${row.phase}`,
      };
    return refused(
      `wave ${row.wave} is ${row.phase}; a retry follows a roll-back or an abort`,
      row.phase === LIFECYCLE[0].from && row.run === 0
        ? "POST …/start starts it"
        : "GET the wave tells what comes next",
    );
  }
  const { abort: _abort, ...next } = cleared(row);
  return write(
    {
      ...next,
      phase: RETRY_TO,
      attempt: row.attempt + 1,
      run: row.run + 1,
      approvals: [],
      attemptStartedAt: now,
      attemptStartedBy: by,
    },
    { event: "WaveRetried", by, details: { attempt: row.attempt + 1, after: row.phase } },
  );
}
const RETRY_TO = LIFECYCLE[0].from;
