import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { APPROVALS } from "#core/gate/approvals.ts";
import type { Write } from "#core/wave/decision.ts";
import {
  decideApproval,
  decideClaim,
  decideCompletion,
  decideGatePassed,
  decideHold,
  decideOpenGate,
  decideResume,
  decideStart,
  decideStepHold,
  decideTakeUp,
  decideThaw,
  decideThawed,
  decideThawRefused,
  decideYield,
  isAtRest,
} from "#core/wave/decisions.ts";
import {
  ABORT,
  canThaw,
  type GateName,
  isTurnPhase,
  LIFECYCLE,
  PHASES,
  type Phase,
  RETRY,
  ROLL_BACK,
  type StepName,
  stepAt,
  THAW,
} from "#core/wave/lifecycle.ts";
import { type WaveRow, waveRowSchema } from "#core/wave/wave.ts";
import {
  decideAbort,
  decideAborted,
  decideForcedRollBack,
  decideRetry,
  decideReturn,
  decideRollBack,
  decideRollBackAfterThaw,
  decideRolledBack,
  decideTurn,
  decideWithdraw,
  decideWithdrawn,
} from "#core/wave/way-back.ts";
import { claimedIn, NOW, ROLL_BACK_ORDER, readyFor, row, rowIn } from "./rows.ts";

const isStandingStill = (phase: Phase): boolean => isTurnPhase(phase) && phase !== ABORT.doing;

type Decision = { readonly kind: string } | Write;
/** One write that somebody tries: mostly what fits the row, sometimes what is late, foreign or out of turn. */
type Move = {
  readonly name: string;
  readonly decide: (row: WaveRow, now: number, id: string) => Decision;
};

const isOff = fc.integer({ min: 0, max: 7 }).map((n) => n === 0);
const stepName = fc.constantFrom(...LIFECYCLE.map((step) => step.step));
const person = fc.constantFrom("carl", "sara", "tom");
const evidenceHash = fc.constantFrom("h1", "h2");

const stepFor = (row: WaveRow, other: StepName, off: boolean): StepName =>
  off ? other : (stepAt(row.phase)?.step ?? other);
const claimIdFor = (row: WaveRow, off: boolean): string => (off ? "claim-of-nobody" : (row.claim?.id ?? "none"));

const moves = (kind: string, from: fc.Arbitrary<Omit<Move, "name">>): fc.Arbitrary<Move> =>
  from.map((move) => ({ name: kind, ...move }));
const always = (decide: Move["decide"]) => fc.constant({ decide });

