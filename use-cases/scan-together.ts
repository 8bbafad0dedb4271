import type { ClusterPart, ScanPart } from "#core/inventory/scan-part.ts";
import type { BesideScanner, ClusterScanner, ScanPage } from "./ports/cluster-scanner.ts";

type Open<Part extends ScanPart> = ClusterScanner<Part> & { close(): Promise<void> };

/** A cluster and what stands beside it, as one to scan: each page goes to whoever reads its part. */
export function scanTogether(cluster: Open<ClusterPart>, beside: readonly BesideScanner[]): Open<ScanPart> {
  const isOfCluster = (page: ScanPage): page is ScanPage<ClusterPart> =>
    beside.every(({ parts }) => !parts.includes(page.part));
  return {
    pages: async () => (await Promise.all([cluster, ...beside].map((one) => one.pages()))).flat(),
    scan: async (page) => {
      if (isOfCluster(page)) return cluster.scan(page);
      return beside.find(({ parts }) => parts.includes(page.part))?.scan(page) ?? {};
    },
    sweep: (range) => cluster.sweep(range),
    close: async () => {
      await Promise.all([cluster, ...beside].map((one) => one.close()));
    },
  };
}
