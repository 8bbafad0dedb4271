import { OperatorFault, RetryableFault } from "#core/fault.ts";
import { judgeMeasured, measuredBeside } from "#core/gate/gates.ts";
import * as z from "#core/schema.ts";
import type { Superseded } from "#core/wave/decision.ts";
import { isAtRest, isPastDeadline } from "#core/wave/decisions.ts";
import { canRollBack, canThaw, FORWARD_RUNS, type GateName, ROLL_BACK, stepAt } from "#core/wave/lifecycle.ts";
import type { WaveRef, WaveRow } from "#core/wave/wave.ts";
import { type AnnounceDeps, announceMissing } from "./announce-journal.ts";
import { closeGates, takeUp } from "./close-gates.ts";
import { decideAndWrite, loadWave } from "./decide-and-write.ts";
import type { Evidence } from "./evidence.ts";
import { gateFacts } from "./gate-facts.ts";
import { holdForLateWriter } from "./hold-for-late-writer.ts";
import { heedAlarms, judgeRollback } from "./judge-rollback.ts";
import { isThawed, keepThawed } from "./keep-thawed.ts";
import { measureGate } from "./measure-gate.ts";
import { type InventoryDeps, measureInventory } from "./measure-inventory.ts";
import { isAway, measureWayBack } from "./measure-way-back.ts";
import type { Deps } from "./ports/deps.ts";
import { hasExecution } from "./start-execution.ts";
import { type ThawOrder, thawWave } from "./thaw-wave.ts";
import { filesReadOnce, type TickLook, tickLook } from "./tick-look.ts";
import { readWindow, windowOf } from "./windows.ts";
import { withdrawRollBack } from "./withdraw-roll-back.ts";

/** A command's own start of an execution gets this long before the timer calls it lost, in ms. */
const START_GRACE = 5_000;

/** A tick whose process died keeps the wave from its timer for this long, in ms; a tick that lives renews its lease in time. */
const TICK_LEASE = 5_000;

export type Ticking = Deps & Pick<AnnounceDeps, "announcer"> & Pick<InventoryDeps, "snapshots">;

/**
 * One turn of the timer for one wave: lifts what is past its deadline, starts what was lost, rolls back what an alarm or a rule says, measures, judges, closes gates,
 * undoes what outlived a thaw, announces. Its own lease makes a tick that is delivered twice do nothing the second time but heed alarms; "busy" also
 * where the lease was lost on the way, because one part took longer than it lasts.
 */
export async function tickWave(deps: Ticking, ref: WaveRef, invocationEndsAt: number): Promise<"ticked" | "busy"> {
  const holder = deps.newId();
  const tick: Tick = {
    deps: { ...deps, store: filesReadOnce(deps.store) },
    ref,
    invocationEndsAt,
    look: tickLook(deps.store.items, ref),
  };
  try {
    let takenAt = Number.NEGATIVE_INFINITY;
    let row: WaveRow | undefined;
    for (const part of PARTS) {
      const now = deps.clock.now();
      if (now - takenAt > TICK_LEASE / 4) {
        if (!(await deps.store.items.takeLease(ref, "tick", holder, now, now + TICK_LEASE))) {
          await heedAlarms(deps, ref, invocationEndsAt);
          return "busy";
        }
        takenAt = now;
      }
      row = await part(tick, row);
    }
    if (tick.thawFailed !== undefined) throw tick.thawFailed;
    return "ticked";
  } finally {
    await deps.store.items.releaseLease(ref, "tick", holder);
  }
}

type Tick = {
  readonly deps: Ticking;
  readonly ref: WaveRef;
  readonly invocationEndsAt: number;
  readonly look: TickLook;
  /** The row that the wave was measured on, and what came of it. */
  measured?: { readonly row: WaveRow; readonly evidence: Evidence };
  /** Told when all else is done: what a person may still do about it stands on what the tick has seen. */
  thawFailed?: OperatorFault | RetryableFault;
};

/**
 * Is given the row where the part before has just read it and found nothing to do, and answers it where it finds nothing
 * either: what acts, or waits for anybody else, leaves the next part to read anew. A write is decided on a row of its own anyway.
 */
type Part = (tick: Tick, known: WaveRow | undefined) => Promise<WaveRow | undefined>;

const PARTS: readonly Part[] = [
  lift,
  repair,
  rollBackOnBreach,
  measure,
  seeWayBack,
  ({ deps, ref, measured }) =>
    closeGates(deps, ref, measured && { evidence: measured.evidence, version: measured.row.version }),
  undoLeftovers,
  async ({ deps, ref }, known) => {
    // An announcer that died keeps its lease for a while: waiting for it would slow down every tick until then.
    await announceMissing(deps, ref, "leave", known);
    return undefined;
  },
];

const rowIn = async ({ deps, ref }: Tick, known: WaveRow | undefined): Promise<WaveRow> =>
  known ?? (await loadWave(deps.store, ref));

/** The hand behind the others: a freeze past its deadline is lifted, whoever should have done it. */
async function lift(tick: Tick): Promise<WaveRow | undefined> {
  const { deps, ref, invocationEndsAt } = tick;
  const row = await rowIn(tick, undefined);
  const { rollBack } = row;
  const isOverdue =
    row.phase === ROLL_BACK.doing && rollBack?.isForced !== true && deps.clock.now() >= (rollBack?.deadlineAt ?? 0);
  if (isOverdue)
    await withdrawRollBack(deps, ref, {
      rollBackId: rollBack?.id ?? "",
      reason: `the roll-back's deadline ${new Date(rollBack?.deadlineAt ?? 0).toISOString()} has passed`,
      invocationEndsAt,
    });
  if (row.freeze === undefined || !isPastDeadline(row, deps.clock.now())) return isOverdue ? undefined : row;
  await thaw(tick, {
    freezeId: row.freeze.id,
    kind: "freeze-deadline",
    reason: `the freeze's deadline ${new Date(row.freeze.deadlineAt).toISOString()} passed in ${row.phase}`,
    cure: "look at the journal for what took so long, then POST …/resume",
  });
  return undefined;
}

