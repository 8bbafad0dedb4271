import { isUnknown, type OrUnknown } from "#core/inventory/unknown.ts";
import type { Migration } from "#core/migration/migration.ts";
import type { WaveSize } from "./plan.ts";
import { type TopicLoad, type TopicLoads, totalOf } from "./topic-load.ts";
import { mirrorRate } from "./windows/mirror-rate.ts";

export type Sizes = {
  readonly of: (topics: readonly string[], teams: readonly string[]) => WaveSize;
};

export function sizesIn(migration: Migration, loads: TopicLoads): Sizes {
  return {
    of: (topics, teams) => {
      const total = (of: keyof TopicLoad): OrUnknown<number> => totalOf(loads, topics, (load) => load[of]);
      const size = {
        partitions: total("partitions"),
        bytes: total("bytes"),
        teams,
        recordsPerSecond: total("recordsPerSecond"),
        bytesPerSecond: total("bytesPerSecond"),
      };
      return { ...size, drainSeconds: drainSecondsOf(migration, size) };
    },
  };
}

/** How long a freeze waits for what was written in the mirror's largest delay. */
function drainSecondsOf(
  migration: Migration,
  { partitions, bytesPerSecond }: Pick<WaveSize, "partitions" | "bytesPerSecond">,
): OrUnknown<number> {
  if (isUnknown(bytesPerSecond)) return bytesPerSecond;
  // Nothing is written, so there is nothing to wait for, whatever the rate.
  if (bytesPerSecond === 0) return 0;
  const mirror = mirrorRate(migration, partitions);
  return isUnknown(mirror) ? mirror : (bytesPerSecond * migration.policy.delayLimitSeconds) / mirror.bytesPerSecond;
}
