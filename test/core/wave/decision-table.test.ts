/** What each phase answers to each command, said outright: a phase or a command that is added here needs its own line. */
import { describe, expect, it } from "vitest";
import {
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
  decideYield,
  isAtRest,
  isPastDeadline,
} from "#core/wave/decisions.ts";
import { LIFECYCLE, PHASES, type Phase, type StepName } from "#core/wave/lifecycle.ts";
import type { WaveRow } from "#core/wave/wave.ts";
import { CLAIM_ID, eventsOf, FREEZE, HOLD, NOW, passedGate, row, rowIn, written } from "./rows.ts";

/** Rows of words; the first line names the columns, the first word of each other line its phase. */
const tableOf = (text: string): { readonly phase: Phase; readonly cells: Readonly<Record<string, string>> }[] => {
  const [head = [], ...lines] = text
    .trim()
    .split("\n")
    .map((line) => line.trim().split(/\s+/));
  return lines.map(([phase, ...cells]) => ({
    phase: phase as Phase,
    cells: Object.fromEntries(cells.map((cell, index) => [head[index + 1] ?? "", cell])),
  }));
};
/** The event that is written, else what kind of answer it is; "-" for superseded. */
const answer = (decision: { readonly kind: string }): string => {
  const [event] = eventsOf(decision);
  return event ?? (decision.kind === "superseded" ? "-" : decision.kind);
};

const order = { claimId: "thaw-1", by: "olga", reason: "r", cure: "c", now: NOW, leaseUntil: NOW + 1 };

const COMMANDS: Readonly<Record<string, (phase: Phase) => { readonly kind: string }>> = {
  start: (phase) => decideStart(rowIn(phase), "olga", NOW),
  hold: (phase) => decideHold(rowIn(phase), "olga", "r", "c", NOW),
  resume: (phase) => decideResume(rowIn(phase, { hold: HOLD }), "olga"),
  thaw: (phase) => decideThaw(rowIn(phase), order),
  "take-up": (phase) => decideTakeUp(rowIn(phase), "its execution is not running"),
  complete: (phase) => decideCompletion(rowIn(phase), CLAIM_ID, {}),
  yield: (phase) => decideYield(rowIn(phase), CLAIM_ID, NOW),
  "step-hold": (phase) => decideStepHold(rowIn(phase), CLAIM_ID, "r", "c", NOW),
};

describe("a started wave, by phase", () => {
  const table = tableOf(`
    phase              start    hold      resume       thaw         take-up    complete            yield        step-hold
    planned            already  WaveHeld  WaveResumed  already      RunRaised  -                   -            -
    preparing          already  WaveHeld  WaveResumed  already      RunRaised  ReplicationStarted  StepYielded  WaveHeld
    replicating        already  WaveHeld  WaveResumed  already      RunRaised  -                   -            -
    moving-consumers   already  WaveHeld  WaveResumed  already      RunRaised  ConsumersMoved      StepYielded  WaveHeld
    consumers-moved    already  WaveHeld  WaveResumed  already      RunRaised  -                   -            -
    preparing-cutover  already  WaveHeld  WaveResumed  already      RunRaised  CutoverPrepared     StepYielded  WaveHeld
    cutover-ready      already  WaveHeld  WaveResumed  already      RunRaised  -                   -            -
    freezing           already  refused   WaveResumed  ThawClaimed  RunRaised  WaveFrozen          StepYielded  WaveHeld
    frozen             already  refused   WaveResumed  ThawClaimed  RunRaised  -                   -            -
    draining           already  refused   WaveResumed  ThawClaimed  RunRaised  DrainProved         StepYielded  WaveHeld
    drained            already  refused   WaveResumed  ThawClaimed  RunRaised  -                   -            -
    moving-producers   already  refused   WaveResumed  ThawClaimed  RunRaised  ProducersMoved      StepYielded  WaveHeld
    producers-moved    already  WaveHeld  WaveResumed  already      RunRaised  -                   -            -
    sealing            already  WaveHeld  WaveResumed  already      RunRaised  WaveSealed          StepYielded  WaveHeld
    sealed             already  refused   WaveResumed  already      refused    -                   -            -
    thawing            already  already   refused      leased       RunRaised  -                   StepYielded  WaveHeld
  `);

  it("has a line for every phase", () => {
    expect(table.map((line) => line.phase).sort()).toEqual([...PHASES].sort());
  });

  it.each(table)("$phase answers as its line says", ({ phase, cells }) => {
    const answers = Object.fromEntries(
      Object.keys(cells).map((command) => [command, answer(COMMANDS[command]?.(phase) ?? { kind: "no command" })]),
    );
    expect(answers).toEqual(cells);
  });

  it.each(LIFECYCLE)(
    "is $to when $step has completed, with no claim, and the freeze only until producers moved",
    (step) => {
      const next = written(decideCompletion(rowIn(step.doing), CLAIM_ID, {}));
      expect(next).toMatchObject({ phase: step.to, run: 3 });
      expect(next.claim).toBeUndefined();
      expect(next.freeze !== undefined).toBe(["freeze", "drain"].includes(step.step));
    },
  );
});

