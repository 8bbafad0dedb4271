import { isUnknown, type OrUnknown, unknown } from "#core/inventory/unknown.ts";
import type { Migration } from "#core/migration/migration.ts";
import type { PlannedWave } from "../planned-wave.ts";
import { measuredOf, type TopicLoads, totalOf } from "../topic-load.ts";
import { type MirrorRate, taskRate } from "../windows/mirror-rate.ts";

/** A topic is busy where it alone takes more than this share of what one task copies. */
export const BUSY_SHARE = 0.1;

/** Tasks of one wave's mirror: busy topics get enough of them, and quiet ones never wait behind those. */
export type WaveTasks = {
  readonly wave: string;
  readonly busy: readonly string[];
  readonly quiet: readonly string[];
  /** Counted as quiet: what is written to them is not known. */
  readonly notMeasured: readonly string[];
  readonly busyTasks: OrUnknown<number>;
  readonly quietTasks: OrUnknown<number>;
  readonly tasks: OrUnknown<number>;
  readonly workers: OrUnknown<number>;
  /** Where more is written than one task for each partition can copy. */
  readonly isBeyondPartitions: boolean;
};

export type MirrorSize = {
  readonly task: OrUnknown<MirrorRate>;
  /** The share of a task that stays free for catching up. */
  readonly headroom: number;
  readonly waves: readonly WaveTasks[];
  /** What replicator.tasksPerConnector must be at least, for the largest wave; and what it is. */
  readonly tasksPerConnector: OrUnknown<number>;
  readonly tasksDeclared: number;
  /** Of the size that was measured. Sluice runs one worker in each direction: more than one is a larger one. */
  readonly workers: OrUnknown<number>;
};

type File = Pick<Migration, "replicator" | "planning" | "estate">;

export function mirrorSize(
  waves: readonly Pick<PlannedWave, "name" | "topics">[],
  loads: TopicLoads,
  file: File,
  headroom: number,
): MirrorSize {
  const task = taskRate(file);
  const sized = waves.map((wave) => waveTasks(wave, loads, file, task, headroom));
  return {
    task,
    headroom,
    waves: sized,
    tasksDeclared: file.replicator.tasksPerConnector,
    tasksPerConnector: largest(sized.map(({ tasks }) => tasks)),
    workers: largest(sized.map(({ workers }) => workers)),
  };
}

function waveTasks(
  { name, topics }: Pick<PlannedWave, "name" | "topics">,
  loads: TopicLoads,
  file: File,
  task: OrUnknown<MirrorRate>,
  headroom: number,
): WaveTasks {
  const { notMeasured } = measuredOf(loads, topics, (load) => load.bytesPerSecond);
  if (isUnknown(task))
    return {
      wave: name,
      busy: [],
      quiet: topics,
      notMeasured,
      busyTasks: task,
      quietTasks: task,
      tasks: task,
      workers: task,
      isBeyondPartitions: false,
    };
  const recordsOfTask = file.planning?.throughput?.taskRecordsPerSecond;
  /** Tasks that these topics fill, as a fraction. */
  const asked = (of: readonly string[]): number => {
    const bytes = measuredOf(loads, of, (load) => load.bytesPerSecond).atLeast / task.bytesPerSecond;
    const records =
      recordsOfTask === undefined ? 0 : measuredOf(loads, of, (load) => load.recordsPerSecond).atLeast / recordsOfTask;
    return Math.max(bytes, records);
  };
  const busy = topics.filter((topic) => asked([topic]) > BUSY_SHARE);
  const quiet = topics.filter((topic) => asked([topic]) <= BUSY_SHARE);
  const wanted = busy.length === 0 ? 0 : Math.max(1, Math.ceil(asked(busy) / (1 - headroom)));
  const partitions = totalOf(loads, busy, (load) => load.partitions);
  const busyTasks = isUnknown(partitions) ? partitions : Math.min(wanted, partitions);
  const quietTasks = quiet.length === 0 ? 0 : Math.max(1, Math.ceil(asked(quiet) / (1 - headroom)));
  const tasks = isUnknown(busyTasks) ? busyTasks : busyTasks + quietTasks;
  return {
    wave: name,
    busy,
    quiet,
    notMeasured,
    busyTasks,
    quietTasks,
    tasks,
    workers: isUnknown(tasks) ? tasks : workersFor(tasks, file),
    isBeyondPartitions: !isUnknown(partitions) && wanted > partitions,
  };
}

/** By the file's own figure; else the worker that copied at the measured rate carried the tasks that it had. */
function workersFor(tasks: number, { replicator, planning, estate }: File): OrUnknown<number> {
  const perWorker =
    planning?.throughput?.tasksPerWorker ??
    (estate?.copyBytesPerSecond === undefined ? undefined : replicator.tasksPerConnector);
  return perWorker === undefined ? notSaid : Math.max(1, Math.ceil(tasks / perWorker));
}

const notSaid = unknown(
  "migration file",
  "how many tasks one Connect worker carries is not known",
  "set planning.throughput.tasksPerWorker, or estate.copyBytesPerSecond to what one worker was measured to copy",
);

const largest = (values: readonly OrUnknown<number>[]): OrUnknown<number> =>
  values.reduce((a, b) => (isUnknown(a) ? a : isUnknown(b) ? b : Math.max(a, b)), 0);
