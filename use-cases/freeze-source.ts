import type { PartitionMap } from "#core/kafka/topic-partition.ts";
import { writersOf } from "./clients-of.ts";
import { storeStopped, watchGroupsStop } from "./move-groups-with-producers.ts";
import type { PartitionEnds } from "./ports/cluster.ts";
import type { Deps } from "./ports/deps.ts";
import { proveFence } from "./prove-fence.ts";
import { proveSilence } from "./prove-silence.ts";
import { settleAll } from "./settle-all.ts";
import { raiseFence } from "./source-fence.ts";
import type { StepContext } from "./step-context.ts";
import { stopwatch } from "./stopwatch.ts";
import { storedPositions } from "./stored-positions.ts";
import { needFact } from "./wave-facts.ts";
import { wavePartitions } from "./wave-topics.ts";

/** The brake, then the bar, then the proof. */
export async function freezeSource(deps: Deps, context: StepContext): Promise<Readonly<Record<string, unknown>>> {
  const { estate, plan, ref } = context;
  const watch = stopwatch(deps.clock);
  const writers = writersOf(plan);
  const stoppedAt = deps.clock.now();
  await context.stillMine();
  const [partitions, fence] = await settleAll([
    wavePartitions(context),
    needFact(deps.store.items, ref, "fence"),
    settleAll(writers.map((client) => estate.clientSwitch.stop(client))),
  ]);
  watch.lap("order");
  const names = writers.map((client) => client.name).join(", ") || "none declared";
  const stopSeconds = Math.max(1, ...writers.map((client) => client.stopSeconds));
  const groups = watchGroupsStop(context, partitions);
  const barAndProve = async (): Promise<PartitionMap<PartitionEnds<"source">>> => {
    // A client that reads and writes may only be waiting for a record: the bar must not meet it at work.
    const [silence, left] = await settleAll([
      proveSilence(
        context,
        estate.source,
        partitions,
        stopSeconds,
        `clients told to stop: ${names}; stop whoever still writes there, and see that it follows its parameter`,
      ),
      settleAll(groups.map((group) => group.left)),
    ]);
    watch.lap("brake", Math.max(silence.since, ...left));
    watch.lap("silence");
    await raiseFence(context, estate.source, fence);
    watch.lap("fence");
    const { ends } = await proveFence(context, estate.source, fence, partitions);
    watch.lap("proof");
    return ends;
  };
  // Two looks at a group lie a settle period apart: the bar and the proof fall into it.
  const [ends] = await settleAll([barAndProve(), settleAll(groups.map((group) => group.stopped))]);
  if (groups.length > 0) {
    await storeStopped(deps, context, partitions, groups, stoppedAt);
    watch.lap("groups");
  }
  return { milliseconds: watch.laps(), ends: storedPositions(ends, (end) => end.highWatermark) };
}
