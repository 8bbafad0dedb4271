import { metadataV10 } from "@platformatic/kafka";
import type { Partition } from "#core/inventory/topic.ts";
import { isUnknown, type OrUnknown } from "#core/inventory/unknown.ts";
import { code } from "../faults.ts";
import type { AskedBrokers } from "./asked-brokers.ts";

/** Where a topic lies. `errorCode` is set where it is there and cannot be described. */
export type TopicPlace = {
  readonly name: string;
  readonly id: string;
  readonly isInternal: boolean;
  readonly errorCode: number;
  readonly partitions: readonly Pick<Partition, "partition" | "leader" | "replicas" | "inSync">[];
};

/** Every topic that may be described, by name; those that may not Kafka leaves out without a word. */
export async function topicPlaces(brokers: AskedBrokers): Promise<OrUnknown<readonly TopicPlace[]>> {
  const answer = await brokers.askAny("Metadata", metadataV10.api, null, false, false, false);
  if (isUnknown(answer)) return answer;
  return answer.topics
    .flatMap((topic): TopicPlace[] => {
      // Deleted a moment ago.
      if (topic.name == null || topic.errorCode === code.unknownTopicOrPartition) return [];
      return [
        {
          name: topic.name,
          id: topic.topicId,
          isInternal: topic.isInternal,
          errorCode: topic.errorCode,
          partitions: topic.partitions
            .map((p) => ({
              partition: p.partitionIndex,
              leader: p.leaderId,
              replicas: p.replicaNodes,
              inSync: p.isrNodes,
            }))
            .toSorted((a, b) => a.partition - b.partition),
        },
      ];
    })
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}
