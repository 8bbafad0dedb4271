import { metadataV10 } from "@platformatic/kafka";
import type { Broker } from "#core/inventory/brokers.ts";
import type { BrokerMetadata } from "../broker-metadata.ts";

export type ClusterPlace = {
  readonly clusterId: string | null;
  readonly controllerId: number;
  readonly brokers: readonly Pick<Broker, "id" | "host" | "port" | "rack">[];
  readonly mayDescribeCluster: boolean;
};

/** Bit of the operation DESCRIBE in what a principal may do. */
const describeBit = 1 << 8;

/** Where the cluster is. Throws where no broker answers. */
export async function clusterPlace(metadata: BrokerMetadata): Promise<ClusterPlace> {
  const answer = await metadata.anyBroker(metadataV10.api, [], false, false, true);
  return {
    clusterId: answer.clusterId ?? null,
    controllerId: answer.controllerId,
    brokers: answer.brokers
      .map((b) => ({ id: b.nodeId, host: b.host, port: b.port, rack: b.rack ?? null }))
      .toSorted((a, b) => a.id - b.id),
    mayDescribeCluster: (answer.clusterAuthorizedOperations & describeBit) !== 0,
  };
}
