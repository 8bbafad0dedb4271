import type { AclEntry } from "#core/kafka/acl.ts";
import { mirrorsOwn } from "#core/rights/acl-fence.ts";
import type { WaveRef } from "#core/wave/wave.ts";
import type { Deps } from "./ports/deps.ts";
import { wavesThatMirror } from "./release-workers.ts";
import type { StepContext } from "./step-context.ts";
import { type Fact, readFact } from "./wave-facts.ts";

/**
 * The rights that waves share (the workers' Connect group and internal topics, offset syncs) go with the last wave that uses
 * them. One that begins meanwhile found them there and added none: it gets them back.
 */
export async function withdrawMirrorRights(deps: Deps, context: StepContext, isLast: boolean): Promise<void> {
  const { items, waves } = deps.store;
  const { estate, migration, plan, ref } = context;
  const added = async ({ wave }: Pick<WaveRef, "wave">): Promise<Fact<"mirror-rights">> =>
    (await readFact(items, { migration: ref.migration, wave }, "mirror-rights")) ?? { source: [], target: [] };
  const isOf =
    (topics: readonly string[]) =>
    (entry: AclEntry): boolean =>
      entry.resourceType === "TOPIC" && topics.includes(entry.resourceName);
  const fence = await readFact(items, ref, "fence");
  const own = await added(ref);
  // Each wave knows what it added itself: what it shares with others may have been added by any of them.
  const all = isLast ? await Promise.all((await waves(ref.migration)).map(added)) : [];
  const leaving = (side: "source" | "target"): readonly AclEntry[] =>
    isLast ? all.flatMap((one) => one[side]) : own[side].filter(isOf(plan.topics));
  await context.stillMine();
  await estate.source.rights.remove([...(fence === undefined ? [] : mirrorsOwn(fence)), ...leaving("source")]);
  await estate.target.rights.remove(leaving("target"));
  if (!isLast) return;
  const beginning = await wavesThatMirror(deps, context);
  if (beginning.length === 0) return;
  const theirs = await Promise.all(beginning.map(added));
  const isOfSomeWave = isOf(migration.waves.flatMap(({ topics }) => topics));
  for (const side of ["source", "target"] as const)
    await estate[side].rights.add([
      ...leaving(side).filter((entry) => !isOfSomeWave(entry)),
      ...theirs.flatMap((one) => one[side]),
    ]);
}
