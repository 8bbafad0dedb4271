import type { AclEntry } from "#core/kafka/acl.ts";
import type { Side } from "#core/kafka/offset.ts";
import { mirrorsOwn } from "#core/rights/acl-fence.ts";
import type { Deps } from "./ports/deps.ts";
import type { StepContext } from "./step-context.ts";
import { readFact } from "./wave-facts.ts";

/** The rights that waves share (the workers' Connect group and internal topics, offset syncs) go with the last wave that uses them. */
export async function withdrawMirrorRights({ store }: Deps, context: StepContext, isLast: boolean): Promise<void> {
  const { estate, plan, ref } = context;
  const isOwn = (entry: AclEntry): boolean =>
    entry.resourceType === "TOPIC" && plan.topics.includes(entry.resourceName);
  const leaving: Record<Side, AclEntry[]> = { source: [], target: [] };
  const fence = await readFact(store.items, ref, "fence");
  if (fence !== undefined) leaving.source.push(...mirrorsOwn(fence));
  // Each wave knows what it added itself: what it shares with others may have been added by any of them.
  for (const { wave } of isLast ? await store.waves(ref.migration) : [ref]) {
    const added = await readFact(store.items, { migration: ref.migration, wave }, "mirror-rights");
    for (const side of ["source", "target"] as const)
      leaving[side].push(...(added?.[side] ?? []).filter((entry) => isLast || isOwn(entry)));
  }
  await context.stillMine();
  await estate.source.rights.remove(leaving.source);
  await estate.target.rights.remove(leaving.target);
}
