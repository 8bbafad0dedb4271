import { OperatorFault } from "#core/fault.ts";
import { connectorName } from "#core/wave/connector-name.ts";
import type { RollBack } from "#core/wave/wave.ts";
import { touchedClients } from "./bring-groups-back.ts";
import { clientsOf } from "./clients-of.ts";
import { ensureWorkersReady, removeMirror, waitForOtherFreezes } from "./ensure-mirror.ts";
import { loadedCommits } from "./group-progress.ts";
import type { Deps } from "./ports/deps.ts";
import type { Direction } from "./ports/replicator.ts";
import { mirrorsAreGone, releaseWorkersIfUnused } from "./release-workers.ts";
import { hasReverse } from "./reverse-mirror.ts";
import { seeGroupConsuming } from "./see-group.ts";
import { settleAll } from "./settle-all.ts";
import { liftFence } from "./source-fence.ts";
import type { StepContext } from "./step-context.ts";
import { stillWrites } from "./still-writes.ts";
import { stopwatch } from "./stopwatch.ts";
import { liftTargetFence } from "./target-fence.ts";
import { readFact, writeFact } from "./wave-facts.ts";
import { wavePartitions } from "./wave-topics.ts";

/**
 * The last turn: the source's fence comes off, consumers and then producers start on the source and are seen there, and
 * what the attempt has put up is taken down. It only goes forward, and each of its effects may come again.
 */
export async function returnClients(
  deps: Deps,
  context: StepContext,
  rollBack: RollBack,
): Promise<Readonly<Record<string, unknown>>> {
  const { estate, migration, plan, ref } = context;
  const { items } = deps.store;
  const watch = stopwatch(deps.clock);
  const [partitions, fence, touched] = await Promise.all([
    wavePartitions(context),
    readFact(items, ref, "fence"),
    touchedClients(deps, context),
  ]);
  if (rollBack.hasMovedProducers && fence !== undefined) await liftFence(context, estate.source, fence);
  watch.lap("fence");
  const producers = rollBack.hasMovedProducers ? clientsOf(plan, "producer") : [];
  const ends = await estate.source.log.ends(partitions);
  await context.stillMine();
  await settleAll(touched.map(({ client }) => estate.clientSwitch.start(client, "source")));
  watch.lap("consumers");
  await context.stillMine();
  await settleAll(producers.map((client) => estate.clientSwitch.start(client, "source")));
  watch.lap("producers");
  const seconds = migration.policy.groupStartSeconds;
  const [missing] = await settleAll([
    stillWrites(context, estate.source, partitions, ends, producers),
    settleAll(
      touched.map(({ group, client, progress }) =>
        seeGroupConsuming(
          context,
          { cluster: estate.source, group, partitions },
          loadedCommits<"source">(
            (progress.back?.rollBack === rollBack.id ? progress.back.source : progress.source) ?? {},
          ),
          {
            seconds,
            fault: async () =>
              new OperatorFault(
                `group ${group.id} is not seen consuming on the source ${seconds} s after client ${client.name} was started there; look at its log`,
              ),
          },
        ),
      ),
    ),
  ]);
  watch.lap("seen");
  if (rollBack.isForced === true) await takeDownOnSource(deps, context, rollBack);
  else await takeDown(deps, context, rollBack);
  watch.lap("taken down");
  return { milliseconds: watch.laps(), ...(missing !== undefined && { missing }) };
}

/** The target is gone: what stands there is left to the retry. */
async function takeDownOnSource(deps: Deps, context: StepContext, rollBack: RollBack): Promise<void> {
  const { estate, ref } = context;
  if (!(await mirrorsAreGone(deps, context)) && (await hasReverse(deps, context, rollBack.from))) {
    await estate.workers.launch("reverse");
    await ensureWorkersReady(context, "reverse");
    await waitForOtherFreezes(deps, context);
    await context.stillMine();
    await estate.replicator.remove("reverse", connectorName(ref, context.attempt, "reverse"));
  }
  await releaseWorkersIfUnused(deps, context);
}

/** Connectors of both directions, the right to write on the target and its fence; topics and what they hold stay. */
async function takeDown(deps: Deps, context: StepContext, rollBack: RollBack): Promise<void> {
  const { estate, ref } = context;
  const { items } = deps.store;
  await waitForOtherFreezes(deps, context);
  const directions: readonly Direction[] = (await hasReverse(deps, context, rollBack.from))
    ? ["forward", "reverse"]
    : ["forward"];
  await settleAll(directions.map((direction) => removeMirror(deps, context, direction)));
  await context.stillMine();
  await estate.target.rights.remove((await readFact(items, ref, "write-rights")) ?? []);
  await writeFact(items, ref, "write-rights", []);
  await liftTargetFence(deps, context);
  await releaseWorkersIfUnused(deps, context);
}