async function thaw(
  tick: Tick,
  order: Required<Pick<ThawOrder, "freezeId" | "kind" | "reason" | "cure">>,
): Promise<void> {
  const { deps, ref, invocationEndsAt } = tick;
  await thawWave(deps, { ...order, ref, by: "sluice", invocationEndsAt }).catch((error: unknown) => {
    if (!(error instanceof OperatorFault || error instanceof RetryableFault)) throw error;
    tick.thawFailed = error;
  });
}

/** A wave that is not at rest has an execution; one that is lost is replaced by the next run, and a freeze that lost its own is lifted. */
async function repair(tick: Tick, known: WaveRow | undefined): Promise<WaveRow | undefined> {
  const { deps } = tick;
  const row = await rowIn(tick, known);
  const now = deps.clock.now();
  if (isAtRest(row) || row.run === 0 || now - row.updatedAt < START_GRACE) return row;
  if (await hasExecution(deps.engine, row)) return row;
  if (row.freeze !== undefined && row.phase !== "moving-producers" && canThaw(row.phase)) {
    const reason = `the execution that froze the wave is not running any more (${row.phase})`;
    await thaw(tick, { freezeId: row.freeze.id, kind: "freeze-abandoned", reason, cure: "POST …/resume" });
    return undefined;
  }
  // Its handler may still be at work: the next run would only wait for the lease.
  if (row.claim !== undefined && row.claim.leaseUntil > now) return row;
  await takeUp(deps, row, "its execution is not running");
  return undefined;
}

async function rollBackOnBreach(tick: Tick, known: WaveRow | undefined): Promise<WaveRow | undefined> {
  const row = await rowIn(tick, known);
  if (!canRollBack(row.phase)) return row;
  await judgeRollback(tick.deps, row, tick);
  return undefined;
}

/** What the next step's gates stand on. While a step is being done only the mirror is watched. */
async function measure(tick: Tick, known: WaveRow | undefined): Promise<WaveRow | undefined> {
  const { deps, ref, look } = tick;
  const row = await rowIn(tick, known);
  const next = stepAt(row.phase);
  const isWaiting = next !== undefined && row.phase === next.from && row.run > 0;
  const gates = new Set<GateName>(isWaiting ? measuredBeside(next) : []);
  // Each tick samples it: a gap would look like a delay, and begins its window anew.
  if (FORWARD_RUNS.includes(row.phase)) gates.add("replication");
  if (gates.size === 0) return row;
  for (const gate of gates) {
    if (gate === "inventory") await measureInventory(deps, row, look);
    else await measureGate(deps, ref, row, gate, look);
    if (gate === "observation") await holdForLateWriter(deps, ref, row);
  }
  if (isWaiting) await journalChangedVerdicts(deps, ref, row, await look.evidence());
  tick.measured = { row, evidence: await look.evidence() };
  return undefined;
}

/** A sample that could not be taken leaves the last one, which says its own age: the tick has more to do. */
async function seeWayBack(tick: Tick, known: WaveRow | undefined): Promise<WaveRow | undefined> {
  const { deps, ref, measured } = tick;
  // One that has moved its first client since then is looked at by the next tick.
  if (measured !== undefined && !isAway(measured.row)) return undefined;
  await measureWayBack(deps, ref, await rowIn(tick, known)).catch((error: unknown) => {
    if (!(error instanceof OperatorFault || error instanceof RetryableFault)) throw error;
  });
  return undefined;
}

async function undoLeftovers(tick: Tick, known: WaveRow | undefined): Promise<WaveRow | undefined> {
  if (known !== undefined && !isThawed(known)) return known;
  await keepThawed(tick.deps, tick.ref, { hasLostTurn: false });
  return undefined;
}

const verdictsSchema = z.record(z.string(), z.string());

async function journalChangedVerdicts(deps: Ticking, ref: WaveRef, row: WaveRow, evidence: Evidence): Promise<void> {
  const next = stepAt(row.phase);
  if (next === undefined) return;
  const reports = judgeMeasured(await gateFacts(deps, ref, row, next, evidence));
  const before = (await readWindow(deps.store.items, row, "verdicts", verdictsSchema)) ?? {};
  const changed = reports.filter((report) => before[report.gate] !== report.verdict);
  if (changed.length === 0) return;
  const details = changed.map((report) => ({
    gate: report.gate,
    verdict: report.verdict,
    was: before[report.gate] ?? null,
    reasons: report.checks
      .filter((check) => check.verdict === report.verdict || check.verdict !== "pass")
      .map((check) => `${check.check}: ${check.reason}`),
  }));
  const written = await decideAndWrite<Superseded>(deps, ref, (current) =>
    current.phase === row.phase && current.run === row.run
      ? {
          kind: "write",
          next: current,
          events: [{ event: "GateJudged", by: "sluice", details: { verdicts: details } }],
        }
      : { kind: "superseded", because: "the wave has moved on" },
  );
  if (written.decision.kind === "superseded") return;
  const now = Object.fromEntries(reports.map((report) => [report.gate, report.verdict]));
  await deps.store.items.put(ref, "WINDOW", "verdicts", windowOf(row, now));
}
