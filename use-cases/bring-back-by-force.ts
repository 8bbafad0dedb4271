import { OperatorFault } from "#core/fault.ts";
import { offsetOn } from "#core/kafka/offset.ts";
import type { PartitionKey, PartitionMap } from "#core/kafka/topic-partition.ts";
import { connectorName } from "#core/wave/connector-name.ts";
import type { RollBack } from "#core/wave/wave.ts";
import { commitOnSource, wasTouched } from "./bring-groups-back.ts";
import { clientOf, writersOf } from "./clients-of.ts";
import { ensureWorkersReady } from "./ensure-mirror.ts";
import { type GroupProgress, loadedCommits, readProgress, storedCommits, writeProgress } from "./group-progress.ts";
import { keepWhatWasCommitted } from "./keep-what-was-committed.ts";
import type { Commit } from "./ports/cluster.ts";
import type { Deps } from "./ports/deps.ts";
import { hasReverse } from "./reverse-mirror.ts";
import { settleAll } from "./settle-all.ts";
import type { StepContext } from "./step-context.ts";
import { type Carried, carriedToSource } from "./tails.ts";
import { type Fact, needFact } from "./wave-facts.ts";
import { onlyOnTarget } from "./way-back-facts.ts";

type Seen = Fact<"way-back">;

/**
 * Without the target, which is not there to be asked: clients are told to stop and given the time that they declare, the
 * reverse mirror is stopped on its side, and each group gets the place that follows from what the ticks have stored and from
 * what has come to the source by now.
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
  // What an earlier roll-back has committed on the source is ours.
  await keepWhatWasCommitted(deps, context);
  const touched = [];
  for (const group of plan.groups) {
    const progress = await readProgress(items, ref, group.id, context.attempt);
    if (wasTouched(progress)) touched.push({ group, progress, client: clientOf(plan, group) });
  }
  const clients = [
    ...new Set([
      ...(rollBack.hasMovedProducers ? writersOf(plan) : []),
      ...touched.flatMap(({ client }) => client ?? []),
    ]),
  ];
  await context.stillMine();
  await settleAll(clients.map((client) => estate.clientSwitch.stop(client)));
  const isReverse = await hasReverse(deps, context, rollBack.from);
  if (isReverse) await estate.workers.launch("reverse");
  await givenTime(context, Math.max(0, ...clients.map(({ stopSeconds }) => stopSeconds)));
  if (isReverse) await stopReverse(context);
  const tails = new Map(Object.entries(seen.tails).map(([key, tail]) => [key as PartitionKey, tail]));
  const carried = await carriedToSource(estate, tails);
  const groups = await settleAll(
    touched.map(async ({ group, progress }) => {
      if (progress.target === undefined) return { group: group.id, source: null };
      const commits = placesOf(progress, seen.groups[group.id], carried);
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
  const came = Object.fromEntries(
    [...tails].map(([key, tail]) => [key, { ...tail, carried: carried.get(key)?.records ?? tail.carried }]),
  );
  return { forced: true, seenAt: seen.seenAt, loses: onlyOnTarget({ ...seen, tails: came }), groups, pin: "none" };
}

/** What clients do on the target cannot be seen: they get the time that the file gives them, over as many invocations as it takes. */
async function givenTime(context: StepContext, seconds: number): Promise<void> {
  const over = new OperatorFault("the time that clients declare for their stop is over");
  await context
    .waitFor(
      "the clients to stop unseen",
      seconds,
      async () => undefined,
      () => over,
    )
    .catch((error: unknown) => {
      if (error !== over) throw error;
    });
}

/** A worker that comes back would go on mirroring as soon as the target does: it must be there to be told. */
async function stopReverse(context: StepContext): Promise<void> {
  const { estate, ref } = context;
  const reverse = connectorName(ref, context.attempt, "reverse");
  await ensureWorkersReady(context, "reverse");
  if ((await estate.replicator.status("reverse", reverse)) === undefined) return;
  await context.stillMine();
  await estate.replicator.stop("reverse", reverse);
}

/** A group that no tick has seen on the target yet is where it was stopped. */
function placesOf(
  progress: GroupProgress,
  seen: Seen["groups"][string] | undefined,
  carried: PartitionMap<Carried>,
): PartitionMap<Commit<"source">> {
  const known = loadedCommits<"source">(progress.source ?? {});
  const commits = new Map<PartitionKey, Commit<"source">>(known);
  for (const [name, { source, ahead }] of Object.entries(seen?.positions ?? {})) {
    const key = name as PartitionKey;
    // Behind what it has read and what has come: the rest of what it has read is not there to be read again.
    const behind = carried.get(key)?.behind.slice(0, ahead) ?? [];
    commits.set(key, {
      offset: offsetOn<"source">(behind.at(-1) ?? BigInt(source)),
      metadata: known.get(key)?.metadata ?? "",
    });
  }
  return commits;
}
