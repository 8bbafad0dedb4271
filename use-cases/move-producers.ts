import { OperatorFault } from "#core/fault.ts";
import { type PartitionKey, type PartitionMap, type TopicPartition } from "#core/kafka/topic-partition.ts";
import { connectorName } from "#core/wave/connector-name.ts";
import { bothDone } from "./both-done.ts";
import { clientsOf } from "./clients-of.ts";
import { stoppedOrAbsent, waitUntilRunning } from "./ensure-mirror.ts";
import type { Deps } from "./ports/deps.ts";
import { narrowFence } from "./source-fence.ts";
import type { StepContext } from "./step-context.ts";
import { stopwatch } from "./stopwatch.ts";
import { needFact } from "./wave-facts.ts";
import { wavePartitions } from "./wave-topics.ts";

/** From the watermarks on: the reverse mirror, the right to write, the producers. */
export async function moveProducers({ store }: Deps, context: StepContext): Promise<Readonly<Record<string, unknown>>> {
  const { estate, migration, plan, ref } = context;
  const name = connectorName(ref, context.attempt, "reverse");
  const watch = stopwatch();
  const [fence, rights, watermarks, partitions] = await Promise.all([
    needFact(store.items, ref, "fence"),
    needFact(store.items, ref, "write-rights"),
    needFact(store.items, ref, "watermarks"),
    wavePartitions(context),
  ]);
  const target = new Map(Object.entries(watermarks.target).map(([key, at]) => [key as PartitionKey, BigInt(at)]));
  // Taken up after a crash: a reverse mirror that already runs has its own offsets, which must not be set back.
  if (await stoppedOrAbsent(estate.replicator, "reverse", name)) {
    if (!(await stoppedOrAbsent(estate.replicator, "forward", connectorName(ref, context.attempt, "forward"))))
      throw new OperatorFault(
        "the forward mirror is not STOPPED; both directions running would repeat every record for ever",
      );
    // Neither needs the other; both are there before the mirror may write.
    await bothDone(startReverseFrom(context, name, target), narrowFence(context, fence));
    watch.lap("offsetsAndFence");
    await context.stillMine();
    await estate.replicator.resume("reverse", name);
    watch.lap("resume");
  } else await narrowFence(context, fence);
  await context.stillMine();
  await estate.target.rights.add(rights);
  const producers = clientsOf(plan, "producer");
  // Started on the target after a thaw, they would write on both sides.
  await context.stillMine();
  await Promise.all(producers.map((client) => estate.clientSwitch.start(client, "target")));
  watch.lap("start");
  if (producers.length > 0)
    await seeWrites(
      context,
      partitions,
      target,
      producers.map((client) => client.name),
    );
  watch.lap("written");
  await waitUntilRunning(context, "reverse", name);
  watch.lap("reverse");
  return { milliseconds: watch.laps(), policyDeadlineSeconds: migration.policy.moveProducersDeadlineSeconds };
}

/** How long Connect may take until what was set is what it reads: seen to answer 200 before a new worker's store had it. */
const OFFSETS_SECONDS = 5;

/** A PATCH for an unknown alias or topic answers 200 and does nothing: only what is read back counts. */
async function startReverseFrom(context: StepContext, name: string, target: PartitionMap<bigint>): Promise<void> {
  const { replicator } = context.estate;
  await context.stillMine();
  await replicator.startFrom("reverse", name, target);
  let wrong: readonly string[] = [];
  await context.waitFor(
    `the offsets of connector ${name}`,
    OFFSETS_SECONDS,
    async () => {
      const back = await replicator.replicatedThrough("reverse", name);
      wrong = [...target].flatMap(([key, at]) =>
        (back.get(key) ?? 0n) === at ? [] : [`${key} from ${back.get(key) ?? 0n} instead of ${at}`],
      );
      return wrong.length === 0 ? true : undefined;
    },
    () =>
      new OperatorFault(
        `connector ${name} would start ${wrong.join(", ")}; look at its offsets over Connect's REST API`,
      ),
  );
}

async function seeWrites(
  context: StepContext,
  partitions: readonly TopicPartition[],
  watermarks: PartitionMap<bigint>,
  producers: readonly string[],
): Promise<void> {
  const bound = Math.max(1, ...clientsOf(context.plan, "producer").map((client) => client.startSeconds));
  await context.waitFor(
    "writes on the target",
    bound,
    async () => {
      const ends = await context.estate.target.log.ends(partitions);
      return [...ends].some(([key, end]) => end.highWatermark > (watermarks.get(key) ?? 0n)) ? true : undefined;
    },
    () =>
      new OperatorFault(
        `no write of ${producers.join(", ")} is seen on the target ${bound} s after they were started there; look at their logs and their rights on the target`,
      ),
  );
}
