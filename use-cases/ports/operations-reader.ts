import type { OperatingObjects } from "#core/inventory/operation.ts";
import type { Cluster } from "#core/migration/clusters.ts";

/** What AWS tells of a cluster and of what it is watched with. It never throws: what is not told is a gap with its cure. */
export interface OperationsReader {
  read(cluster: Cluster): Promise<OperatingObjects>;
}
