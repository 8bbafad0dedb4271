import { OperatorFault } from "#core/fault.ts";
import { type PartitionMap, partitionKey } from "#core/kafka/topic-partition.ts";
import { connectorName } from "#core/wave/connector-name.ts";
import { waitUntilRunning } from "./ensure-mirror.ts";
import { commitGroups, type TranslatedGroup, translateGroups } from "./move-groups-with-producers.ts";
import type { PartitionEnds } from "./ports/cluster.ts";
import type { Deps } from "./ports/deps.ts";
import { proveSilence, type Silence } from "./prove-silence.ts";
import { settleAll } from "./settle-all.ts";
import type { StepContext } from "./step-context.ts";
import { stopwatch } from "./stopwatch.ts";
import { storedPositions } from "./stored-positions.ts";
import { tailsEqual } from "./tails-equal.ts";
import { writeFact } from "./wave-facts.ts";
import { wavePartitions } from "./wave-topics.ts";

/**
 * Content says when to stop, then the connector's own committed offsets must agree. Groups that move with the producers are
 * translated meanwhile, and committed when it is proved.
 */
export async function drainMirror(
  deps: Deps,
  context: StepContext,
  freezeId: string,
): Promise<Readonly<Record<string, unknown>>> {
  const { store } = deps;
  const { estate, migration, ref } = context;
  const { policy } = migration;
  const name = connectorName(ref, context.attempt, "forward");
  const watch = stopwatch();
  const partitions = await wavePartitions(context);
  const silence = (): Promise<Silence<"target">> =>
    proveSilence(
      context,
      estate.target,
      partitions,
      policy.drainSeconds,
      "only the mirror may write there before producers move",
    );
  let silent: PartitionMap<PartitionEnds<"target">>;
  let groups: readonly TranslatedGroup[];
  let frontier: PartitionMap<bigint>;
  for (;;) {
    let behind: readonly string[] = [];
    const tails = await context.waitFor(
      "the drain",
      policy.drainSeconds,
      async () => {
        const compared = await tailsEqual({ from: estate.source.log, to: estate.target.log, partitions });
        behind = compared.different.map((d) => `${partitionKey(d.partition)}: ${d.reason}`);
        return behind.length === 0 ? compared : undefined;
      },
      () =>
        new OperatorFault(
          `the mirror is not drained after ${policy.drainSeconds} s: ${behind.join("; ")}; look at connector ${name}`,
        ),
    );
    watch.lap("content");
    await context.stillMine();
    // The mirror has nothing left to write: the target is watched while it stops, and looked at once more after.
    frontier = new Map([...(await estate.source.log.ends(partitions))].map(([key, end]) => [key, end.highWatermark]));
    [, { ends: silent }, groups] = await settleAll([
      estate.replicator.stop("forward", name),
      silence(),
      translateGroups(deps, context, partitions, frontier),
    ]);
    watch.lap("stop");
    const through = await estate.replicator.replicatedThrough("forward", name);
    const short = [...tails.lastVisible].filter(
      ([key, last]) => last !== undefined && (through.get(key) ?? 0n) <= last,
    );
    if (short.length === 0) break;
    // Its committed offsets lie before records that the target already holds: resumed as it is, it would repeat them.
    await context.note("DrainRepeated", { behind: short.map(([key]) => key) });
    await estate.replicator.resume("forward", name);
    await waitUntilRunning(context, "forward", name);
  }
  const [source, after] = await Promise.all([estate.source.log.ends(partitions), estate.target.log.ends(partitions)]);
  const target = isSame(silent, after) ? after : (await silence()).ends;
  watch.lap("flat");
  await settleAll([
    writeFact(store.items, ref, "watermarks", {
      freeze: freezeId,
      source: storedPositions(source, (end) => end.highWatermark),
      target: storedPositions(target, (end) => end.highWatermark),
    }),
    commitGroups(deps, context, partitions, groups, frontier),
  ]);
  watch.lap("watermarks");
  return {
    milliseconds: watch.laps(),
    ...(groups.length === 0
      ? {}
      : {
          groups: groups.map(({ group, partitions: translated }) => ({
            group: group.id,
            owner: group.owner,
            plan: group.plan,
            partitions: translated,
          })),
        }),
  };
}

const isSame = (a: PartitionMap<PartitionEnds<"target">>, b: PartitionMap<PartitionEnds<"target">>): boolean =>
  a.size === b.size &&
  [...a].every(([key, { highWatermark }]) => {
    const there = b.get(key);
    return there?.highWatermark === highWatermark && there.lastStable === highWatermark;
  });
