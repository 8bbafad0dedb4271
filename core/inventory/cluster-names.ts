import type { Cluster } from "#core/migration/clusters.ts";

/** By what alarms and dashboards name a cluster: MSK's name and ARN, else the hosts by which its clients find it. */
export function clusterNames({ msk, bootstrapServers }: Pick<Cluster, "msk" | "bootstrapServers">): readonly string[] {
  if (msk !== undefined) return [msk.arn.split("/")[1] ?? msk.arn, msk.arn];
  return [...new Set((bootstrapServers ?? []).map((server) => server.slice(0, server.lastIndexOf(":"))))];
}
