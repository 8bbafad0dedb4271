import { type OrUnknown, unknown } from "#core/inventory/unknown.ts";
import type { Migration } from "#core/migration/migration.ts";

export type MirrorRate = {
  readonly bytesPerSecond: number;
  /** Who says so. */
  readonly from: string;
};

type File = Pick<Migration, "replicator" | "planning" | "estate">;

/** What one wave's mirror copies: as it was measured, else by what one task of it copies. */
export function mirrorRate(
  { replicator, planning, estate }: File,
  partitions: OrUnknown<number>,
): OrUnknown<MirrorRate> {
  if (estate?.copyBytesPerSecond !== undefined)
    return { bytesPerSecond: estate.copyBytesPerSecond, from: "estate.copyBytesPerSecond" };
  const task = planning?.throughput?.taskBytesPerSecond;
  if (task === undefined) return notKnown;
  if (typeof partitions !== "number") return partitions;
  const tasks = Math.max(1, Math.min(replicator.tasksPerConnector, partitions));
  return {
    bytesPerSecond: tasks * task,
    from: `${tasks} task${tasks === 1 ? "" : "s"} of planning.throughput.taskBytesPerSecond: ${planning?.throughput?.from}`,
  };
}

/** What one task of the mirror copies. */
export function taskRate({ replicator, planning, estate }: File): OrUnknown<MirrorRate> {
  const throughput = planning?.throughput;
  if (throughput?.taskBytesPerSecond !== undefined)
    return { bytesPerSecond: throughput.taskBytesPerSecond, from: throughput.from };
  if (estate?.copyBytesPerSecond === undefined) return notKnown;
  return {
    bytesPerSecond: estate.copyBytesPerSecond / replicator.tasksPerConnector,
    from: `estate.copyBytesPerSecond, shared by the ${replicator.tasksPerConnector} of replicator.tasksPerConnector`,
  };
}

const notKnown = unknown(
  "migration file",
  "how fast the mirror copies is not known",
  "set estate.copyBytesPerSecond to what the mirror was measured to copy, or planning.throughput.taskBytesPerSecond",
);
