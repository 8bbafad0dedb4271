import { clientsOf } from "./clients-of.ts";
import type { Deps } from "./ports/deps.ts";
import { proveSilence } from "./prove-silence.ts";
import { settleAll } from "./settle-all.ts";
import { raiseFence } from "./source-fence.ts";
import type { StepContext } from "./step-context.ts";
import { stopwatch } from "./stopwatch.ts";
import { storedPositions } from "./stored-positions.ts";
import { needFact } from "./wave-facts.ts";
import { wavePartitions } from "./wave-topics.ts";

/** The brake, then the bar, then the proof. */
export async function freezeSource({ store }: Deps, context: StepContext): Promise<Readonly<Record<string, unknown>>> {
  const { estate, migration, plan, ref } = context;
  const watch = stopwatch();
  const producers = clientsOf(plan, "producer");
  await context.stillMine();
  const [partitions, fence] = await settleAll([
    wavePartitions(context),
    needFact(store.items, ref, "fence"),
    settleAll(producers.map((client) => estate.clientSwitch.stop(client))),
  ]);
  watch.lap("order");
  const names = producers.map((client) => client.name).join(", ") || "none declared";
  const stopSeconds = Math.max(1, ...producers.map((client) => client.stopSeconds));
  const stopped = await proveSilence(
    context,
    estate.source,
    partitions,
    stopSeconds,
    `producers told to stop: ${names}; stop whoever still writes there, and see that it follows its parameter`,
  );
  watch.lap("brake", stopped.since);
  watch.lap("silence");
  await raiseFence(context, estate.source, fence);
  watch.lap("fence");
  const { ends } = await proveSilence(
    context,
    estate.source,
    partitions,
    migration.policy.drainSeconds,
    "the fence does not hold against it: super users pass every ACL",
  );
  watch.lap("proof");
  return { milliseconds: watch.laps(), ends: storedPositions(ends, (end) => end.highWatermark) };
}
