import { join } from "node:path";
import { FUNCTIONS } from "#functions/manifest.ts";
import {
  CLUSTER,
  functionArn,
  roleArn,
  SCHEDULE_GROUP,
  stateMachineArn,
  TABLE,
  topicArn,
  WORKER_IMAGE,
} from "./local-account.ts";

export const LOCAL_CREDENTIALS = { accessKeyId: "local", secretAccessKey: "local" } as const;

export type Credentials = {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
};

export type ControlEndpoints = {
  readonly edge: string;
  readonly dynamodb: string;
  readonly ssm: string;
  readonly secretsManager: string;
  readonly cloudwatch: string;
  /** Of MSK, for clusters that are named by ARN; without it the edge's, which knows none. */
  readonly kafka?: string;
};

/** Only what any program needs: whatever else the user has set, such as an AWS profile, must not decide where calls go. */
export const plainEnvironment = (): Record<string, string> =>
  Object.fromEntries(
    ["PATH", "HOME", "LANG", "TZ", "JAVA_HOME", "TMPDIR", "NODE_EXTRA_CA_CERTS", "NODE_COMPILE_CACHE"].flatMap(
      (name) => {
        const value = process.env[name];
        return value === undefined ? [] : [[name, value]];
      },
    ),
  );

/** Where AWS SDK clients of the control plane send their calls. */
export const awsEnvironment = (
  region: string,
  endpoints: ControlEndpoints,
  credentials: Credentials,
): Record<string, string> => ({
  AWS_REGION: region,
  AWS_ACCESS_KEY_ID: credentials.accessKeyId,
  AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
  ...(credentials.sessionToken === undefined ? {} : { AWS_SESSION_TOKEN: credentials.sessionToken }),
  AWS_ENDPOINT_URL: endpoints.edge,
  AWS_ENDPOINT_URL_DYNAMODB: endpoints.dynamodb,
  AWS_ENDPOINT_URL_SSM: endpoints.ssm,
  AWS_ENDPOINT_URL_SECRETS_MANAGER: endpoints.secretsManager,
  AWS_ENDPOINT_URL_CLOUDWATCH: endpoints.cloudwatch,
  ...(endpoints.kafka === undefined ? {} : { AWS_ENDPOINT_URL_KAFKA: endpoints.kafka }),
});

/** What `functions/wire.ts` reads beside the AWS variables. */
export const handlerEnvironment = (region: string, stateDirectory: string): Record<string, string> => ({
  SLUICE_TABLE: TABLE,
  SLUICE_STATE_MACHINE_ARN: stateMachineArn(region, "wave"),
  SLUICE_WAY_BACK_MACHINE_ARN: stateMachineArn(region, "way-back"),
  SLUICE_TOPIC_ARN: topicArn(region),
  SLUICE_TICK_FUNCTION: functionNamed(region, "timer-tick-wave"),
  SLUICE_SNAPSHOT_FUNCTION: functionNamed(region, "inventory-take-snapshot"),
  SLUICE_THAW_FUNCTION: functionNamed(region, "commands-thaw-wave"),
  SLUICE_ROLL_BACK_FUNCTION: functionNamed(region, "commands-roll-back-wave"),
  SLUICE_PLAN_FUNCTION: functionNamed(region, "commands-plan-waves"),
  SLUICE_DEADLINE_FUNCTION_ARN: functionNamed(region, "timer-thaw-at-deadline"),
  SLUICE_SCHEDULER_ROLE_ARN: roleArn("sluice-scheduler"),
  SLUICE_SCHEDULE_GROUP: SCHEDULE_GROUP,
  SLUICE_ECS_CLUSTER: CLUSTER,
  SLUICE_WORKER_IMAGE: WORKER_IMAGE,
  SLUICE_WORKER_SUBNETS: "subnet-local",
  SLUICE_WORKER_SECURITY_GROUPS: "sg-local",
  SLUICE_WORKER_EXECUTION_ROLE_ARN: roleArn("sluice-worker-execution"),
  SLUICE_WORKER_TASK_ROLE_ARN: roleArn("sluice-worker"),
  // Where a person finds the logs that faults speak of: here tasks write files.
  SLUICE_WORKER_LOG_GROUP: join(stateDirectory, "tasks"),
});

/** How handlers write of themselves in the host: readable lines, and no metrics, which nobody would read here. */
export const hostTelemetry: Readonly<Record<string, string>> = {
  POWERTOOLS_METRICS_DISABLED: "true",
  // Many invocations at once share its process, as they do where Lambda is told so: their lines keep apart what they are about.
  AWS_LAMBDA_MAX_CONCURRENCY: "100",
};

function functionNamed(region: string, name: string): string {
  if (!FUNCTIONS.some((one) => one.name === name)) throw new Error(`functions/manifest.ts has no ${name}`);
  return functionArn(region, name);
}
