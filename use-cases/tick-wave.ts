import { z } from "zod";
import { OperatorFault, RetryableFault } from "#core/fault.ts";
import { judgeMeasured, measuredBeside } from "#core/gate/gates.ts";
import type { Superseded } from "#core/wave/decision.ts";
import { isAtRest, isPastDeadline } from "#core/wave/decisions.ts";
import { canThaw, FORWARD_RUNS, type GateName, ROLL_BACK, stepAt } from "#core/wave/lifecycle.ts";
import type { WaveRef, WaveRow } from "#core/wave/wave.ts";
import { type AnnounceDeps, announceMissing } from "./announce-journal.ts";
import { closeGates, takeUp } from "./close-gates.ts";
import { decideAndWrite, loadWave } from "./decide-and-write.ts";
import { gateFacts } from "./gate-facts.ts";
import { holdForLateWriter } from "./hold-for-late-writer.ts";
import { heedAlarms, judgeRollback } from "./judge-rollback.ts";
import { keepThawed } from "./keep-thawed.ts";
import { measureGate } from "./measure-gate.ts";
import { measureWayBack } from "./measure-way-back.ts";
import type { Deps } from "./ports/deps.ts";
import { hasExecution } from "./start-execution.ts";
import { thawWave } from "./thaw-wave.ts";
import { withdrawRollBack } from "./withdraw-roll-back.ts";

/** A command's own start of an execution gets this long before the timer calls it lost, in ms. */
const START_GRACE = 5_000;

/** A tick whose process died keeps the wave from its timer for this long, in ms; a tick that lives renews its lease in time. */
const TICK_LEASE = 5_000;

export type Ticking = Deps & Pick<AnnounceDeps, "announcer">;

/**
 * One turn of the timer for one wave: lifts what is past its deadline, starts what was lost, rolls back what an alarm or a rule says, measures, judges, closes gates,
 * undoes what outlived a thaw, announces. Its own lease makes a tick that is delivered twice do nothing the second time but heed alarms; "busy" also
 * where the lease was lost on the way, because one part took longer than it lasts.
 */
export async function tickWave(deps: Ticking, ref: WaveRef, invocationEndsAt: number): Promise<"ticked" | "busy"> {
  const holder = deps.newId();
  const parts: readonly (() => Promise<unknown>)[] = [
    () => lift(deps, ref, invocationEndsAt),
    () => repair(deps, ref, invocationEndsAt),
    () => judgeRollback(deps, ref, invocationEndsAt),
    () => measure(deps, ref),
    () => seeWayBack(deps, ref),
    () => closeGates(deps, ref),
    () => keepThawed(deps, ref, { startsProducers: false }),
    // An announcer that died keeps its lease for a while: waiting for it would slow down every tick until then.
    () => announceMissing(deps, ref, "leave"),
  ];
  try {
    let takenAt = Number.NEGATIVE_INFINITY;
    for (const part of parts) {
      const now = deps.clock.now();
      if (now - takenAt > TICK_LEASE / 4) {
        if (!(await deps.store.items.takeLease(ref, "tick", holder, now, now + TICK_LEASE))) {
          await heedAlarms(deps, ref, invocationEndsAt);
          return "busy";
        }
        takenAt = now;
      }
      await part();
    }
    return "ticked";
  } finally {
    await deps.store.items.releaseLease(ref, "tick", holder);
  }
}

