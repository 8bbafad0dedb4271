import type { OperatingObjects } from "#core/inventory/operation.ts";
import type { Cluster } from "#core/migration/clusters.ts";

/** What one service tells of a cluster, or of what it is watched with; nothing where the cluster is none of its own. It never throws: what is not told is a gap with its cure. */
export interface OperationsReader {
  read(cluster: Cluster): Promise<OperatingObjects>;
}
