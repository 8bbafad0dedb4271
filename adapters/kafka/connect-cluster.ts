import { metadataV10 } from "@platformatic/kafka";
import type { Side } from "#core/kafka/offset.ts";
import type { Cluster } from "#use-cases/ports/cluster.ts";
import { accessRights } from "./access-rights.ts";
import { writeActivity } from "./activity.ts";
import { BrokerMetadata } from "./broker-metadata.ts";
import { type ClusterSettings, identityOf, requestTimeoutOf } from "./cluster-settings.ts";
import { Connections } from "./connections.ts";
import { Coordinators } from "./coordinators.ts";
import { consumerGroups } from "./groups.ts";
import { Leaders } from "./leaders.ts";
import { logReader } from "./log-reader.ts";
import { topicCatalog } from "./topics.ts";

/**
 * Every capability of one cluster over connections of its own, opened at the first request and kept until `close`.
 * Connects nowhere by itself; bootstrap servers that are not `host:port` are an OperatorFault here.
 */
export function connectCluster<S extends Side>(
  side: S,
  settings: ClusterSettings,
): Cluster<S> & { close(): Promise<void> } {
  const cluster = identityOf(side, settings);
  const timeoutMilliseconds = requestTimeoutOf(settings);
  const connections = new Connections(cluster, settings);
  const metadata = new BrokerMetadata(connections, settings);
  const leaders = new Leaders(cluster, metadata, timeoutMilliseconds);
  const coordinators = new Coordinators(cluster, metadata, timeoutMilliseconds);
  return {
    side,
    bootstrapServers: settings.bootstrapServers,
    topics: topicCatalog({ cluster, connections, metadata, timeoutMilliseconds }),
    log: logReader<S>({ cluster, connections, leaders, timeoutMilliseconds }),
    activity: writeActivity(connections, leaders),
    groups: consumerGroups<S>({ cluster, connections, coordinators, metadata }),
    rights: accessRights(cluster, connections, metadata),
    warm: async () => {
      const brokers = await metadata.brokers();
      await Promise.all([...brokers.values()].map((b) => connections.ask(b, metadataV10.api, [], false, false, false)));
    },
    close: () => connections.close(),
  };
}
