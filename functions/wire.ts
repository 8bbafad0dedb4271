/**
 * Puts together what any function may ask for; beside it only wire-estate.ts does, which reaches Kafka, Connect and a migration's
 * clients: most functions never do, and are far smaller without. All is made when first asked for and kept while the environment lives.
 */
import { createHash, randomUUID } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { LambdaClient } from "@aws-sdk/client-lambda";
import { SFNClient } from "@aws-sdk/client-sfn";
import { SNSClient } from "@aws-sdk/client-sns";
import { documents } from "#adapters/dynamodb/documents.ts";
import { dynamoMigrationReader } from "#adapters/dynamodb/migration-reader.ts";
import { dynamoPlanReader, dynamoPlanStore } from "#adapters/dynamodb/plan-store.ts";
import { dynamoSnapshotReader } from "#adapters/dynamodb/snapshot-reader.ts";
import { dynamoSnapshotStore } from "#adapters/dynamodb/snapshot-store.ts";
import { dynamoWaveStore } from "#adapters/dynamodb/wave-store.ts";
import { lambdaCommandWorker } from "#adapters/lambda/command-worker.ts";
import { lambdaSnapshotRequester } from "#adapters/lambda/snapshot-requester.ts";
import { lambdaTickRequester } from "#adapters/lambda/tick-requester.ts";
import { stepFunctionsEngine } from "#adapters/sfn/engine.ts";
import { snsAnnouncer } from "#adapters/sns/announcer.ts";
import type { Migration } from "#core/migration/migration.ts";
import type { AroundPort } from "#use-cases/at-crash-points.ts";
import type { EstateDeps } from "#use-cases/known-estate.ts";
import type { PlanDeps } from "#use-cases/plan-standing.ts";
import type { Access } from "#use-cases/ports/access.ts";
import type { Clock } from "#use-cases/ports/clock.ts";
import type { CommandDeps, TickRequester } from "#use-cases/ports/deps.ts";
import type { Announcer, Engine } from "#use-cases/ports/engine.ts";
import type { PlanStore } from "#use-cases/ports/plan-store.ts";
import type { SnapshotRequester } from "#use-cases/ports/snapshot-requester.ts";
import type { SnapshotStore } from "#use-cases/ports/snapshot-store.ts";
import type { WaveStore } from "#use-cases/ports/wave-store.ts";
import type { ListDeps } from "#use-cases/read-snapshots.ts";
import { deployedAccess } from "./deployed-access.ts";
import { environment } from "./environment.ts";
import { HANDED_OVER_SECONDS } from "./handed-over-seconds.ts";

/** What an HTTP handler asks about its caller. */
export type Deployed = {
  readonly access: () => Access;
  readonly migration: (name: string) => Promise<Migration | undefined>;
};

// Without the mark a bundle would carry all that any function could ask for; it holds for calls in this file.
/* @__NO_SIDE_EFFECTS__ */
export const lazy = <T>(make: () => T): (() => T) => {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
};

/** What is put around each port when it is made: nothing, but where the handler host of one machine is told to die midway. */
let givenAround: AroundPort = (_name, port) => port;
export const putAroundPorts = (given: AroundPort): void => {
  givenAround = given;
};
export const around: AroundPort = (name, port) => givenAround(name, port);

/** The region, credentials and endpoints come from the environment, which the SDK reads itself. */
export const CLIENT = {
  maxAttempts: 4,
  // Without the last a request that is late is only warned of, and waited for without an end.
  requestHandler: { connectionTimeout: 1_000, requestTimeout: 5_000, throwOnRequestTimeout: true },
} as const;

export const clock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep: async (milliseconds) => {
    await wait(milliseconds);
  },
};
export const newId = (): string => randomUUID();
export const hash = (text: string): string => createHash("sha256").update(text, "utf8").digest("hex");

