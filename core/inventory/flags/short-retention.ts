import type { WavePlan } from "#core/migration/migration.ts";
import type { Topic } from "../topic.ts";
import { isUnknown, type OrUnknown, orElse, unknown } from "../unknown.ts";
import type { FlagFacts } from "./flag-facts.ts";
import { firstSaid, type Look, ofEach, type Says, together } from "./look.ts";
import { settingOf } from "./topic-flags.ts";

/** Whether the source deletes records of a wave sooner than all of the wave is copied. */
export function shortRetention(facts: FlagFacts): Look {
  const throughput = new Map(facts.source.listings.throughput.items.map((t) => [t.topic, t.bytesPerSecond]));
  const looks = facts.waves.map((wave) => {
    const topics = facts.topics.items.filter(({ name }) => wave.topics.includes(name));
    const seconds = copySeconds(wave, topics, facts.migration.estate?.copyBytesPerSecond);
    return ofEach(
      { items: topics, gaps: [] },
      ({ name }) => name,
      (topic) => {
        const policy = settingOf(topic, "cleanup.policy");
        if (isUnknown(policy)) return policy;
        if (!policy.includes("delete")) return undefined;
        return firstSaid([byTime(topic, seconds), bySize(topic, seconds, throughput.get(topic.name))]);
      },
    );
  });
  return together(
    ...looks,
    ofEach({ items: [], gaps: facts.topics.gaps }, String, () => undefined),
  );
}

function copySeconds(wave: WavePlan, topics: readonly Topic[], rate: number | undefined): OrUnknown<number> {
  if (rate === undefined)
    return unknown(
      "migration file",
      `how fast wave ${wave.name} is copied is not known`,
      "set estate.copyBytesPerSecond in the migration file to what the mirror was measured to copy",
    );
  let bytes = 0;
  for (const { partitions } of topics) {
    if (isUnknown(partitions)) return partitions;
    for (const { sizeBytes } of partitions) {
      if (isUnknown(sizeBytes)) return sizeBytes;
      bytes += sizeBytes;
    }
  }
  return bytes / rate;
}

function byTime(topic: Topic, seconds: OrUnknown<number>): Says {
  const retention = settingOf(topic, "retention.ms");
  if (isUnknown(retention)) return retention;
  if (Number(retention) < 0) return undefined;
  if (isUnknown(seconds)) return seconds;
  return Number(retention) / 1000 < seconds
    ? `keeps records for ${Math.round(Number(retention) / 1000)} s, and its wave takes ${Math.round(seconds)} s to copy`
    : undefined;
}

/** A partition that is full loses as much as it gets. */
function bySize(topic: Topic, seconds: OrUnknown<number>, written: OrUnknown<number> | undefined): Says {
  const retention = settingOf(topic, "retention.bytes");
  if (isUnknown(retention)) return retention;
  if (Number(retention) < 0) return undefined;
  if (isUnknown(seconds)) return seconds;
  if (written === undefined || isUnknown(written))
    return (
      written ?? unknown("two sweeps", "how much is written to it was not measured", "take a snapshot with throughput")
    );
  const partitions = orElse(topic.partitions, []).length;
  const keptSeconds =
    written === 0 ? Number.POSITIVE_INFINITY : Number(retention) / (written / Math.max(1, partitions));
  return keptSeconds < seconds
    ? `keeps ${retention} bytes of a partition, written in ${Math.round(keptSeconds)} s, and its wave takes ${Math.round(seconds)} s to copy`
    : undefined;
}