/** The hand behind the others: a freeze past its deadline is lifted, whoever should have done it. */
async function lift(deps: Ticking, ref: WaveRef, invocationEndsAt: number): Promise<void> {
  const row = await loadWave(deps.store, ref);
  const { rollBack } = row;
  if (row.phase === ROLL_BACK.doing && rollBack?.isForced !== true && deps.clock.now() >= (rollBack?.deadlineAt ?? 0))
    await withdrawRollBack(deps, ref, {
      rollBackId: rollBack?.id ?? "",
      reason: `the roll-back's deadline ${new Date(rollBack?.deadlineAt ?? 0).toISOString()} has passed`,
      invocationEndsAt,
    });
  if (row.freeze === undefined || !isPastDeadline(row, deps.clock.now())) return;
  await thawWave(deps, {
    ref,
    freezeId: row.freeze.id,
    by: "sluice",
    kind: "freeze-deadline",
    reason: `the freeze's deadline ${new Date(row.freeze.deadlineAt).toISOString()} passed in ${row.phase}`,
    cure: "look at the journal for what took so long, then POST …/resume",
    invocationEndsAt,
  });
}

/** A wave that is not at rest has an execution; one that is lost is replaced by the next run, and a freeze that lost its own is lifted. */
async function repair(deps: Ticking, ref: WaveRef, invocationEndsAt: number): Promise<void> {
  const row = await loadWave(deps.store, ref);
  const now = deps.clock.now();
  if (isAtRest(row) || row.run === 0 || now - row.updatedAt < START_GRACE) return;
  if (await hasExecution(deps.engine, row)) return;
  if (row.freeze !== undefined && row.phase !== "moving-producers" && canThaw(row.phase)) {
    const reason = `the execution that froze the wave is not running any more (${row.phase})`;
    await thawWave(deps, {
      ref,
      freezeId: row.freeze.id,
      by: "sluice",
      kind: "freeze-abandoned",
      reason,
      cure: "POST …/resume",
      invocationEndsAt,
    });
    return;
  }
  // Its handler may still be at work: the next run would only wait for the lease.
  if (row.claim !== undefined && row.claim.leaseUntil > now) return;
  await takeUp(deps, row, "its execution is not running");
}

/** What the next step's gates stand on. While a step is being done only the mirror is watched. */
async function measure(deps: Ticking, ref: WaveRef): Promise<void> {
  const row = await loadWave(deps.store, ref);
  const next = stepAt(row.phase);
  const isWaiting = next !== undefined && row.phase === next.from && row.phase !== "planned";
  const gates = new Set<GateName>(isWaiting ? measuredBeside(next) : []);
  // Each tick samples it: a gap would look like a delay, and begins its window anew.
  if (FORWARD_RUNS.includes(row.phase)) gates.add("replication");
  for (const gate of gates) {
    await measureGate(deps, ref, row, gate);
    if (gate === "observation") await holdForLateWriter(deps, ref, row);
  }
  if (isWaiting) await journalChangedVerdicts(deps, ref, row);
}

/** A sample that could not be taken leaves the last one, which says its own age: the tick has more to do. */
async function seeWayBack(deps: Ticking, ref: WaveRef): Promise<void> {
  await measureWayBack(deps, ref, await loadWave(deps.store, ref)).catch((error: unknown) => {
    if (!(error instanceof OperatorFault || error instanceof RetryableFault)) throw error;
  });
}

const verdictsSchema = z.record(z.string(), z.string());

async function journalChangedVerdicts(deps: Ticking, ref: WaveRef, row: WaveRow): Promise<void> {
  const next = stepAt(row.phase);
  if (next === undefined) return;
  const reports = judgeMeasured(await gateFacts(deps, ref, row, next));
  const stored = await deps.store.items.get(ref, "WINDOW", "verdicts");
  const before = stored === undefined ? {} : verdictsSchema.parse(stored);
  const changed = reports.filter((report) => before[report.gate] !== report.verdict);
  if (changed.length === 0) return;
  const details = changed.map((report) => ({
    gate: report.gate,
    verdict: report.verdict,
    was: before[report.gate] ?? null,
    reasons: report.checks
      .filter((check) => check.verdict === report.verdict)
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
  await deps.store.items.put(
    ref,
    "WINDOW",
    "verdicts",
    Object.fromEntries(reports.map((report) => [report.gate, report.verdict])),
  );
}
