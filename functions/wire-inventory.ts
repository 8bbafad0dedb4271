/** Puts together what takes snapshots: it reads Kafka, and carries a client of older brokers too. */
import { chooseScanner } from "#adapters/kafka/older/choose-scanner.ts";
import { settingsOf } from "#adapters/kafka/settings-of.ts";
import { ownSignIn } from "#core/migration/sign-in.ts";
import type { SnapshotClusterDeps } from "#use-cases/snapshot-cluster.ts";
import { clock, lazy, newId, snapshotRequester, snapshotStore, waveStore } from "./wire.ts";
import { means } from "./wire-sign-in.ts";

export const snapshotDeps: () => SnapshotClusterDeps = lazy(() => ({
  store: waveStore(),
  snapshots: snapshotStore(),
  requester: snapshotRequester(),
  clock,
  newId,
  openScanner: async (migration, side) => chooseScanner(side, await settingsOf(ownSignIn(migration, side), means())),
}));