const move: fc.Arbitrary<Move> = fc.oneof(
  moves(
    "start",
    always((row, now) => decideStart(row, "olga", now)),
  ),
  moves(
    "hold",
    always((row, now) => decideHold(row, { kind: "by-person", by: "olga", at: now, reason: "r", cure: "c" })),
  ),
  {
    arbitrary: moves(
      "resume",
      always((row) => decideResume(row, "olga")),
    ),
    weight: 2,
  },
  moves(
    "take-up",
    always((row) => decideTakeUp(row, "lost")),
  ),
  {
    weight: 4,
    arbitrary: moves(
      "open",
      fc.tuple(stepName, isOff).map(([other, off]) => ({
        decide: (row, now, id) =>
          decideOpenGate(row, { step: stepFor(row, other, off), run: row.run - (off ? 1 : 0), token: id, now }),
      })),
    ),
  },
  {
    weight: 4,
    arbitrary: moves(
      "pass",
      isOff.map((off) => ({
        decide: (row, now) =>
          decideGatePassed(row, off || row.gate === undefined ? { run: row.run, token: "foreign" } : row.gate, now),
      })),
    ),
  },
  {
    weight: 2,
    arbitrary: moves(
      "approve",
      fc.tuple(fc.constantFrom<GateName>("cutover", "go", "seal"), person, evidenceHash).map(([gate, who, hash]) => ({
        decide: (row, now) => decideApproval(row, { gate, person: who, evidenceHash: hash, at: now }),
      })),
    ),
  },
  {
    weight: 6,
    arbitrary: moves(
      "claim",
      fc.tuple(stepName, isOff, isOff, fc.integer({ min: 0, max: 40 })).map(([other, off, isLate, lease]) => ({
        decide: (row, now, id) =>
          decideClaim(row, {
            step: stepFor(row, other, off),
            run: row.run - (isLate ? 1 : 0),
            claimId: id,
            now,
            leaseUntil: now + lease,
            ...(stepFor(row, other, off) === "freeze"
              ? { freeze: { id: `freeze-${id}`, deadlineAt: now + 50 } }
              : ["drain", "move-producers"].includes(stepFor(row, other, off)) && {
                  freeze: { id: off ? "foreign" : (row.freeze?.id ?? "none"), deadlineAt: now + 50 },
                }),
          }),
      })),
    ),
  },
  {
    weight: 6,
    arbitrary: moves(
      "complete",
      isOff.map((off) => ({
        decide: (row, now) =>
          row.phase === THAW.doing
            ? decideThawed(row, claimIdFor(row, off), {}, { id: "back", now })
            : decideCompletion(row, claimIdFor(row, off), {}),
      })),
    ),
  },
  moves(
    "yield",
    isOff.map((off) => ({
      decide: (row, now) => decideYield(row, claimIdFor(row, off), now, { for: "x", since: now }),
    })),
  ),
  moves(
    "step-hold",
    isOff.map((off) => ({
      // Use cases ask this of no step that stands between a freeze and its thaw, and of no turn while clients stand still.
      decide: (row, now) =>
        (row.freeze === undefined && !isStandingStill(row.phase)) || row.phase === "moving-producers"
          ? decideStepHold(row, claimIdFor(row, off), { kind: "step-stopped", reason: "r", cure: "c" }, now)
          : { kind: "superseded" },
    })),
  ),
  moves(
    "thaw",
    isOff.map((off) => ({
      decide: (row, now, id) =>
        decideThaw(row, {
          ...(off ? { freezeId: "an earlier one" } : row.freeze !== undefined && { freezeId: row.freeze.id }),
          claimId: id,
          by: "olga",
          kind: "thawed-by-person",
          reason: "r",
          cure: "c",
          now,
          leaseUntil: now + 20,
        }),
    })),
  ),
  moves(
    "thaw-refused",
    always((row, now) =>
      row.phase === THAW.doing && row.freeze?.mayHaveMovedProducers === true
        ? decideThawRefused(row, claimIdFor(row, false), "r", "c", { id: "back", now })
        : { kind: "superseded" },
    ),
  ),
);

/** Ends the turn that the row is in, as its handler does. */
const endTurn = (row: WaveRow, claimId: string, now: number): Decision => {
  if (row.phase === ROLL_BACK.doing) return decideReturn(row, claimId, now, {});
  if (row.phase === ROLL_BACK.lastTurn) return decideRolledBack(row, claimId, {});
  if (row.phase === ROLL_BACK.withdrawing) return decideWithdrawn(row, claimId, {});
  return decideAborted(row, claimId, {});
};

const wayBack: fc.Arbitrary<Move> = fc.oneof(
  moves(
    "roll-back",
    fc.integer({ min: 1, max: 100 }).map((deadlineSeconds) => ({
      decide: (row, now, id) => decideRollBack(row, { ...ROLL_BACK_ORDER, deadlineSeconds }, { id, now }),
    })),
  ),
  moves(
    "roll-back-after-thaw",
    always((row) => decideRollBackAfterThaw(row, ROLL_BACK_ORDER)),
  ),
  moves(
    "force",
    always((row, now, id) => decideForcedRollBack(row, ROLL_BACK_ORDER, { loses: 0, repeats: {} }, { id, now })),
  ),
  {
    weight: 4,
    arbitrary: moves(
      "turn",
      fc.tuple(isOff, fc.integer({ min: 0, max: 40 })).map(([isLate, lease]) => ({
        decide: (row, now, id) =>
          decideTurn(row, { run: row.run - (isLate ? 1 : 0), claimId: id, now, leaseUntil: now + lease }),
      })),
    ),
  },
  {
    weight: 4,
    arbitrary: moves(
      "end-turn",
      isOff.map((off) => ({ decide: (row, now) => endTurn(row, claimIdFor(row, off), now) })),
    ),
  },
  moves(
    "withdraw",
    isOff.map((off) => ({
      decide: (row, now, id) =>
        decideWithdraw(row, {
          rollBackId: off ? "an earlier one" : (row.rollBack?.id ?? "none"),
          run: row.run,
          claimId: id,
          now,
          leaseUntil: now,
          reason: "r",
          cure: "c",
        }),
    })),
  ),
  moves(
    "abort",
    fc.boolean().map((deletesTargetTopics) => ({
      decide: (row, now) => decideAbort(row, { by: "olga", at: now, deletesTargetTopics, reason: "r" }),
    })),
  ),
  {
    weight: 2,
    arbitrary: moves(
      "retry",
      always((row, now) => decideRetry(row, "tom", now)),
    ),
  },
);
/** Mostly forward; the way back is begun seldom enough that a wave comes to its end. */
const anyMove: fc.Arbitrary<Move> = fc.oneof({ arbitrary: move, weight: 3 }, { arbitrary: wayBack, weight: 2 });

