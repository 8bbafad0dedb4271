import { settingOf } from "#core/inventory/flags/topic-flags.ts";
import type { Topic } from "#core/inventory/topic.ts";
import { isUnknown, type OrUnknown, unknown } from "#core/inventory/unknown.ts";
import type { TopicLoads } from "../topic-load.ts";

/** How long, and what bounds it; null: nothing does. */
export type Bound = { readonly seconds: OrUnknown<number | null>; readonly because: string };

/** For how long after the move every record that was written since is still on both sides. */
export type RollbackWindow = {
  readonly source: Bound;
  readonly target: Bound;
  readonly seconds: OrUnknown<number | null>;
  /** The shorter of the two. */
  readonly boundBy: string;
  /** What the business wants; absent where nobody said. */
  readonly wantedSeconds?: number;
  /** Unknown too where nobody said what is wanted. */
  readonly fits: OrUnknown<boolean>;
};

export function rollbackWindow(
  topics: readonly string[],
  of: {
    readonly topics: ReadonlyMap<string, Topic>;
    readonly loads: TopicLoads;
    readonly target: Bound;
    readonly wantedHours: number | undefined;
  },
): RollbackWindow {
  const source = topics.reduce<Bound>(
    (shortest, topic) => shorter(shortest, keeps(topic, of.topics.get(topic), of.loads)),
    { seconds: null, because: "no topic of the wave deletes by time or size" },
  );
  const { seconds, because: boundBy } = shorter(source, of.target);
  const wantedSeconds = of.wantedHours === undefined ? undefined : of.wantedHours * 3600;
  return {
    source,
    target: of.target,
    seconds,
    boundBy,
    ...(wantedSeconds === undefined ? {} : { wantedSeconds }),
    fits:
      wantedSeconds === undefined
        ? nobodySaid
        : isUnknown(seconds)
          ? seconds
          : seconds === null || wantedSeconds <= seconds,
  };
}

/** Unknown is shorter than any: nothing may be promised past it. */
export const shorter = (a: Bound, b: Bound): Bound => {
  if (isUnknown(a.seconds) || b.seconds === null) return a;
  if (isUnknown(b.seconds) || a.seconds === null) return b;
  return b.seconds < a.seconds ? b : a;
};

/** The mirror keeps time stamps, so the source deletes a record that came back after its retention, as it would its own. */
function keeps(name: string, topic: Topic | undefined, loads: TopicLoads): Bound {
  const because = `retention of ${name}`;
  if (topic === undefined) return { seconds: notThere(name), because };
  const policy = settingOf(topic, "cleanup.policy");
  if (isUnknown(policy)) return { seconds: policy, because };
  if (!policy.includes("delete")) return { seconds: null, because: `${name} is compacted and deletes nothing by age` };
  return shorter(byTime(topic), bySize(topic, loads));
}

function byTime(topic: Topic): Bound {
  const retention = settingOf(topic, "retention.ms");
  if (isUnknown(retention)) return { seconds: retention, because: `retention.ms of ${topic.name}` };
  const because = `retention.ms ${retention} of ${topic.name}`;
  return { seconds: Number(retention) < 0 ? null : Number(retention) / 1000, because };
}

function bySize(topic: Topic, loads: TopicLoads): Bound {
  const retention = settingOf(topic, "retention.bytes");
  if (isUnknown(retention)) return { seconds: retention, because: `retention.bytes of ${topic.name}` };
  const because = `retention.bytes ${retention} of ${topic.name}`;
  if (Number(retention) < 0) return { seconds: null, because };
  const load = loads.get(topic.name);
  if (load === undefined) return { seconds: notThere(topic.name), because };
  if (isUnknown(load.bytesPerSecond)) return { seconds: load.bytesPerSecond, because };
  if (isUnknown(load.partitions)) return { seconds: load.partitions, because };
  return {
    seconds: load.bytesPerSecond === 0 ? null : (Number(retention) * load.partitions) / load.bytesPerSecond,
    because,
  };
}

const notThere = (topic: string) =>
  unknown("Metadata", `topic ${topic} is not in the snapshot`, "allow Sluice to describe it, then take a new snapshot");

const nobodySaid = unknown(
  "migration file",
  "nobody said how long the business wants to be able to go back",
  "set planning.rollbackHours",
);
