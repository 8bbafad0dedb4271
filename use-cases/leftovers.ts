import type { AclEntry } from "#core/kafka/acl.ts";
import type { Side } from "#core/kafka/offset.ts";
import { type FencePlan, liftOrder } from "#core/rights/acl-fence.ts";
import { missingFrom } from "#core/rights/client-rights.ts";
import type { Superseded } from "#core/wave/decision.ts";
import type { WaveRef, WaveRow } from "#core/wave/wave.ts";
import { decideAndWrite } from "./decide-and-write.ts";
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

/** Effects that outlived the turn they belonged to, and what was seen of them. */
export async function tellUndone(
  deps: Deps,
  ref: WaveRef,
  undone: readonly string[],
  isStill: (row: WaveRow) => boolean,
): Promise<void> {
  if (undone.length === 0) return;
  await decideAndWrite<Superseded>(deps, ref, (row) =>
    isStill(row)
      ? { kind: "write", next: row, events: [{ event: "LeftoversUndone", by: "sluice", details: { undone } }] }
      : { kind: "superseded", because: "the wave has moved on" },
  );
}
