/** Pure decisions about one wave's row: what a command, a step or a tick may write next, or why it may not. */
import { APPROVALS } from "#core/gate/approvals.ts";
import type { JournalEvent } from "#core/journal/entry.ts";
import {
  type Already,
  type ClaimDecision,
  type CommandDecision,
  type CompletionDecision,
  type Leased,
  type Next,
  type Refusal,
  refused,
  type Superseded,
  type Write,
  write,
} from "./decision.ts";
import type { Hold, HoldCause, HoldKind } from "./holds.ts";
import {
  ABORT,
  canThaw,
  ENDS,
  type GateName,
  isTurnPhase,
  LIFECYCLE,
  type Phase,
  ROLL_BACK,
  type StepName,
  stepRow,
  THAW,
} from "./lifecycle.ts";
import type { Approval, Claim, RollBackOrder, Waiting, WaveRow } from "./wave.ts";
import { type RollBackBegin, rollBackAfterThaw, rollBackOrdered } from "./way-back.ts";

/** The row without the fields that belong to a claim, a gate or a hold. */
const without = <K extends "claim" | "gate" | "hold" | "freeze">(row: WaveRow, ...keys: K[]): WaveRow => {
  const copy: WaveRow = { ...row };
  for (const key of keys) delete copy[key];
  return copy;
};

/** A claim without what its handler waited for: whoever takes it up waits the whole bound. */
const waitingAnew = ({ waiting: _waiting, ...claim }: Claim): Claim => claim;

/** In these phases clients stand still on the way back to the source, or back to where they were. */
const isReturning = (phase: Phase): boolean => isTurnPhase(phase) && phase !== ABORT.doing;

/** In these phases clients stand still, so that no hold may let them rest. */
const isFrozen = (row: WaveRow): boolean =>
  row.phase === THAW.doing || isReturning(row.phase) || (canThaw(row.phase) && row.phase !== "moving-producers");

const isUnstarted = (row: WaveRow): boolean => row.phase === "planned" && row.run === 0;

/** At rest: nothing is to be done until someone asks. */
export const isAtRest = (row: WaveRow): boolean =>
  isUnstarted(row) || ENDS.includes(row.phase) || (row.hold !== undefined && !isFrozen(row));

/** A freeze that nobody lifted or ended in time. One held in moving-producers has writes on the target: it waits for a person. */
export const isPastDeadline = (row: WaveRow, now: number): boolean =>
  row.freeze !== undefined &&
  canThaw(row.phase) &&
  now >= row.freeze.deadlineAt &&
  (isFrozen(row) || row.hold === undefined);

export function decideStart(row: WaveRow, by: string, now: number): CommandDecision {
  if (row.phase === ROLL_BACK.to || row.phase === ABORT.to || row.phase === ABORT.doing)
    return refused(
      `wave ${row.wave} is ${row.phase}${row.abort === undefined ? "" : `, by ${row.abort.by}`}`,
      "POST …/retry starts another attempt once it is at rest",
    );
  if (row.run > 0)
    return {
      kind: "already",
      because: `wave ${row.wave} was started by ${row.attemptStartedBy ?? "somebody"}; it is ${row.phase}`,
    };
  return write({ ...row, run: row.run + 1, attemptStartedAt: now, attemptStartedBy: by }, { event: "WaveStarted", by });
}

export function decideHold(row: WaveRow, hold: Hold): CommandDecision {
  if (row.hold !== undefined) return { kind: "already", because: `held by ${row.hold.by}: ${row.hold.reason}` };
  if (isUnstarted(row) || ENDS.includes(row.phase))
    return refused(`wave ${row.wave} is ${row.phase}; there is nothing to hold`);
  if (isReturning(row.phase))
    return refused(
      `wave ${row.wave} is ${row.phase}: its clients stand still until they are back`,
      "wait until it is rolled back, or withdrawn at its deadline",
    );
  if (isFrozen(row) || row.phase === "moving-producers")
    return refused(
      `wave ${row.wave} is ${row.phase}: its producers stand still until it thaws or moves on`,
      "POST …/thaw lifts the freeze and holds the wave",
    );
  const { by, kind, reason, cure } = hold;
  return write({ ...row, hold }, { event: "WaveHeld", by, details: { kind, reason, cure } });
}

