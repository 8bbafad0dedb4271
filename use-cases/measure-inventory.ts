import { RetryableFault } from "#core/fault.ts";
import { worst } from "#core/gate/verdict.ts";
import type { SnapshotHeader } from "#core/inventory/kept.ts";
import type { Side } from "#core/kafka/offset.ts";
import * as z from "#core/schema.ts";
import type { WaveRef, WaveRow } from "#core/wave/wave.ts";
import { type InventoryBasis, inventoryBasis, judgeWaveInventory, nameOf, unjudged } from "./judge-wave-inventory.ts";
import { keepFindings } from "./measure-gate.ts";
import type { Finding } from "./measuring.ts";
import type { Clock } from "./ports/clock.ts";
import type { SnapshotStore } from "./ports/snapshot-store.ts";
import type { WaveStore } from "./ports/wave-store.ts";
import { isRefused } from "./refused.ts";
import type { TickLook } from "./tick-look.ts";
import { readWindow, windowOf } from "./windows.ts";

const GATE = "inventory";
const WINDOW = "inventory";
const judgedSchema = z.strictObject({ basis: z.string(), at: z.int() });

export type InventoryDeps = {
  readonly store: Pick<WaveStore, "postedMigration" | "items">;
  readonly clock: Pick<Clock, "now">;
  readonly snapshots: Pick<SnapshotStore, "headers" | "header" | "pages" | "keep">;
};

/**
 * Judges the inventory gate and stores the evidence with its expiry, as `measureGate` does for the gates that ask a cluster.
 * Whole snapshots are read where a newer one, the file or the time gives reason to: a wave may wait for days.
 */
export async function measureInventory(deps: InventoryDeps, row: WaveRow, look: TickLook): Promise<void> {
  const ref: WaveRef = { migration: row.migration, wave: row.wave };
  const at = deps.clock.now();
  const basis = await inventoryBasis(deps, ref);
  if (isRefused(basis)) return;
  const lasts = basis.posted.migration.policy.evidenceSeconds * 1000;
  const name = nameOf(basis);
  const judged = await readWindow(deps.store.items, row, WINDOW, judgedSchema);
  if (judged?.basis === name && at - judged.at < lasts / 3) return;
  const until = { at, expiresAt: at + lasts };
  try {
    const findings = await judgeWaveInventory(deps, basis, at);
    await keepSnapshots(deps, basis, findings);
    await keepFindings(deps.store.items, ref, GATE, findings, { ...until, look });
  } catch (error) {
    // Judged anew by the next tick: what an earlier one said must not pass for now.
    const reason = `could not be judged: ${error instanceof Error ? error.message : String(error)}`;
    await keepFindings(deps.store.items, ref, GATE, unjudged(reason), { ...until, look });
    return;
  }
  await deps.store.items.put(ref, "WINDOW", WINDOW, windowOf(row, { basis: name, at }));
}

/** What a plan is compared with does not expire, nor what a gate has passed on. */
async function keepSnapshots(
  { snapshots }: InventoryDeps,
  { posted, wave, source, target, approved }: InventoryBasis,
  findings: readonly Finding[],
): Promise<void> {
  const keep = async (side: Side, header: SnapshotHeader | undefined, reason: string): Promise<void> => {
    if (header === undefined || header.keptFor.includes(reason)) return;
    const { name: migration } = posted.migration;
    if (!(await snapshots.keep({ migration, side, id: header.id }, reason)))
      throw new RetryableFault(`snapshot ${header.id} of the ${side} was let go meanwhile`);
  };
  await keep("source", approved, "plan");
  if (worst(findings.map(({ verdict }) => verdict)) !== "pass") return;
  await keep("source", source, `gate ${GATE} of wave ${wave.name}`);
  await keep("target", target, `gate ${GATE} of wave ${wave.name}`);
}
