/** Puts together what takes snapshots: it reads Kafka, and carries a client of older brokers too. */
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { connectScanner } from "#adapters/connect/inventory/connect-scanner.ts";
import { documents } from "#adapters/dynamodb/documents.ts";
import { dynamoSnapshotStore } from "#adapters/dynamodb/snapshot-store.ts";
import { chooseScanner } from "#adapters/kafka/older/choose-scanner.ts";
import { settingsOf } from "#adapters/kafka/settings-of.ts";
import { registryScanner } from "#adapters/registry/registry-scanner.ts";
import { ownSignIn } from "#core/migration/sign-in.ts";
import { scanTogether } from "#use-cases/scan-together.ts";
import type { SnapshotClusterDeps } from "#use-cases/snapshot-cluster.ts";
import { environment } from "./environment.ts";
import { around, CLIENT, clock, lazy, newId, snapshotRequester, waveStore } from "./wire.ts";
import { means, secrets } from "./wire-sign-in.ts";

export const snapshotDeps: () => SnapshotClusterDeps = lazy(() => ({
  store: waveStore(),
  snapshots: around(
    "SnapshotStore",
    dynamoSnapshotStore(documents(new DynamoDBClient(CLIENT), environment("SLUICE_TABLE"))),
  ),
  requester: snapshotRequester(),
  clock,
  newId,
  openScanner: async (migration, side) => {
    const { schemaRegistry, connectClusters = [] } = migration[side];
    const cluster = await chooseScanner(side, await settingsOf(ownSignIn(migration, side), means()), {
      samplesSchemas: schemaRegistry !== undefined,
    });
    return scanTogether(cluster, [
      registryScanner({ side, server: schemaRegistry, secrets: secrets() }),
      connectScanner({ side, clusters: connectClusters, secrets: secrets() }),
    ]);
  },
}));