export function decideResume(row: WaveRow, by: string): CommandDecision {
  if (row.hold === undefined) return { kind: "already", because: `wave ${row.wave} is not held; it is ${row.phase}` };
  if (row.phase === THAW.doing) return refused(`wave ${row.wave} is still thawing`, "resume when it is cutover-ready");
  if (isReturning(row.phase))
    return refused(
      `wave ${row.wave} is still ${row.phase}, and goes on by itself`,
      "resume it when it is held at rest",
    );
  // What was measured is measured again, and so what people said of it counts no more: they say it again.
  const approvals = row.approvals.filter((approval) => approval.usedBy !== undefined);
  const next: WaveRow = { ...without(row, "hold", "gate"), approvals, run: row.run + 1 };
  if (next.claim !== undefined) next.claim = waitingAnew(next.claim);
  return write(next, { event: "WaveResumed", by });
}

/** The timer's rule: whatever was lost, the next run takes the wave up from its row. */
export function decideTakeUp(row: WaveRow, because: string): CommandDecision {
  if (isAtRest(row)) return refused(`wave ${row.wave} is at rest (${row.phase})`);
  return write(
    { ...without(row, "gate"), run: row.run + 1 },
    { event: "RunRaised", by: "sluice", details: { because } },
  );
}

export type StepClaim = {
  readonly step: StepName;
  readonly run: number;
  readonly claimId: string;
  readonly now: number;
  readonly leaseUntil: number;
  /** Freeze only: the new freeze. Drain and move-producers: the freeze that this very invocation claimed. */
  readonly freeze?: { readonly id: string; readonly deadlineAt: number };
  /** Journalled with the claim: what a person must know if nothing comes after it. */
  readonly details?: Readonly<Record<string, unknown>>;
};

export function decideClaim(row: WaveRow, claim: StepClaim): ClaimDecision {
  const step = stepRow(claim.step);
  if (row.run !== claim.run)
    return { kind: "superseded", because: `run ${claim.run} is over; the wave is in run ${row.run}` };
  if (row.hold !== undefined) return { kind: "superseded", because: `held: ${row.hold.reason}` };
  const mine = { step: claim.step, id: claim.claimId, run: claim.run, leaseUntil: claim.leaseUntil };
  if (row.phase === step.doing) {
    if (row.claim !== undefined && row.claim.leaseUntil > claim.now)
      return { kind: "leased", until: row.claim.leaseUntil };
    if (claim.step === "freeze" || claim.step === "drain")
      return refused(
        `freeze ${row.freeze?.id ?? "?"} was begun by another invocation, which did not finish`,
        "it thaws",
      );
    const deadline =
      row.freeze && claim.freeze ? { freeze: { ...row.freeze, deadlineAt: claim.freeze.deadlineAt } } : {};
    return write(
      {
        ...row,
        ...deadline,
        claim: { ...mine, ...(row.claim?.waiting !== undefined && { waiting: row.claim.waiting }) },
      },
      { event: "StepTakenUp", by: "sluice", details: { step: claim.step, claim: claim.claimId } },
    );
  }
  if (row.phase !== step.from)
    return { kind: "superseded", because: `step ${claim.step} follows ${step.from}; the wave is ${row.phase}` };
  if (
    step.gates.length > 0 &&
    !(row.gate?.step === claim.step && row.gate.run === claim.run && row.gate.passedAt !== undefined)
  )
    return refused(`the gates before ${claim.step} (${step.gates.join(", ")}) have not passed in run ${claim.run}`);
  if (claim.step === "drain" || claim.step === "move-producers")
    if (claim.freeze === undefined || row.freeze?.id !== claim.freeze.id)
      return refused(`freeze ${row.freeze?.id ?? "?"} was begun by another invocation`, "it thaws");
  const next: Next = {
    ...without(row, "gate"),
    phase: step.doing,
    claim: mine,
    approvals: spend(row.approvals, step.gates, claim.claimId),
  };
  if (claim.freeze !== undefined && claim.step !== "drain")
    // move-producers' claim ends the freeze's deadline and sets its own, under the same freeze id.
    next.freeze = {
      id: claim.freeze.id,
      startedAt: row.freeze?.startedAt ?? claim.now,
      deadlineAt: claim.freeze.deadlineAt,
      ...(claim.step === "move-producers" && { mayHaveMovedProducers: true }),
    };
  return write(next, {
    event: "StepClaimed",
    by: "sluice",
    details: {
      step: claim.step,
      claim: claim.claimId,
      ...claim.details,
      ...(next.freeze && { freeze: next.freeze.id, deadlineAt: next.freeze.deadlineAt }),
    },
  });
}

