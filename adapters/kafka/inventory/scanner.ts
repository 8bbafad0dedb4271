import type { NameRange } from "#core/inventory/name-range.ts";
import type { ClusterPart } from "#core/inventory/scan-part.ts";
import { isUnknown, type OrUnknown } from "#core/inventory/unknown.ts";
import type { Side } from "#core/kafka/offset.ts";
import type { ClusterScanner, ScanPage } from "#use-cases/ports/cluster-scanner.ts";
import { BrokerMetadata } from "../broker-metadata.ts";
import { type ClusterSettings, identityOf } from "../cluster-settings.ts";
import { Connections } from "../connections.ts";
import { scanAccess } from "./access.ts";
import { AskedBrokers } from "./asked-brokers.ts";
import { type ClusterPlace, clusterPlace } from "./cluster-place.ts";
import { scanGroups } from "./groups.ts";
import { scanOverview } from "./overview.ts";
import { scanProducers, scanTransactions } from "./producers.ts";
import { scanSchemaUse } from "./schema-use.ts";
import { type TopicPlace, topicPlaces } from "./topic-places.ts";
import { type Asking, scanTopics, sweepTopics } from "./topics.ts";

/** So many partitions take a scan some seconds. */
const partitionsPerPage = 50_000;

type ScannerOptions = {
  /** Whether records are looked at for schema ids: a registry is there that tells what they are. */
  readonly samplesSchemas?: boolean;
};

/**
 * Reads a cluster of Kafka 2.8 or later by the protocol's own requests, each for as much as it takes. Where the cluster is
 * and which topics there are is asked for once and kept for all pages of one scanner.
 */
export function kafkaScanner(
  side: Side,
  settings: ClusterSettings,
  { samplesSchemas = false }: ScannerOptions = {},
): ClusterScanner<ClusterPart> & { close(): Promise<void> } {
  const cluster = identityOf(side, settings);
  const connections = new Connections(cluster, settings);
  const metadata = new BrokerMetadata(connections, settings);
  let begun: Promise<{ readonly asking: Asking; readonly place: ClusterPlace }> | undefined;
  let places: Promise<OrUnknown<readonly TopicPlace[]>> | undefined;

  const begin = async (): Promise<{ readonly asking: Asking; readonly place: ClusterPlace }> => {
    const place = await clusterPlace(metadata);
    const brokers = new AskedBrokers(connections, new Map(place.brokers.map((b) => [b.id, b])));
    return { place, asking: { brokers, cluster, mayDescribeCluster: place.mayDescribeCluster } };
  };
  const known = async () => {
    begun ??= begin();
    const { asking, place } = await begun.catch((fault: unknown) => {
      // Nobody answered: the next page may find somebody.
      begun = undefined;
      throw fault;
    });
    places ??= topicPlaces(asking.brokers);
    return { asking, place, places: await places };
  };

  return {
    pages: async () => {
      const { places: found } = await known();
      const topics = isUnknown(found) ? [{}] : rangesOf(found);
      const pagesOf = (part: ClusterPart) => topics.map((range): ScanPage<ClusterPart> => ({ part, ...range }));
      return [
        ...pagesOf("topics"),
        { part: "groups" },
        { part: "overview" },
        { part: "producers" },
        { part: "transactions" },
        { part: "access" },
        ...(samplesSchemas ? pagesOf("schema-use") : []),
      ];
    },
    scan: async ({ part, ...range }) => {
      const { asking, place, places: found } = await known();
      switch (part) {
        case "overview":
          return scanOverview(asking.brokers, cluster, place);
        case "topics":
          return { topics: await scanTopics({ ...asking, places: found, range }) };
        case "groups":
          return { groups: await scanGroups({ ...asking, places: found, range }) };
        case "producers":
          return { producers: await scanProducers({ ...asking, places: found }) };
        case "transactions":
          return { transactions: await scanTransactions(asking) };
        case "access":
          return scanAccess(asking);
        case "schema-use":
          return { "schema-use": await scanSchemaUse({ ...asking, places: found, range }) };
      }
    },
    sweep: async (range) => {
      const { asking, places: found } = await known();
      return sweepTopics({ ...asking, places: found, range });
    },
    close: () => connections.close(),
  };
}

/** Ranges of names that meet and hold some tens of thousands of partitions each. */
function rangesOf(places: readonly TopicPlace[]): readonly NameRange[] {
  const bounds: string[] = [];
  let partitions = 0;
  for (const place of places) {
    partitions += place.partitions.length;
    if (partitions < partitionsPerPage) continue;
    bounds.push(place.name);
    partitions = 0;
  }
  return [...bounds, undefined].map((upTo, n) => {
    const after = bounds[n - 1];
    return { ...(after === undefined ? {} : { after }), ...(upTo === undefined ? {} : { upTo }) };
  });
}
