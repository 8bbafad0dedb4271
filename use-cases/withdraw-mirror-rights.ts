import type { AclEntry } from "#core/kafka/acl.ts";
import type { Side } from "#core/kafka/offset.ts";
import type { Deps } from "./ports/deps.ts";
import type { StepContext } from "./step-context.ts";
import { readFact } from "./wave-facts.ts";

/** The rights that workers share (their Connect group, internal topics) go with the last wave that uses them. */
export async function withdrawMirrorRights({ store }: Deps, context: StepContext, isLast: boolean): Promise<void> {
  const { estate, plan, ref } = context;
  const isOwn = (entry: AclEntry): boolean =>
    entry.resourceType === "TOPIC" && plan.topics.includes(entry.resourceName);
  const mine = await readFact(store.items, ref, "mirror-rights");
  const leaving: Record<Side, AclEntry[]> = {
    source: (mine?.source ?? []).filter((entry) => isLast || isOwn(entry)),
    target: (mine?.target ?? []).filter((entry) => isLast || isOwn(entry)),
  };
  if (isLast)
    for (const row of await store.waves(ref.migration)) {
      const theirs = await readFact(store.items, { migration: row.migration, wave: row.wave }, "mirror-rights");
      leaving.source.push(
        ...(theirs?.source ?? []).filter((entry) => entry.resourceType !== "TOPIC" || entry.pattern === "PREFIXED"),
      );
      leaving.target.push(
        ...(theirs?.target ?? []).filter((entry) => entry.resourceType !== "TOPIC" || entry.pattern === "PREFIXED"),
      );
    }
  await context.stillMine();
  await estate.source.rights.remove(leaving.source);
  await estate.target.rights.remove(leaving.target);
}