const spend = (approvals: readonly Approval[], gates: readonly GateName[], claimId: string): Approval[] =>
  approvals.map((a) => (gates.includes(a.gate) && a.usedBy === undefined ? { ...a, usedBy: claimId } : a));

/** True while nobody else acts: what each effect asks before it happens. */
export const isClaimStanding = (row: WaveRow, claimId: string): boolean =>
  row.claim?.id === claimId && row.claim.run === row.run;

export function decideCompletion(
  row: WaveRow,
  claimId: string,
  details: Readonly<Record<string, unknown>>,
): CompletionDecision {
  const step = LIFECYCLE.find((one) => one.step === row.claim?.step);
  if (!isClaimStanding(row, claimId) || step === undefined)
    return { kind: "superseded", because: `claim ${claimId} no longer stands` };
  const next: Next = { ...without(row, "claim"), phase: step.to };
  const ends = step.step === "move-producers" ? row.freeze : undefined;
  if (ends !== undefined) delete next.freeze;
  // A hold given while it was being sealed has nothing left to hold, and could only be resumed into nothing.
  if (step.to === "sealed") delete next.hold;
  return write(next, { event: step.completedAs, by: "sluice", details: { ...details, ...sinceOf(ends) } });
}

/** From when to when producers stood still can be read off one entry. */
const sinceOf = (freeze: WaveRow["freeze"]) => freeze && { frozenSince: freeze.startedAt };

/** A handler that ran out of its own time: the same step goes on in the next invocation at once. */
export function decideYield(row: WaveRow, claimId: string, now: number, waiting?: Waiting): CompletionDecision {
  if (!isClaimStanding(row, claimId) || row.claim === undefined)
    return { kind: "superseded", because: `claim ${claimId} no longer stands` };
  return write(
    { ...row, claim: { ...waitingAnew(row.claim), leaseUntil: now, ...(waiting !== undefined && { waiting }) } },
    {
      event: "StepYielded",
      by: "sluice",
      details: { step: row.claim.step, ...(waiting !== undefined && { waitsFor: waiting.for }) },
    },
  );
}

/** A step met something that a person must change: it stays where it is, held, with nobody's lease. */
export function decideStepHold(row: WaveRow, claimId: string, cause: HoldCause, now: number): CompletionDecision {
  if (!isClaimStanding(row, claimId) || row.claim === undefined)
    return { kind: "superseded", because: `claim ${claimId} no longer stands` };
  return write(
    { ...row, claim: { ...waitingAnew(row.claim), leaseUntil: now }, hold: { ...cause, by: "sluice", at: now } },
    { event: "WaveHeld", by: "sluice", details: { step: row.claim.step, ...cause } },
  );
}

export type ThawClaim = {
  /** Undefined: whatever freeze stands now (a person's order). */
  readonly freezeId?: string;
  readonly claimId: string;
  readonly by: string;
  readonly kind: HoldKind;
  readonly reason: string;
  readonly cure: string;
  readonly now: number;
  readonly leaseUntil: number;
  /** What it leads on to, once the freeze is lifted. */
  readonly thenRollBack?: RollBackOrder;
};

