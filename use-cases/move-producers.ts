import { OperatorFault } from "#core/fault.ts";
import type { PartitionKey, PartitionMap, TopicPartition } from "#core/kafka/topic-partition.ts";
import { connectorName } from "#core/wave/connector-name.ts";
import { clientsOf, writersOf } from "./clients-of.ts";
import { stoppedOrAbsent, waitUntilRunning } from "./ensure-mirror.ts";
import { seeGroupsMoved } from "./move-groups-with-producers.ts";
import type { Deps } from "./ports/deps.ts";
import { settleAll } from "./settle-all.ts";
import { narrowFence } from "./source-fence.ts";
import { startMirrorFrom } from "./start-mirror-from.ts";
import type { StepContext } from "./step-context.ts";
import { stopwatch } from "./stopwatch.ts";
import { needFact } from "./wave-facts.ts";
import { wavePartitions } from "./wave-topics.ts";

/** From the watermarks on: the reverse mirror, the right to write, the clients that write. */
export async function moveProducers(deps: Deps, context: StepContext): Promise<Readonly<Record<string, unknown>>> {
  const { store } = deps;
  const { estate, migration, plan, ref } = context;
  const name = connectorName(ref, context.attempt, "reverse");
  const watch = stopwatch(deps.clock);
  const [fence, rights, watermarks, partitions, isReverseStopped, isForwardStopped] = await Promise.all([
    needFact(store.items, ref, "fence"),
    needFact(store.items, ref, "write-rights"),
    needFact(store.items, ref, "watermarks"),
    wavePartitions(context),
    stoppedOrAbsent(estate.replicator, "reverse", name),
    stoppedOrAbsent(estate.replicator, "forward", connectorName(ref, context.attempt, "forward")),
  ]);
  const target = new Map(Object.entries(watermarks.target).map(([key, at]) => [key as PartitionKey, BigInt(at)]));
  watch.lap("facts");
  // Taken up after a crash: a reverse mirror that already runs has its own offsets, which must not be set back.
  if (isReverseStopped) {
    if (!isForwardStopped)
      throw new OperatorFault(
        "the forward mirror is not STOPPED; both directions running would repeat every record for ever",
      );
    await settleAll([startMirrorFrom(context, "reverse", name, target), narrowFence(context, fence)]);
    watch.lap("offsets and fence");
    await context.stillMine();
    await settleAll([estate.replicator.resume("reverse", name), estate.target.rights.add(rights)]);
  } else {
    await narrowFence(context, fence);
    await context.stillMine();
    await estate.target.rights.add(rights);
  }
  watch.lap("rights");
  // Started on the target after a thaw, they would write on both sides.
  await context.stillMine();
  await settleAll(writersOf(plan).map((client) => estate.clientSwitch.start(client, "target")));
  watch.lap("start");
  await settleAll([seeWrites(context, partitions, target), seeGroupsMoved(deps, context, partitions)]);
  watch.lap("written");
  await waitUntilRunning(context, "reverse", name);
  watch.lap("reverse");
  return { milliseconds: watch.laps(), policyDeadlineSeconds: migration.policy.moveProducersDeadlineSeconds };
}

async function seeWrites(
  context: StepContext,
  partitions: readonly TopicPartition[],
  watermarks: PartitionMap<bigint>,
): Promise<void> {
  // A client that also reads writes when there is something to read: it is seen by its group.
  const producers = clientsOf(context.plan, "producer");
  if (producers.length === 0) return;
  const bound = Math.max(1, ...producers.map((client) => client.startSeconds));
  await context.waitFor(
    "writes on the target",
    bound,
    async () => {
      const ends = await context.estate.target.log.ends(partitions);
      return [...ends].some(([key, end]) => end.highWatermark > (watermarks.get(key) ?? 0n)) ? true : undefined;
    },
    () =>
      new OperatorFault(
        `no write of ${producers.map((client) => client.name).join(", ")} is seen on the target ${bound} s after they were started there; look at their logs and their rights on the target`,
      ),
  );
}
