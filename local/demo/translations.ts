import { z } from "zod";
import type { Log } from "./checker/expected-records.ts";
import type { CheckpointComparison } from "./mirror-maker-checkpoints.ts";
import type { Entry } from "./wave-api.ts";

/** How a group's offsets were translated, as the product journals it, and what MirrorMaker said at that moment. */

const partition = z.object({
  topic: z.string(),
  partition: z.number(),
  committed: z.string(),
  translated: z.string(),
  kind: z.string(),
  basis: z.unknown(),
});
const translated = z.object({ group: z.string(), partitions: z.array(partition) });
const drained = z.object({ groups: z.array(translated).default([]) });

export type PartitionTranslation = z.output<typeof partition> & {
  /** MirrorMaker's position on the target; undefined: it has none, and a group would start from its reset policy. */
  readonly mirrorMakerOffset?: bigint;
};
export type GroupTranslation = { readonly group: string; readonly partitions: readonly PartitionTranslation[] };

/** MirrorMaker writes checkpoints each second; it is given this long to write one for exactly the stopped group's commit. */
const PATIENCE_MILLISECONDS = 4000;

/** What an entry tells of translations: of one group, or of those that moved with the producers. */
export const translationsIn = (entry: Entry): readonly GroupTranslation[] => {
  if (entry.event === "GroupTranslated") return [translated.parse(entry.details)];
  return entry.event === "DrainProved" ? drained.parse(entry.details).groups : [];
};

/** Reads a GroupTranslated entry and waits for MirrorMaker's checkpoints of the same commits. */
export const withCheckpoints = async (
  entry: Entry,
  comparison: CheckpointComparison,
  sleep: (milliseconds: number) => Promise<unknown>,
): Promise<GroupTranslation> => {
  const { group, partitions } = translated.parse(entry.details);
  const look = () => partitions.map((p) => comparison.checkpointFor(group, p.topic, p.partition, BigInt(p.committed)));
  const until = Date.now() + PATIENCE_MILLISECONDS;
  let checkpoints = look();
  while (Date.now() < until && partitions.some((p, i) => checkpoints[i]?.upstream !== BigInt(p.committed))) {
    await sleep(200);
    checkpoints = look();
  }
  return {
    group,
    partitions: partitions.map((p, i) => {
      const checkpoint = checkpoints[i];
      return checkpoint === undefined ? p : { ...p, mirrorMakerOffset: checkpoint.downstream };
    }),
  };
};

/** Records on the target between MirrorMaker's position and the exact one: what the group would have read twice. */
export const mirrorMakerWouldReread = (translation: GroupTranslation, targetLog: Log): number =>
  translation.partitions.reduce((sum, p) => {
    const from = p.mirrorMakerOffset ?? 0n;
    const to = BigInt(p.translated);
    const log = targetLog.get(`${p.topic}/${p.partition}`) ?? [];
    return sum + log.filter((record) => record.offset >= from && record.offset < to).length;
  }, 0);