/** Thaw takes the turn from whoever has it: it raises the run and waits for no lease. */
export function decideThaw(row: WaveRow, claim: ThawClaim): Write | Refusal | Already | Leased {
  if (row.phase === THAW.doing) {
    if (row.claim !== undefined && row.claim.leaseUntil > claim.now)
      return { kind: "leased", until: row.claim.leaseUntil };
    const waiting = row.claim?.waiting;
    return write(
      {
        ...row,
        claim: {
          step: "thaw",
          id: claim.claimId,
          run: row.run,
          leaseUntil: claim.leaseUntil,
          ...(waiting !== undefined && { waiting }),
        },
      },
      { event: "StepTakenUp", by: "sluice", details: { step: "thaw", claim: claim.claimId } },
    );
  }
  if (!canThaw(row.phase))
    return {
      kind: "already",
      because: `wave ${row.wave} is ${row.phase}; it has no freeze to lift${row.hold === undefined ? "" : `, held by ${row.hold.by}: ${row.hold.reason}`}`,
    };
  if (claim.freezeId !== undefined && row.freeze?.id !== claim.freezeId)
    return { kind: "already", because: `freeze ${claim.freezeId} is over` };
  const run = row.run + 1;
  return write(
    {
      ...without(row, "gate"),
      phase: THAW.doing,
      run,
      claim: { step: "thaw", id: claim.claimId, run, leaseUntil: claim.leaseUntil },
      hold: { kind: claim.kind, by: claim.by, at: claim.now, reason: claim.reason, cure: claim.cure },
      ...(claim.thenRollBack !== undefined && { rollBackOrder: claim.thenRollBack }),
    },
    {
      event: "ThawClaimed",
      by: claim.by,
      details: { freeze: row.freeze?.id, from: row.phase, kind: claim.kind, reason: claim.reason, cure: claim.cure },
    },
    ...(claim.thenRollBack === undefined ? [] : [rollBackOrdered(row.phase, claim.thenRollBack)]),
  );
}

/**
 * No client has written on the target, and none can any more. Known before the fence comes off: from then on the forward
 * mirror may write there, and a thaw that is taken up again must not take its records for a client's.
 */
export function decideTargetUnwritten(row: WaveRow, claimId: string): CompletionDecision {
  if (!isClaimStanding(row, claimId) || row.freeze === undefined)
    return { kind: "superseded", because: `claim ${claimId} no longer stands` };
  const { mayHaveMovedProducers: _may, ...freeze } = row.freeze;
  return write({ ...row, freeze }, { event: "TargetSeenUnwritten", by: "sluice", details: { freeze: freeze.id } });
}

/** Held; or on its way back, where that was ordered meanwhile. */
export function decideThawed(
  row: WaveRow,
  claimId: string,
  details: Readonly<Record<string, unknown>>,
  begin: RollBackBegin,
): CompletionDecision {
  if (!isClaimStanding(row, claimId)) return { kind: "superseded", because: `claim ${claimId} no longer stands` };
  const event: JournalEvent = { event: "WaveThawed", by: "sluice", details: { ...details, ...sinceOf(row.freeze) } };
  const back = rollBackAfterThaw(row, THAW.to, begin);
  if (back !== undefined) return write(back, event);
  return write({ ...without(row, "claim", "freeze"), phase: THAW.to }, event);
}

/** A client wrote on the target before the thaw could take its turn: the source is no longer the whole truth, and it goes forward. */
export function decideThawRefused(
  row: WaveRow,
  claimId: string,
  reason: string,
  cure: string,
  begin: RollBackBegin,
): CompletionDecision {
  if (!isClaimStanding(row, claimId)) return { kind: "superseded", because: `claim ${claimId} no longer stands` };
  const cause: HoldCause = { kind: "thaw-refused", reason, cure };
  const event: JournalEvent = { event: "ThawRefused", by: "sluice", details: cause };
  const back = rollBackAfterThaw(row, THAW.refusedTo, begin);
  if (back !== undefined) return write(back, event);
  return write(
    { ...without(row, "claim"), phase: THAW.refusedTo, hold: { ...cause, by: "sluice", at: begin.now } },
    event,
  );
}