export const waveStore: () => WaveStore = lazy(() =>
  around("WaveStore", dynamoWaveStore({ client: new DynamoDBClient(CLIENT), tableName: environment("SLUICE_TABLE") })),
);
export const access: Deployed["access"] = lazy(deployedAccess);
export const deployed: Deployed = {
  access,
  migration: (name) => waveStore().migration(name),
};
/** Migrations and snapshots, to be read: a function that only reads does not carry what writes them. */
const tableItems = lazy(() => documents(new DynamoDBClient(CLIENT), environment("SLUICE_TABLE")));
const migrationReader = lazy(() => dynamoMigrationReader(tableItems()));
export const estateReader: () => EstateDeps & ListDeps = lazy(() => ({
  store: migrationReader(),
  snapshots: dynamoSnapshotReader(tableItems()),
}));
export const snapshotStore: () => SnapshotStore = lazy(() =>
  around("SnapshotStore", dynamoSnapshotStore(tableItems())),
);
/** Plans and what they were made of, to be read. */
export const planReading: () => PlanDeps = lazy(() => ({
  ...estateReader(),
  plans: dynamoPlanReader(tableItems()),
  hash,
}));
export const planStore: () => PlanStore = lazy(() => around("PlanStore", dynamoPlanStore(tableItems())));
export const deployedToRead: Deployed = {
  access,
  migration: (name) => migrationReader().migration(name),
};
export const engine: () => Engine = lazy(() =>
  around(
    "Engine",
    stepFunctionsEngine({
      client: new SFNClient(CLIENT),
      arns: {
        wave: environment("SLUICE_STATE_MACHINE_ARN"),
        "way-back": environment("SLUICE_WAY_BACK_MACHINE_ARN"),
      },
    }),
  ),
);
export const announcer: () => Announcer = lazy(() =>
  around("Announcer", snsAnnouncer({ client: new SNSClient(CLIENT), topicArn: environment("SLUICE_TOPIC_ARN") })),
);
/** Stream records carry the table's keys, which only its adapter can read. */
export { isEventKey, waveOfEventKey } from "#adapters/dynamodb/keys.ts";

export const tickRequester: () => TickRequester = lazy(() =>
  around(
    "TickRequester",
    lambdaTickRequester({ client: new LambdaClient(CLIENT), functionName: environment("SLUICE_TICK_FUNCTION") }),
  ),
);
export const snapshotRequester: () => SnapshotRequester = lazy(() =>
  around(
    "SnapshotRequester",
    lambdaSnapshotRequester({
      client: new LambdaClient(CLIENT),
      functionName: environment("SLUICE_SNAPSHOT_FUNCTION"),
    }),
  ),
);
/** Does a command, named for whoever waits, elsewhere; the answer is that function's own. */
export type CommandWorker = (what: string, order: Readonly<Record<string, unknown>>) => Promise<unknown>;
/** Asked once: a command that the client sent again by itself would meet its own first try at work. */
const waitingClient = (): LambdaClient =>
  new LambdaClient({
    maxAttempts: 1,
    requestHandler: { ...CLIENT.requestHandler, requestTimeout: HANDED_OVER_SECONDS.wait * 1000 },
  });
export const thawWorker: () => CommandWorker = lazy(() =>
  lambdaCommandWorker({ client: waitingClient(), functionName: environment("SLUICE_THAW_FUNCTION") }),
);
export const rollBackWorker: () => CommandWorker = lazy(() =>
  lambdaCommandWorker({ client: waitingClient(), functionName: environment("SLUICE_ROLL_BACK_FUNCTION") }),
);
export const planWorker: () => CommandWorker = lazy(() =>
  lambdaCommandWorker({ client: waitingClient(), functionName: environment("SLUICE_PLAN_FUNCTION") }),
);
export const commandDeps: () => CommandDeps = lazy(() => ({
  store: waveStore(),
  clock,
  engine: engine(),
  newId,
  hash,
}));
