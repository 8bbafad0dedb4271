import type { Broker } from "./brokers.ts";
import { isUnknown, type OrUnknown, unknown } from "./unknown.ts";

/** The first `metadata.version` of each release of Kafka with KRaft. */
const FIRST_LEVELS: readonly (readonly [level: number, release: string])[] = [
  [1, "3.0"],
  [2, "3.1"],
  [3, "3.2"],
  [4, "3.3"],
  [8, "3.4"],
  [9, "3.5"],
  [12, "3.6"],
  [15, "3.7"],
  [20, "3.8"],
  [21, "3.9"],
  [22, "4.0"],
  [26, "4.1"],
  [28, "4.2"],
];

/**
 * The release whose features the cluster uses, such as "4.1". With ZooKeeper the protocol that brokers are set to speak
 * stands for it. Brokers may be newer than that.
 */
export function releaseOf(
  features: OrUnknown<Readonly<Record<string, number>>>,
  brokers: readonly Broker[],
): OrUnknown<string> {
  if (isUnknown(features)) return features;
  const level = features["metadata.version"];
  if (level !== undefined) {
    const release = FIRST_LEVELS.findLast(([first]) => level >= first);
    return release?.[1] ?? unknown("ApiVersions", `metadata.version ${level} is of no release that is known here`);
  }
  for (const { configs } of brokers) {
    const spoken = isUnknown(configs) ? undefined : configs.get("inter.broker.protocol.version")?.value;
    const release = spoken == null ? undefined : /^\d+\.\d+/.exec(spoken)?.[0];
    if (release !== undefined) return release;
  }
  return unknown("ApiVersions", "neither features nor inter.broker.protocol.version tell the release");
}
