/** Puts together what reaches Kafka, Connect and clients. Everything is made when first asked for and kept while the environment lives. */
import { CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import { ECSClient } from "@aws-sdk/client-ecs";
import { SchedulerClient } from "@aws-sdk/client-scheduler";
import { SSMClient } from "@aws-sdk/client-ssm";
import { cloudWatchAlarms } from "#adapters/cloudwatch/alarms.ts";
import { mirrorEnd } from "#adapters/connect/mirror-end.ts";
import { connectReplicator } from "#adapters/connect/replicator.ts";
import { ecsWorkers } from "#adapters/ecs/workers.ts";
import { connectCluster } from "#adapters/kafka/connect-cluster.ts";
import { settingsOf } from "#adapters/kafka/settings-of.ts";
import { schedulerDeadlines } from "#adapters/scheduler/deadline-schedule.ts";
import { ssmClientSwitch } from "#adapters/ssm/client-switch.ts";
import { RetryableFault } from "#core/fault.ts";
import type { Migration } from "#core/migration/migration.ts";
import { mirrorSignIn, ownSignIn, secretsOf } from "#core/migration/sign-in.ts";
import type { Alarms } from "#use-cases/ports/alarms.ts";
import type { ClientSwitch } from "#use-cases/ports/client-switch.ts";
import type { DeadlineSchedule } from "#use-cases/ports/deadline-schedule.ts";
import type { Deps, Estate } from "#use-cases/ports/deps.ts";
import { environment } from "./environment.ts";
import { around, CLIENT, clock, commandDeps, hash, lazy, tickRequester } from "./wire.ts";
import { addresses, means, secrets } from "./wire-sign-in.ts";

const clientSwitch: () => ClientSwitch = lazy(() => ssmClientSwitch({ client: new SSMClient(CLIENT) }));
const deadlines: () => DeadlineSchedule = lazy(() =>
  around(
    "DeadlineSchedule",
    schedulerDeadlines({
      client: new SchedulerClient(CLIENT),
      group: environment("SLUICE_SCHEDULE_GROUP"),
      functionArn: environment("SLUICE_DEADLINE_FUNCTION_ARN"),
      roleArn: environment("SLUICE_SCHEDULER_ROLE_ARN"),
      now: clock.now,
    }),
  ),
);
/** A tick waits for it before it does anything else for its wave: an answer that is late is none. */
const alarms: () => Alarms = lazy(() =>
  cloudWatchAlarms({
    client: new CloudWatchClient({
      maxAttempts: 2,
      requestHandler: { ...CLIENT.requestHandler, requestTimeout: 2_000 },
    }),
  }),
);
const ecs: () => ECSClient = lazy(() => new ECSClient(CLIENT));

export const deps: () => Deps = lazy(() => ({
  ...commandDeps(),
  ticks: tickRequester(),
  deadlines: deadlines(),
  alarms: alarms(),
  estate,
}));

/** A changed secret is seen this much later at most, and at once by a step, which a person may have resumed for it. */
const SECRETS_BELIEVED_MILLISECONDS = 5_000;
type KeptEstate = {
  readonly key: string;
  readonly estate: Estate;
  readonly close: () => Promise<void>;
  checkedAt: number;
};
const estates = new Map<string, KeptEstate>();

/** Connections are kept while the environment lives, and made anew when the file or one of its secrets has changed. */
const estate: Deps["estate"] = async (migration, { lookUpSecrets } = { lookUpSecrets: false }) => {
  const kept = estates.get(migration.name);
  if (!lookUpSecrets && kept !== undefined && clock.now() - kept.checkedAt < SECRETS_BELIEVED_MILLISECONDS)
    return kept.estate;
  const key = await estateKey(migration).catch((error: unknown) => {
    // Secrets that cannot be looked up just now are no reason to drop connections that stand: a thaw may need them.
    if (kept !== undefined && error instanceof RetryableFault) return kept.key;
    throw error;
  });
  if (kept?.key === key) {
    kept.checkedAt = clock.now();
    return kept.estate;
  }
  const made = await connectEstate(migration);
  estates.set(migration.name, { key, ...made, checkedAt: clock.now() });
  await kept?.close();
  return made.estate;
};

const estateKey = async (migration: Migration): Promise<string> => {
  const versions = await Promise.all(secretsOf(migration).map((name) => secrets().reference(name)));
  return hash(JSON.stringify([migration, versions]));
};

const connectEstate = async (
  migration: Migration,
): Promise<{ readonly estate: Estate; readonly close: () => Promise<void> }> => {
  const [ofSource, ofTarget] = await Promise.all([
    settingsOf(ownSignIn(migration, "source"), means()),
    settingsOf(ownSignIn(migration, "target"), means()),
  ]);
  const source = connectCluster("source", ofSource);
  const target = connectCluster("target", ofTarget);
  const workers = ecsWorkers({
    ecs: ecs(),
    secrets: secrets(),
    addresses: addresses(),
    migration,
    home: {
      region: environment("AWS_REGION"),
      cluster: environment("SLUICE_ECS_CLUSTER"),
      image: environment("SLUICE_WORKER_IMAGE"),
      subnets: environment("SLUICE_WORKER_SUBNETS"),
      securityGroups: environment("SLUICE_WORKER_SECURITY_GROUPS"),
      executionRoleArn: environment("SLUICE_WORKER_EXECUTION_ROLE_ARN"),
      taskRoleArn: environment("SLUICE_WORKER_TASK_ROLE_ARN"),
      logGroup: environment("SLUICE_WORKER_LOG_GROUP"),
    },
  });
  const replicator = connectReplicator({
    workers,
    tasksPerConnector: migration.replicator.tasksPerConnector,
    ends: async (direction) => ({
      source: await mirrorEnd(mirrorSignIn(migration, direction, "source"), means()),
      target: await mirrorEnd(mirrorSignIn(migration, direction, "target"), means()),
    }),
  });
  return {
    estate: around("Estate", { source, target, replicator, workers, clientSwitch: clientSwitch() }),
    close: async () => {
      await Promise.all([source.close(), target.close()]);
    },
  };
};
