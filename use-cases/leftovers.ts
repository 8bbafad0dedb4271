import type { AclEntry } from "#core/kafka/acl.ts";
import type { Side } from "#core/kafka/offset.ts";
import { type FencePlan, liftOrder } from "#core/rights/acl-fence.ts";
import { missingFrom } from "#core/rights/client-rights.ts";
import type { Superseded } from "#core/wave/decision.ts";
import type { WaveRef, WaveRow } from "#core/wave/wave.ts";
import { decideAndWrite, loadWave } from "./decide-and-write.ts";
import type { Cluster } from "./ports/cluster.ts";
import type { Deps } from "./ports/deps.ts";

/** Of a fence that should not stand, the entries that do, in the order in which they come down. */
export const standingFence = (
  cluster: Pick<Cluster<Side>, "rights">,
  fence: FencePlan | undefined,
): Promise<readonly AclEntry[]> => standing(cluster, fence === undefined ? [] : liftOrder(fence));

export const standing = async (
  { rights }: Pick<Cluster<Side>, "rights">,
  own: readonly AclEntry[],
): Promise<readonly AclEntry[]> => (own.length === 0 ? [] : missingFrom(missingFrom(await rights.list(), own), own));

export const namesOf = (entries: readonly AclEntry[]): string =>
  entries.map((entry) => `${entry.principal} on ${entry.resourceName}`).join(", ");

/** An effect that outlived the turn it belonged to: what was seen of it. */
export type Leftover = { readonly what: string; readonly undo: () => Promise<unknown> };

/** In their order; `isOne` is asked before each, since what was left when it was looked at may be meant by now. What was undone is told. */
export async function undoLeftovers(
  deps: Deps,
  { attempt, ...ref }: WaveRef & { readonly attempt: number },
  leftovers: readonly Leftover[],
  isOne: (row: WaveRow) => boolean,
): Promise<void> {
  const undone: string[] = [];
  for (const { what, undo } of leftovers) {
    if (!isOne(await loadWave(deps.store, ref))) break;
    await undo();
    undone.push(what);
  }
  if (undone.length === 0) return;
  await decideAndWrite<Superseded>(deps, ref, (row) =>
    row.attempt === attempt
      ? { kind: "write", next: row, events: [{ event: "LeftoversUndone", by: "sluice", details: { undone } }] }
      : { kind: "superseded", because: "the wave has moved on" },
  );
}