const isWrite = (decision: Decision): decision is Write => decision.kind === "write";
const isFreezing = (phase: WaveRow["phase"]): boolean => canThaw(phase) || phase === THAW.doing;

/** What must hold of any row, and of any step from one row to the next. */
function check(before: WaveRow, write: Write, name: string, after: WaveRow): void {
  const where = `${name} in ${before.phase}: ${write.events.map((event) => event.event).join()}`;
  // Decisions touch neither what locks the write nor what chains the journal.
  expect({ ...write.next }, where).toMatchObject({
    version: before.version,
    journal: before.journal,
    updatedAt: before.updatedAt,
    migration: before.migration,
    wave: before.wave,
    attempt: before.attempt + (name === "retry" ? 1 : 0),
  });
  expect(waveRowSchema.safeParse(after).success, where).toBe(true);
  expect(before.phase, where).not.toBe("sealed");
  expect(after.run, where).toBeGreaterThanOrEqual(before.run);
  expect(after.run - before.run, where).toBeLessThanOrEqual(1);
  expect(after.freeze !== undefined, where).toBe(isFreezing(after.phase));
  if (after.claim !== undefined) {
    expect(after.claim.step, where).toBe(claimedIn(after.phase));
    expect(after.claim.run, where).toBeLessThanOrEqual(after.run);
  }
  // Nobody goes on with a freeze that is not the one of the row, and none changes its name under way.
  if (isFreezing(before.phase) && isFreezing(after.phase)) expect(after.freeze?.id, where).toBe(before.freeze?.id);
  const mayBeOnTarget = after.phase === "moving-producers";
  if (mayBeOnTarget) expect(after.freeze?.mayHaveMovedProducers, where).toBe(true);
  if (canThaw(after.phase) && !mayBeOnTarget) expect(after.freeze?.mayHaveMovedProducers, where).toBeUndefined();
  // A gate is of this run and of the step that waits; whoever raises the run closes it.
  if (after.gate !== undefined) {
    expect(after.gate.run, where).toBe(after.run);
    expect(stepAt(after.phase)?.step, where).toBe(after.gate.step);
  }
  // Producers that stand still are nobody's rest.
  if (isFreezing(after.phase) && after.phase !== "moving-producers") expect(isAtRest(after), where).toBe(false);
  if (isStandingStill(after.phase)) expect(isAtRest(after), where).toBe(false);
  // What was used stays used, by the same claim; another attempt has none of it.
  const used = (r: WaveRow) => r.approvals.filter((a) => a.usedBy !== undefined);
  if (name === "retry") expect(after, where).toMatchObject({ approvals: [], run: before.run + 1 });
  else expect(used(after).slice(0, used(before).length), where).toEqual(used(before));
  checkWayBack(before, name, after, where);
  for (const [gate, needed] of Object.entries(APPROVALS))
    for (const hash of ["h1", "h2"]) {
      const given = after.approvals.filter((a) => a.gate === gate && a.evidenceHash === hash && a.usedBy === undefined);
      expect(given.length, where).toBeLessThanOrEqual(needed.people);
      expect(new Set(given.map((a) => a.person)).size, where).toBe(given.length);
    }
  // Phases move along the table only.
  if (after.phase !== before.phase)
    expect(
      LIFECYCLE.some(
        (r) =>
          (r.from === before.phase && r.doing === after.phase) || (r.doing === before.phase && r.to === after.phase),
      ) ||
        (canThaw(before.phase) && after.phase === THAW.doing) ||
        (before.phase === THAW.doing && (after.phase === THAW.to || after.phase === THAW.refusedTo)) ||
        isOnTheWayBack(before, after),
      where,
    ).toBe(true);
}

const isOneOf = (phases: readonly Phase[], phase: Phase): boolean => phases.includes(phase);

