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
import { canThaw, type GateName, LIFECYCLE, PHASES, type StepName, stepAt, THAW } from "#core/wave/lifecycle.ts";
import { type WaveRow, waveRowSchema } from "#core/wave/wave.ts";
import { NOW, readyFor, row } from "./rows.ts";

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
    always((row, now) => decideHold(row, "olga", "r", "c", now)),
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
      // Use cases ask this of no step that stands between a freeze and its thaw.
      decide: (row, now) =>
        row.freeze === undefined || row.phase === "moving-producers"
          ? decideStepHold(row, claimIdFor(row, off), "r", "c", now)
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
    attempt: before.attempt,
  });
  expect(waveRowSchema.safeParse(after).success, where).toBe(true);
  expect(before.phase, where).not.toBe("sealed");
  expect(after.run, where).toBeGreaterThanOrEqual(before.run);
  expect(after.run - before.run, where).toBeLessThanOrEqual(1);
  expect(after.freeze !== undefined, where).toBe(isFreezing(after.phase));
  if (after.claim !== undefined) {
    const step = LIFECYCLE.find((r) => r.doing === after.phase)?.step ?? "thaw";
    expect(after.claim.step, where).toBe(step);
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
  // What was used stays used, by the same claim.
  const used = (r: WaveRow) => r.approvals.filter((a) => a.usedBy !== undefined);
  expect(used(after).slice(0, used(before).length), where).toEqual(used(before));
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
        (before.phase === THAW.doing && (after.phase === THAW.to || after.phase === THAW.refusedTo)),
      where,
    ).toBe(true);
}

/** Plays moves one after the other, as a store would write them; answers the phases that were reached. */
function play(begin: WaveRow, list: readonly { readonly move: Move; readonly wait: number }[]): ReadonlySet<string> {
  let present = begin;
  let now = NOW;
  const reached = new Set<string>();
  for (const [index, { move: one, wait }] of list.entries()) {
    now += wait;
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
  it("keeps run, claim, freeze, gate and approvals in order, and a sealed wave sealed", () => {
    const reached = new Set<string>();
    fc.assert(
      fc.property(
        // Started: no execution, and so no handler, knows a run 0.
        fc.constantFrom(
          row({ run: 1 }),
          ...(["move-consumers", "freeze", "seal"] as const).map((step) => readyFor(step)),
        ),
        fc.array(fc.record({ move, wait: fc.integer({ min: 0, max: 30 }) }), {
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
