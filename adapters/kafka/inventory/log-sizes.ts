import { describeLogDirsV2, describeLogDirsV3 } from "@platformatic/kafka";
import { isUnknown, type OrUnknown, type Unknown, unknown } from "#core/inventory/unknown.ts";
import { type PartitionKey, partitionKey } from "#core/kafka/topic-partition.ts";
import type { ClusterIdentity } from "../cluster-settings.ts";
import { code, grant } from "../faults.ts";
import type { AskedBrokers } from "./asked-brokers.ts";
import { refusal } from "./refusal.ts";

/** Bytes by partition on each broker's disks, or why a broker does not tell. Lists topics that may not be described too. */
export type LogSizes = ReadonlyMap<number, OrUnknown<ReadonlyMap<PartitionKey, number>>>;

/** One request to each broker. */
export async function logSizes(
  brokers: AskedBrokers,
  cluster: ClusterIdentity,
  mayDescribeCluster: boolean,
): Promise<LogSizes> {
  return new Map(
    await Promise.all(
      brokers.ids.map(
        async (broker) => [broker, await sizesOn(broker, { brokers, cluster, mayDescribeCluster })] as const,
      ),
    ),
  );
}

async function sizesOn(
  broker: number,
  o: { readonly brokers: AskedBrokers; readonly cluster: ClusterIdentity; readonly mayDescribeCluster: boolean },
): Promise<OrUnknown<ReadonlyMap<PartitionKey, number>>> {
  const attempt = {
    cluster: o.cluster,
    doing: "reading the sizes of logs",
    needs: { resource: "cluster", operation: "Describe" },
  } as const;
  // Without the right, versions before 3 answer with nothing and no error.
  if (!o.mayDescribeCluster)
    return unknown("DescribeLogDirs", `${o.cluster.principal} lacks a right for ${attempt.doing}`, grant(attempt));
  const api = (await o.brokers.supports(broker, describeLogDirsV3.api)) ? describeLogDirsV3.api : describeLogDirsV2.api;
  const answer = await o.brokers.ask(broker, "DescribeLogDirs", api, null);
  if (isUnknown(answer)) return answer;
  if (answer.errorCode !== code.none) return refusal("DescribeLogDirs", attempt, answer.errorCode);
  const sizes = new Map<PartitionKey, number>();
  for (const directory of answer.results) {
    // A disk that failed: what lies on it is not here.
    if (directory.errorCode !== code.none) continue;
    // A copy on its way to another disk.
    for (const { name: topic, partitions } of directory.topics)
      for (const p of partitions)
        if (!p.isFutureKey) sizes.set(partitionKey({ topic, partition: p.partitionIndex }), Number(p.partitionSize));
  }
  return sizes;
}

/** Of the leader's log; where the leader does not tell, of the largest replica that does. */
export function sizeOf(
  sizes: LogSizes,
  key: PartitionKey,
  { leader, replicas }: { readonly leader: number; readonly replicas: readonly number[] },
): OrUnknown<number> {
  const on = (broker: number): number | undefined => {
    const known = sizes.get(broker);
    return known === undefined || isUnknown(known) ? undefined : known.get(key);
  };
  const onLeader = on(leader);
  if (onLeader !== undefined) return onLeader;
  const others = replicas.flatMap((broker) => on(broker) ?? []);
  if (others.length > 0) return Math.max(...others);
  const why: readonly Unknown[] = [leader, ...replicas].flatMap((broker) => {
    const said = sizes.get(broker);
    return said !== undefined && isUnknown(said) ? [said] : [];
  });
  return why[0] ?? unknown("DescribeLogDirs", "no broker that keeps the partition told its size");
}
