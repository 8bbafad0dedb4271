import type { JournalEvent } from "#core/journal/entry.ts";
import type { Next } from "#core/wave/decision.ts";
import {
  ABORT,
  canThaw,
  isTurnPhase,
  LIFECYCLE,
  type Phase,
  type StepName,
  stepRow,
  THAW,
  TURNS,
} from "#core/wave/lifecycle.ts";
import { plannedRow } from "#core/wave/planned-row.ts";
import type { RollBack, WaveRow } from "#core/wave/wave.ts";

export const NOW = 1_000_000;

/** A planned wave's row, changed. */
export const row = (changes: Partial<WaveRow> = {}): WaveRow => ({
  ...plannedRow({ migration: "shop", wave: "payments" }, NOW - 60_000),
  version: 7,
  journal: { sequence: 7, hash: "h7" },
  ...changes,
});

export const FREEZE = { id: "freeze-1", startedAt: NOW - 10_000, deadlineAt: NOW + 50_000 } as const;
export const CLAIM_ID = "claim-1";
export const ROLL_BACK_ORDER = {
  by: "olga",
  cause: "person",
  reason: "the ledger is wrong",
  at: NOW - 2_000,
  deadlineSeconds: 120,
} as const;
export const ROLLING_BACK: RollBack = {
  ...ROLL_BACK_ORDER,
  id: "back-0",
  from: "producers-moved",
  hasMovedProducers: true,
  deadlineAt: NOW + 118_000,
};

/** What is claimed in a doing-phase. */
export const claimedIn = (phase: Phase): NonNullable<WaveRow["claim"]>["step"] | undefined =>
  LIFECYCLE.find((r) => r.doing === phase)?.step ??
  (phase === THAW.doing ? "thaw" : isTurnPhase(phase) ? TURNS[phase] : undefined);

/** A row of a wave in run 3 as it stands in that phase: doing-phases have a standing claim, frozen phases a freeze. */
export const rowIn = (phase: Phase, changes: Partial<WaveRow> = {}): WaveRow => {
  const doing = claimedIn(phase);
  return row({
    phase,
    run: 3,
    ...(doing !== undefined && { claim: { step: doing, id: CLAIM_ID, run: 3, leaseUntil: NOW + 30_000 } }),
    ...((canThaw(phase) || phase === THAW.doing) && { freeze: FREEZE }),
    ...((phase === THAW.doing || phase === "withdrawing") && { hold: HOLD }),
    ...(isTurnPhase(phase) && phase !== ABORT.doing && { rollBack: ROLLING_BACK }),
    ...((phase === ABORT.doing || phase === ABORT.to) && {
      abort: { by: "olga", at: NOW - 1_000, deletesTargetTopics: false },
    }),
    ...changes,
  });
};

export const HOLD = { kind: "by-person", by: "olga", at: NOW - 1_000, reason: "lunch", cure: "POST …/resume" } as const;

/** The gates before this step, passed in run 3. */
export const passedGate = (step: StepName): NonNullable<WaveRow["gate"]> => ({
  step,
  run: 3,
  token: "token",
  openedAt: NOW - 5_000,
  passedAt: NOW - 1_000,
});

/** Ready to be claimed: in the step's `from` phase, gates passed, its freeze standing where it needs one. */
export const readyFor = (step: StepName, changes: Partial<WaveRow> = {}): WaveRow => {
  const { from, gates } = stepRow(step);
  return rowIn(from, { ...(gates.length > 0 && { gate: passedGate(step) }), ...changes });
};

/** The row that a decision writes; throws what it said instead. */
export const written = (decision: { readonly kind: string; readonly because?: string; readonly next?: Next }): Next => {
  if (decision.next === undefined) throw new Error(`${decision.kind}: ${decision.because ?? ""}`);
  return decision.next;
};

export const eventsOf = (decision: { readonly kind: string; readonly events?: readonly JournalEvent[] }): string[] =>
  (decision.events ?? []).map((event) => event.event);

export const BEGIN = { id: "back-1", now: NOW } as const;