export function decideOpenGate(
  row: WaveRow,
  gate: { readonly step: StepName; readonly run: number; readonly token: string; readonly now: number },
): Write | Already | Superseded {
  const step = stepRow(gate.step);
  // Delivered twice: opened anew it would forget that it has passed.
  if (row.gate?.token === gate.token && row.gate.run === gate.run)
    return { kind: "already", because: "this very gate is open" };
  if (step.gates.length === 0) return { kind: "superseded", because: `no gate stands before ${step.step}` };
  if (row.run !== gate.run || row.hold !== undefined || row.phase !== step.from)
    return { kind: "superseded", because: `run ${gate.run} is over or the wave left ${step.from}` };
  return write(
    { ...row, gate: { step: gate.step, run: gate.run, token: gate.token, openedAt: gate.now } },
    { event: "GateOpened", by: "sluice", details: { step: gate.step, gates: step.gates } },
  );
}

/** `judged` is the gate whose evidence passed: one that was opened since, in a later run, was not judged. */
export function decideGatePassed(
  row: WaveRow,
  judged: Pick<NonNullable<WaveRow["gate"]>, "run" | "token">,
  now: number,
): Write | Already {
  if (row.gate === undefined || row.gate.passedAt !== undefined || row.hold !== undefined)
    return { kind: "already", because: "no open gate" };
  if (row.gate.run !== judged.run || row.gate.token !== judged.token)
    return { kind: "already", because: "another gate is open by now" };
  return write(
    { ...row, gate: { ...row.gate, passedAt: now } },
    { event: "GatePassed", by: "sluice", details: { step: row.gate.step, gates: stepRow(row.gate.step).gates } },
  );
}

/** Where the wave has gone on through this gate: the loser of a race is told who won it. */
function whoseApprovalPassed(row: WaveRow, gate: GateName): string | undefined {
  const from = LIFECYCLE.find((step) => (step.gates as readonly GateName[]).includes(gate))?.from;
  const last = row.approvals.findLast((a) => a.gate === gate && a.usedBy !== undefined);
  // Back before the gate, after a thaw, it takes a new approval.
  if (last === undefined || row.phase === from) return undefined;
  const people = row.approvals.filter((a) => a.gate === gate && a.usedBy === last.usedBy).map((a) => a.person);
  return `${gate} was approved by ${people.join(" and ")}; wave ${row.wave} has gone on and is ${row.phase}`;
}

/** Who took the wave another way, for whoever comes too late with an approval. */
const whoTurnedIt = ({ abort, phase, rollBack }: WaveRow): string => {
  if (rollBack !== undefined) return `: a roll-back was ordered by ${rollBack.by}: ${rollBack.reason}`;
  const isAborted = phase === ABORT.doing || phase === ABORT.to;
  return isAborted && abort !== undefined ? `, by ${abort.by}` : "";
};

export function decideApproval(
  row: WaveRow,
  approval: { readonly gate: GateName; readonly person: string; readonly evidenceHash: string; readonly at: number },
): CommandDecision {
  const given = row.approvals.filter(
    (a) => a.gate === approval.gate && a.evidenceHash === approval.evidenceHash && a.usedBy === undefined,
  );
  if (given.some((a) => a.person === approval.person))
    return { kind: "already", because: `${approval.person} has approved ${approval.gate} for this evidence` };
  if (given.length >= (APPROVALS[approval.gate]?.people ?? 0))
    return { kind: "already", because: `${approval.gate} was approved by ${given.map((a) => a.person).join(" and ")}` };
  const passed = whoseApprovalPassed(row, approval.gate);
  if (passed !== undefined) return { kind: "already", because: passed };
  if (row.hold !== undefined)
    return refused(`wave ${row.wave} is held: ${row.hold.reason}`, `${row.hold.cure}; then approve again`);
  const waitingStep = row.gate === undefined ? undefined : stepRow(row.gate.step);
  if (
    waitingStep === undefined ||
    !(waitingStep.gates as readonly GateName[]).includes(approval.gate) ||
    row.gate?.passedAt !== undefined
  )
    return refused(
      `gate ${approval.gate} is not open; wave ${row.wave} is ${row.phase}${whoTurnedIt(row)}`,
      row.gate?.passedAt === undefined
        ? "GET …/gates shows which gates are open"
        : "its gates have passed; nothing is left to approve",
    );
  return write(
    { ...row, approvals: [...row.approvals, approval] },
    { event: "ApprovalGiven", by: approval.person, details: { gate: approval.gate, evidence: approval.evidenceHash } },
  );
}