describe("the claim of a step, by phase", () => {
  const claim = (rowNow: WaveRow, step: StepName) =>
    decideClaim(rowNow, {
      step,
      run: 3,
      claimId: "claim-2",
      now: NOW,
      leaseUntil: NOW + 60_000,
      ...(["freeze", "drain", "move-producers"].includes(step) && {
        freeze: { id: FREEZE.id, deadlineAt: NOW + 60_000 },
      }),
    });
  const claimed = tableOf(`
    phase              start        move-consumers  prepare-cutover  freeze       drain        move-producers  seal
    planned            StepClaimed  -               -                -            -            -               -
    preparing          leased       -               -                -            -            -               -
    replicating        -            StepClaimed     -                -            -            -               -
    moving-consumers   -            leased          -                -            -            -               -
    consumers-moved    -            -               StepClaimed      -            -            -               -
    preparing-cutover  -            -               leased           -            -            -               -
    cutover-ready      -            -               -                StepClaimed  -            -               -
    freezing           -            -               -                leased       -            -               -
    frozen             -            -               -                -            StepClaimed  -               -
    draining           -            -               -                -            leased       -               -
    drained            -            -               -                -            -            StepClaimed     -
    moving-producers   -            -               -                -            -            leased          -
    producers-moved    -            -               -                -            -            -               StepClaimed
    sealing            -            -               -                -            -            -               leased
    sealed             -            -               -                -            -            -               -
    thawing            -            -               -                -            -            -               -
  `);

  it("has a line for every phase and a column for every step", () => {
    expect(claimed.map((line) => line.phase).sort()).toEqual([...PHASES].sort());
    for (const { cells } of claimed) expect(Object.keys(cells)).toEqual(LIFECYCLE.map((step) => step.step));
  });

  it.each(claimed)("$phase lets only its own step begin", ({ phase, cells }) => {
    const answers = LIFECYCLE.map(({ step }) => [
      step,
      answer(claim({ ...rowIn(phase), hold: undefined, gate: passedGate(step) } as WaveRow, step)),
    ]);
    expect(Object.fromEntries(answers)).toEqual(cells);
  });

  it.each(LIFECYCLE)(
    "$step is taken up when its lease has ended, unless it is the freeze or the drain of another",
    (step) => {
      const over = { step: step.step, id: CLAIM_ID, run: 3, leaseUntil: NOW };
      const decision = claim(rowIn(step.doing, { claim: over }), step.step);
      if (step.step === "freeze" || step.step === "drain") {
        expect(decision).toMatchObject({ kind: "refused", cure: "it thaws" });
        return;
      }
      expect(eventsOf(decision)).toEqual(["StepTakenUp"]);
      expect(written(decision)).toMatchObject({
        phase: step.doing,
        claim: { id: "claim-2", leaseUntil: NOW + 60_000 },
      });
    },
  );
});

