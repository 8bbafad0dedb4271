import type { Snapshot } from "#core/inventory/snapshot.ts";
import { isUnknown, type OrUnknown, unknown } from "#core/inventory/unknown.ts";
import type { Migration } from "#core/migration/migration.ts";
import type { WaveSize } from "./plan.ts";

export type Sizes = {
  readonly of: (topics: readonly string[], teams: readonly string[]) => WaveSize;
};

/** What the mirror copies in a second; unknown unless somebody measured it or says so. */
export function copyRateOf({ planning, replicator, estate }: Migration): OrUnknown<number> {
  const byTask = planning?.throughput?.taskBytesPerSecond;
  if (byTask !== undefined) return byTask * replicator.tasksPerConnector;
  return (
    estate?.copyBytesPerSecond ??
    unknown(
      "migration file",
      "nobody has said what the mirror copies in a second",
      "set planning.throughput.taskBytesPerSecond, and where it comes from",
    )
  );
}

/** How long a freeze waits for what was written in the mirror's largest delay. */
export function drainSecondsOf(migration: Migration, bytesPerSecond: OrUnknown<number>): OrUnknown<number> {
  const rate = copyRateOf(migration);
  if (isUnknown(bytesPerSecond)) return bytesPerSecond;
  // Nothing is written, so there is nothing to wait for, whatever the rate.
  if (bytesPerSecond === 0) return 0;
  return isUnknown(rate) ? rate : (bytesPerSecond * migration.policy.delayLimitSeconds) / rate;
}

export function sizesIn(migration: Migration, { listings }: Snapshot): Sizes {
  const topics = new Map(listings.topics.items.map((topic) => [topic.name, topic]));
  const throughput = new Map(listings.throughput.items.map((one) => [one.topic, one]));
  const notSeen = unknown("Metadata", "the topic is not in the snapshot");
  const notMeasured = unknown("two sweeps", "the topic's throughput was not measured", "take a new snapshot");
  const partitionsOf = (name: string) => topics.get(name)?.partitions ?? notSeen;
  const bytesOf = (name: string): OrUnknown<number> => {
    const partitions = partitionsOf(name);
    return isUnknown(partitions) ? partitions : sum(partitions, ({ sizeBytes }) => sizeBytes);
  };
  return {
    of: (names, teams) => {
      const bytesPerSecond = sum(names, (name) => throughput.get(name)?.bytesPerSecond ?? notMeasured);
      return {
        partitions: sum(names, (name) => {
          const partitions = partitionsOf(name);
          return isUnknown(partitions) ? partitions : partitions.length;
        }),
        bytes: sum(names, bytesOf),
        teams,
        recordsPerSecond: sum(names, (name) => throughput.get(name)?.recordsPerSecond ?? notMeasured),
        bytesPerSecond,
        drainSeconds: drainSecondsOf(migration, bytesPerSecond),
      };
    },
  };
}

/** Unknown where one part is: a sum of the others would pass for the whole. */
const sum = <T>(items: readonly T[], of: (item: T) => OrUnknown<number>): OrUnknown<number> => {
  let total = 0;
  for (const item of items) {
    const part = of(item);
    if (isUnknown(part)) return part;
    total += part;
  }
  return total;
};
