/** Puts together what takes snapshots: it reads Kafka, and carries a client of older brokers too. */
import { ApplicationAutoScalingClient } from "@aws-sdk/client-application-auto-scaling";
import { CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import { KafkaClient } from "@aws-sdk/client-kafka";
import { storageScaling } from "#adapters/autoscaling/broker-storage.ts";
import { cloudWatchOperations } from "#adapters/cloudwatch/mentions.ts";
import { connectScanner } from "#adapters/connect/inventory/connect-scanner.ts";
import { chooseScanner } from "#adapters/kafka/older/choose-scanner.ts";
import { settingsOf } from "#adapters/kafka/settings-of.ts";
import { mskOperations } from "#adapters/msk/operating-objects.ts";
import { registryScanner } from "#adapters/registry/registry-scanner.ts";
import { ownSignIn } from "#core/migration/sign-in.ts";
import { scanTogether } from "#use-cases/scan-together.ts";
import type { SnapshotClusterDeps } from "#use-cases/snapshot-cluster.ts";
import { around, CLIENT, clock, lazy, newId, snapshotRequester, snapshotStore, waveStore } from "./wire.ts";
import { means, secrets } from "./wire-sign-in.ts";

export const snapshotDeps: () => SnapshotClusterDeps = lazy(() => ({
  store: waveStore(),
  snapshots: snapshotStore(),
  requester: snapshotRequester(),
  operations: [
    mskOperations({ clientIn: (region) => new KafkaClient({ ...CLIENT, region }) }),
    storageScaling({ clientIn: (region) => new ApplicationAutoScalingClient({ ...CLIENT, region }) }),
    cloudWatchOperations({
      clientIn: (region) => new CloudWatchClient({ ...CLIENT, ...(region === undefined ? {} : { region }) }),
    }),
  ].map((reader) => around("OperationsReader", reader)),
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