describe("the gate before a step, by phase", () => {
  it.each(PHASES)("opens in %s for the step that waits there, and for no other", (phase) => {
    for (const step of LIFECYCLE) {
      const opened = decideOpenGate(rowIn(phase), { step: step.step, run: 3, token: "t", now: NOW });
      expect(answer(opened), step.step).toBe(phase === step.from && step.gates.length > 0 ? "GateOpened" : "-");
    }
  });

  it("opens for no run that is over and for no held wave", () => {
    const gate = { step: "move-consumers", run: 2, token: "t", now: NOW } as const;
    expect(decideOpenGate(rowIn("replicating"), gate)).toMatchObject({ kind: "superseded" });
    const held = rowIn("replicating", { hold: HOLD });
    expect(decideOpenGate(held, { ...gate, run: 3 })).toMatchObject({ kind: "superseded" });
  });

  it("passes once, and not while the wave is held", () => {
    const open = { step: "move-consumers", run: 3, token: "t", openedAt: NOW } as const;
    const passed = decideGatePassed(rowIn("replicating", { gate: open }), open, NOW + 1);
    expect(written(passed).gate).toEqual({ ...open, passedAt: NOW + 1 });
    const again = { ...rowIn("replicating"), gate: { ...open, passedAt: NOW } };
    expect(decideGatePassed(again, open, NOW + 2)).toMatchObject({ kind: "already" });
    const held = rowIn("replicating", { gate: open, hold: HOLD });
    expect(decideGatePassed(held, open, NOW + 2)).toMatchObject({ kind: "already" });
    expect(decideGatePassed(rowIn("replicating"), open, NOW + 2)).toMatchObject({ kind: "already" });
  });

  it("that was opened in a later run does not pass by what was judged before", () => {
    const judged = { step: "move-consumers", run: 2, token: "of run 2", openedAt: NOW } as const;
    const later = rowIn("replicating", { gate: { ...judged, run: 3, token: "of run 3" } });
    expect(decideGatePassed(later, judged, NOW)).toMatchObject({ kind: "already" });
  });
});

describe("a wave's rest and its deadline, by phase", () => {
  const table = tableOf(`
    phase              moving  held   past  held-past
    planned            busy    rest   no    no
    preparing          busy    rest   no    no
    replicating        busy    rest   no    no
    moving-consumers   busy    rest   no    no
    consumers-moved    busy    rest   no    no
    preparing-cutover  busy    rest   no    no
    cutover-ready      busy    rest   no    no
    freezing           busy    busy   yes   yes
    frozen             busy    busy   yes   yes
    draining           busy    busy   yes   yes
    drained            busy    busy   yes   yes
    moving-producers   busy    rest   yes   no
    producers-moved    busy    rest   no    no
    sealing            busy    rest   no    no
    sealed             rest    rest   no    no
    thawing            busy    busy   no    no
  `);

  it("has a line for every phase", () => {
    expect(table.map((line) => line.phase).sort()).toEqual([...PHASES].sort());
  });

  it.each(table)("$phase", ({ phase, cells }) => {
    const held = rowIn(phase, { hold: HOLD });
    const moving = { ...held };
    delete moving.hold;
    const after = FREEZE.deadlineAt;
    const rest = (rowNow: WaveRow) => (isAtRest(rowNow) ? "rest" : "busy");
    const past = (rowNow: WaveRow) => (isPastDeadline(rowNow, after) ? "yes" : "no");
    expect({ moving: rest(moving), held: rest(held), past: past(moving), "held-past": past(held) }).toEqual(cells);
  });

  it("a wave that nobody started is at rest, and neither held nor past anything", () => {
    expect(isAtRest(row())).toBe(true);
    expect(decideHold(row(), "olga", "r", "c", NOW)).toMatchObject({ kind: "refused" });
  });

  it("the deadline counts from its very millisecond on", () => {
    expect(isPastDeadline(rowIn("frozen"), FREEZE.deadlineAt - 1)).toBe(false);
    expect(isPastDeadline(rowIn("frozen"), FREEZE.deadlineAt)).toBe(true);
  });
});