/** The transitions of the way back, by the table alone. */
function isOnTheWayBack(before: WaveRow, after: WaveRow): boolean {
  const [from, to] = [before.phase, after.phase];
  if (to === ROLL_BACK.doing)
    return (
      isOneOf(ROLL_BACK.from, from) ||
      // A thaw leads on to what was ordered meanwhile; one that may have to go forward to a forced one, and so a withdrawal.
      (from === THAW.doing && before.rollBackOrder !== undefined) ||
      (from === THAW.doing && before.freeze?.mayHaveMovedProducers === true && after.rollBack?.isForced === true) ||
      (from === ROLL_BACK.withdrawing && after.rollBack?.isForced === true)
    );
  if (to === ROLL_BACK.lastTurn) return from === ROLL_BACK.doing;
  if (to === ROLL_BACK.to) return from === ROLL_BACK.lastTurn;
  if (to === ROLL_BACK.withdrawing) return from === ROLL_BACK.doing;
  if (from === ROLL_BACK.withdrawing)
    return to === (before.rollBack?.hasMovedProducers === true ? "producers-moved" : before.rollBack?.from);
  if (to === ABORT.doing) return isOneOf(ABORT.from, from);
  if (to === ABORT.to) return from === ABORT.doing;
  return isOneOf(RETRY.from, from) && to === RETRY.to;
}

/** What the way back must keep, whatever was tried before. */
function checkWayBack(before: WaveRow, name: string, after: WaveRow, where: string): void {
  expect(after.rollBack !== undefined, where).toBe(isStandingStill(after.phase));
  expect(after.rollBackOrder === undefined || after.phase === THAW.doing, where).toBe(true);
  expect(after.abort !== undefined, where).toBe(after.phase === ABORT.doing || after.phase === ABORT.to);
  // Whoever had the turn when it was ordered, withdrawn, aborted or retried has it no more.
  if (["roll-back", "force", "withdraw", "abort", "retry"].includes(name))
    expect(after.run, where).toBe(before.run + 1);
  // Where producers may have written on the target, what brings them back says so.
  if (after.rollBack !== undefined)
    expect(after.rollBack.hasMovedProducers, where).toBe(
      ["moving-producers", "producers-moved"].includes(after.rollBack.from),
    );
  // From the last turn's claim on it only goes forward.
  if (before.phase === ROLL_BACK.lastTurn) expect([ROLL_BACK.lastTurn, ROLL_BACK.to], where).toContain(after.phase);
  if (after.phase === ROLL_BACK.withdrawing) expect(after.hold, where).toBeDefined();
  if (before.phase === ROLL_BACK.withdrawing && !isStandingStill(after.phase)) expect(after.hold, where).toBeDefined();
}

/** Whoever does not hold the claim ends nothing, in whatever phase. */
function expectNobodyElseEnds(present: WaveRow, now: number): void {
  const stale = [
    endTurn(present, "claim-of-nobody", now),
    decideCompletion(present, "claim-of-nobody", {}),
    ...(present.claim === undefined ? [] : [endTurn({ ...present, run: present.run + 1 }, present.claim.id, now)]),
  ];
  for (const decision of stale) expect(decision.kind, present.phase).toBe("superseded");
}

/** Plays moves one after the other, as a store would write them; answers the phases that were reached. */
function play(begin: WaveRow, list: readonly { readonly move: Move; readonly wait: number }[]): ReadonlySet<string> {
  let present = begin;
  let now = NOW;
  const reached = new Set<string>();
  for (const [index, { move: one, wait }] of list.entries()) {
    now += wait;
    expectNobodyElseEnds(present, now);
    const decision = one.decide(present, now, `id-${index}`);
    if (!isWrite(decision)) continue;
    const after: WaveRow = {
      ...decision.next,
      version: present.version + 1,
      journal: present.journal,
      updatedAt: now,
    };
    check(present, decision, one.name, after);
    present = after;
    reached.add(after.phase);
  }
  return reached;
}

describe("any sequence of decisions", () => {
  it("keeps run, claim, freeze, gate, approvals and the way back in order, and a sealed wave sealed", () => {
    const reached = new Set<string>();
    fc.assert(
      fc.property(
        // Started: no execution, and so no handler, knows a run 0.
        fc.constantFrom(
          row({ run: 1 }),
          ...LIFECYCLE.slice(1).map(({ step }) => readyFor(step)),
          rowIn("rolling-back"),
        ),
        fc.array(fc.record({ move: anyMove, wait: fc.integer({ min: 0, max: 30 }) }), {
          minLength: 1,
          maxLength: 100,
          size: "max",
        }),
        (begin, list) => {
          for (const phase of play(begin, list)) reached.add(phase);
        },
      ),
      { numRuns: 500 },
    );
    // Nothing was proved of phases that no sequence came to.
    for (const phase of PHASES.filter((one) => one !== "planned")) expect(reached).toContain(phase);
  });
});
