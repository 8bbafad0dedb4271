import { OperatorFault } from "#core/fault.ts";
import { offsetOn } from "#core/kafka/offset.ts";
import type { PartitionKey } from "#core/kafka/topic-partition.ts";
import { connectorName } from "#core/wave/connector-name.ts";
import type { RollBack } from "#core/wave/wave.ts";
import { commitOnSource, wasTouched } from "./bring-groups-back.ts";
import { clientOf, writersOf } from "./clients-of.ts";
import { loadedCommits, readProgress, storedCommits, writeProgress } from "./group-progress.ts";
import type { Commit } from "./ports/cluster.ts";
import type { Deps } from "./ports/deps.ts";
import { settleAll } from "./settle-all.ts";
import type { StepContext } from "./step-context.ts";
import { loadedPositions } from "./stored-positions.ts";
import { needFact } from "./wave-facts.ts";

/**
 * Without the target, which is not there to be asked: clients are told to stop and given the time that they declare, the
 * reverse mirror is stopped on its side, and each group gets the position that the last tick has stored for it.
 */
export async function bringBackByForce(
  deps: Deps,
  context: StepContext,
  rollBack: RollBack,
): Promise<Readonly<Record<string, unknown>>> {
  const { estate, plan, ref } = context;
  const { items } = deps.store;
  const seen = await needFact(items, ref, "way-back");
  if (seen.attempt !== context.attempt)
    throw new OperatorFault(
      `what the ticks have stored of wave ${ref.wave} is of attempt ${seen.attempt}; nothing is known of this one`,
    );
  const moved = [];
  for (const group of plan.groups) {
    const progress = await readProgress(items, ref, group.id, context.attempt);
    if (wasTouched(progress)) moved.push({ group, progress, client: clientOf(plan, group) });
  }
  const clients = [
    ...new Set([
      ...(rollBack.hasMovedProducers ? writersOf(plan) : []),
      ...moved.flatMap(({ client }) => client ?? []),
    ]),
  ];
  await context.stillMine();
  await settleAll(clients.map((client) => estate.clientSwitch.stop(client)));
  // What they do on the target cannot be seen: they get the time that the file gives them.
  await context.sleep(1000 * Math.max(0, ...clients.map(({ stopSeconds }) => stopSeconds)));
  const reverse = connectorName(ref, context.attempt, "reverse");
  if (
    (await estate.workers.status("reverse")).isReady &&
    (await estate.replicator.status("reverse", reverse)) !== undefined
  ) {
    await context.stillMine();
    await estate.replicator.stop("reverse", reverse);
  }
  const groups = await settleAll(
    moved.map(async ({ group, progress }) => {
      if (progress.target === undefined) return { group: group.id, source: null };
      const stored = seen.groups[group.id]?.source ?? {};
      // A group that no tick has seen on the target yet is where it was stopped.
      const known = loadedCommits<"source">(progress.source ?? {});
      const commits = new Map<PartitionKey, Commit<"source">>(known);
      for (const [key, at] of loadedPositions(stored))
        commits.set(key, { offset: offsetOn<"source">(at), metadata: known.get(key)?.metadata ?? "" });
      await writeProgress(items, ref, group.id, {
        ...progress,
        back: { rollBack: rollBack.id, source: storedCommits(commits), target: {} },
      });
      await commitOnSource(context, group, progress, commits);
      return {
        group: group.id,
        source: Object.fromEntries([...commits].map(([key, { offset }]) => [key, `${offset}`])),
      };
    }),
  );
  await items.remove(ref, "FACT", "pin");
  return { forced: true, seenAt: seen.seenAt, groups, pin: "none" };
}
