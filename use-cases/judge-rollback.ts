import { alarmsOf, judgeAlarm } from "#core/rule/alarm.ts";
import type { RollbackVerdict } from "#core/rule/judgement.ts";
import * as z from "#core/schema.ts";
import type { Superseded } from "#core/wave/decision.ts";
import { canRollBack } from "#core/wave/lifecycle.ts";
import type { WaveRef, WaveRow } from "#core/wave/wave.ts";
import { decideAndWrite, loadWave } from "./decide-and-write.ts";
import { judgeRules } from "./judge-rules.ts";
import { orderRollBack } from "./order-roll-back.ts";
import type { Deps } from "./ports/deps.ts";
import type { Judged, RuleSampling } from "./rule-sampling.ts";
import { loadPlan } from "./run-step.ts";
import type { TickLook } from "./tick-look.ts";
import { readWindow, windowOf } from "./windows.ts";

/**
 * Whether an alarm or a rule of the file says that this wave goes back, asked on each tick while it can. CloudWatch is asked
 * before brokers are, which may be slow. What cannot be asked is unknown: journalled, and no reason to go back.
 */
export async function judgeRollback(
  deps: Deps,
  row: WaveRow,
  { invocationEndsAt, look }: { readonly invocationEndsAt: number; readonly look: TickLook },
): Promise<void> {
  if (!canRollBack(row.phase)) return;
  const ref: WaveRef = { migration: row.migration, wave: row.wave };
  const sampling: RuleSampling = { deps, ref, row, look, ...(await loadPlan(deps, ref)) };
  const judged: Judged[] = [];
  for (const judge of [judgeAlarms, judgeRules]) {
    const now = await judge(sampling);
    judged.push(...now);
    for (const breach of now.filter(({ verdict }) => verdict === "breached"))
      if (await actOn(deps, row, breach, invocationEndsAt)) return;
  }
  await journalChanges(deps, row, judged);
}

/**
 * Alarms alone, beside a tick that is still at work: brokers that are slow to answer it must not keep an alarm waiting. What
 * is journalled and remembered of verdicts is that tick's.
 */
export async function heedAlarms(deps: Deps, ref: WaveRef, invocationEndsAt: number): Promise<void> {
  const row = await loadWave(deps.store, ref);
  if (!canRollBack(row.phase)) return;
  const judged = await judgeAlarms({ deps, row, ...(await loadPlan(deps, ref)) });
  for (const breach of judged.filter(({ verdict }) => verdict === "breached"))
    if (await actOn(deps, row, breach, invocationEndsAt)) return;
}

async function judgeAlarms({
  deps,
  row,
  migration,
  plan,
}: Pick<RuleSampling, "deps" | "row" | "migration" | "plan">): Promise<readonly Judged[]> {
  const names = alarmsOf(migration.policy, plan.name);
  if (names.length === 0) return [];
  const judgedAs = (name: string) => ({ cause: "alarm", name: `alarm:${name}` }) as const;
  try {
    const alarms = await deps.alarms.describe(names);
    return names.map((name) => ({
      ...judgedAs(name),
      ...judgeAlarm(name, alarms.get(name), row.attemptStartedAt),
    }));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return names.map((name) => ({ ...judgedAs(name), verdict: "unknown", reason }));
  }
}

const breachesSchema = z.array(z.string());

/**
 * Orders the roll-back, once per breach. A wave that is held after one was ordered came back from it unfinished: to try again
 * is a person's decision, or its clients would be stopped over and over. True: the wave goes back.
 */
async function actOn(deps: Deps, row: WaveRow, breach: Judged, invocationEndsAt: number): Promise<boolean> {
  const { items } = deps.store;
  const ref: WaveRef = { migration: row.migration, wave: row.wave };
  const ordered = (await readWindow(items, row, "rollback-orders", breachesSchema)) ?? [];
  const id = `${breach.name} since ${breach.since}`;
  if (ordered.includes(id) || (row.hold !== undefined && ordered.length > 0)) return false;
  const { outcome } = await orderRollBack(deps, {
    ref,
    by: "sluice",
    cause: breach.cause,
    reason: breach.reason,
    invocationEndsAt,
  });
  if (outcome === "ordered") await items.put(row, "WINDOW", "rollback-orders", windowOf(row, [...ordered, id]));
  return outcome !== "refused";
}

const verdictsSchema = z.record(z.string(), z.enum(["clear", "breached", "unknown"]));

/** A changed verdict is journalled once; what was clear from the beginning is no news. */
async function journalChanges(deps: Deps, row: WaveRow, judged: readonly Judged[]): Promise<void> {
  const ref: WaveRef = { migration: row.migration, wave: row.wave };
  const { items } = deps.store;
  const before = (await readWindow(items, row, "rollback-verdicts", verdictsSchema)) ?? {};
  const was = (name: string): RollbackVerdict => before[name] ?? "clear";
  const changed = judged.filter(({ name, verdict }) => verdict !== was(name));
  if (changed.length === 0) return;
  const verdicts = changed.map(({ name, verdict, reason }) => ({ name, verdict, was: was(name), reason }));
  const written = await decideAndWrite<Superseded>(deps, ref, (current) =>
    current.phase === row.phase && current.run === row.run
      ? { kind: "write", next: current, events: [{ event: "RollbackJudged", by: "sluice", details: { verdicts } }] }
      : { kind: "superseded", because: "the wave has moved on" },
  );
  if (written.decision.kind === "superseded") return;
  const now = Object.fromEntries(judged.map(({ name, verdict }) => [name, verdict]));
  await items.put(row, "WINDOW", "rollback-verdicts", windowOf(row, { ...before, ...now }));
}
