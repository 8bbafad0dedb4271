import { AskedServer } from "#adapters/http/asked-server.ts";
import type { SecretReader } from "#adapters/secrets/secret-reader.ts";
import type { Connector } from "#core/inventory/connector.ts";
import { itemName } from "#core/inventory/item-name.ts";
import { isUnknown, type Listing, type Unknown, unknown } from "#core/inventory/unknown.ts";
import type { Side } from "#core/kafka/offset.ts";
import type { ConnectWorkers } from "#core/migration/http-servers.ts";
import type { BesideScanner } from "#use-cases/ports/cluster-scanner.ts";
import { connectorsOf } from "./connectors-of.ts";

const parts = ["connectors"] as const;
const source = "Kafka Connect";

/** What runs on the estate's own Connect workers of one side, by their REST interface. */
export function connectScanner(o: {
  readonly side: Side;
  readonly clusters: readonly ConnectWorkers[];
  readonly secrets: Pick<SecretReader, "readCredentials" | "readToken" | "readClientCertificate">;
  readonly timeoutMilliseconds?: number;
}): BesideScanner<"connectors"> {
  const { side, clusters, ...how } = o;
  const workers = clusters.map((server, n) => ({
    name: server.name,
    asked: new AskedServer({
      ...how,
      server,
      called: `Connect cluster ${server.name} of the ${side}`,
      declaredAt: `${side}.connectClusters[${n}]`,
      source,
    }),
  }));
  return {
    parts,
    pages: async () => [{ part: "connectors" }],
    scan: async () => {
      const readAt = Date.now();
      if (workers.length === 0) return { connectors: listing(readAt, [], [undeclared(side)]) };
      const found = await Promise.all(workers.map(({ name, asked }) => connectorsOf(asked, name)));
      const items = found.flatMap((of) => (isUnknown(of) ? [] : of));
      return { connectors: listing(readAt, items, found.filter(isUnknown)) };
    },
    close: async () => {
      await Promise.all(workers.map(({ asked }) => asked.close()));
    },
  };
}

const listing = (readAt: number, items: readonly Connector[], gaps: readonly Unknown[]): Listing<Connector> => ({
  source,
  readAt,
  items: items.toSorted((a, b) => (itemName.connectors(a) < itemName.connectors(b) ? -1 : 1)),
  gaps,
});

/** Nobody could be asked: that there are no connectors only a person can say. */
const undeclared = (side: Side): Unknown =>
  unknown(
    source,
    `the migration file names no Connect cluster of the ${side}`,
    `name each in ${side}.connectClusters, or say in estate.absent that there are no connectors`,
  );
