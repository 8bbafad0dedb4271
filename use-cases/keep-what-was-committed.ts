import type { PartitionKey } from "#core/kafka/topic-partition.ts";
import { readProgress, writeProgress } from "./group-progress.ts";
import type { Deps } from "./ports/deps.ts";
import type { StepContext } from "./step-context.ts";

/** What a roll-back that did not end has committed on the source is ours, and no sign of a client that was left behind there. */
export async function keepWhatWasCommitted(
  { store: { items } }: Deps,
  { attempt, estate, plan, ref }: StepContext,
): Promise<void> {
  for (const group of plan.groups) {
    const progress = await readProgress(items, ref, group.id, attempt);
    const { back } = progress;
    if (back === undefined) continue;
    const present = await estate.source.groups.committed(group.id);
    const done = Object.keys(back.source).filter(
      (key) => back.source[key]?.offset === present.get(key as PartitionKey)?.offset.toString(),
    );
    const of = (commits: typeof back.source) =>
      Object.fromEntries(Object.entries(commits).filter(([key]) => done.includes(key)));
    await writeProgress(items, ref, group.id, {
      ...progress,
      source: { ...progress.source, ...of(back.source) },
      target: { ...progress.target, ...of(back.target) },
    });
  }
}
