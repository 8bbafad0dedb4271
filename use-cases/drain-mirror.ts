import type { PartitionMap } from "#core/kafka/topic-partition.ts";
import { commitGroups, translateGroups } from "./move-groups-with-producers.ts";
import type { PartitionEnds } from "./ports/cluster.ts";
import type { Deps } from "./ports/deps.ts";
import { proveSilence, type Silence } from "./prove-silence.ts";
import { settleAll } from "./settle-all.ts";
import { type StepContext, SupersededSignal } from "./step-context.ts";
import { stopDrainedMirror } from "./stop-drained-mirror.ts";
import { stopwatch } from "./stopwatch.ts";
import { storedPositions } from "./stored-positions.ts";
import { writeFactInRun } from "./wave-facts.ts";
import { wavePartitions } from "./wave-topics.ts";

/** Groups that move with the producers are translated while the mirror stops, and committed when it is proved. */
export async function drainMirror(
  deps: Deps,
  context: StepContext,
  freezeId: string,
): Promise<Readonly<Record<string, unknown>>> {
  const { store } = deps;
  const { estate, migration, ref } = context;
  const watch = stopwatch(deps.clock);
  const partitions = await wavePartitions(context);
  const silence = (): Promise<Silence<"target">> =>
    proveSilence(
      context,
      estate.target,
      partitions,
      migration.policy.drainSeconds,
      "only the mirror may write there before producers move",
    );
  const drained = await stopDrainedMirror(
    context,
    { direction: "forward", from: estate.source, to: estate.target, partitions, toMayHoldMore: false },
    watch,
    async () => {
      const ends = await estate.source.log.ends(partitions);
      const frontier = new Map([...ends].map(([key, end]) => [key, end.highWatermark]));
      // The target is watched while the mirror stops, and looked at once more after.
      const [{ ends: silent }, groups] = await settleAll([
        silence(),
        translateGroups(deps, context, partitions, frontier),
      ]);
      return { frontier, silent, groups };
    },
  );
  const { frontier, silent, groups } = drained;
  const [source, after] = await Promise.all([estate.source.log.ends(partitions), estate.target.log.ends(partitions)]);
  const target = isSame(silent, after) ? after : (await silence()).ends;
  watch.lap("flat");
  await context.stillMine();
  const [isWritten] = await settleAll([
    writeFactInRun(store.items, { ...ref, run: context.run }, "watermarks", {
      freeze: freezeId,
      source: storedPositions(source, (end) => end.highWatermark),
      target: storedPositions(target, (end) => end.highWatermark),
    }),
    commitGroups(deps, context, partitions, groups, frontier),
  ]);
  if (!isWritten) throw new SupersededSignal(`the watermarks of wave ${ref.wave} are a later run's`);
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
