import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";

const root = new URL("../../", import.meta.url);
const inRepository = (path: string): string => fileURLToPath(new URL(path, root));

const port = z.coerce.number().int().min(1).max(65_535);
const url = z.url({ protocol: /^http$/ });

const schema = z.object({
  /** What `AWS_ENDPOINT_URL` of every SDK client and `MOTO_PORT` of the control plane's moto name. */
  SLUICE_EDGE_PORT: port,
  /** The HTTP API, as API Gateway serves it. */
  SLUICE_HTTP_PORT: port,
  SLUICE_HOST_URL: url,
  SLUICE_MOTO_URL: url,
  SLUICE_DYNAMODB_URL: url,
  /** Where secrets of ECS tasks are read: a moto, or AWS itself. */
  AWS_ENDPOINT_URL_SECRETS_MANAGER: z.url({ protocol: /^https?$/ }),
  /** Where alarms are looked at: a moto, or AWS itself. */
  AWS_ENDPOINT_URL_CLOUDWATCH: z.url({ protocol: /^https?$/ }),
  AWS_REGION: z.string().min(1),
  AWS_ACCESS_KEY_ID: z.string().min(1),
  AWS_SECRET_ACCESS_KEY: z.string().min(1),
  AWS_SESSION_TOKEN: z.string().min(1).optional(),
  /** moto's account unless it is told otherwise. */
  SLUICE_ACCOUNT: z
    .string()
    .regex(/^\d{12}$/)
    .default("123456789012"),
  /** The table whose stream is followed; it may come into being later. */
  SLUICE_TABLE: z.string().min(3),
  /** Checkpoints of the stream, tasks and services of ECS, logs of tasks. */
  SLUICE_STATE_DIRECTORY: z.string().min(1),
  /** JSON `{ "<token>": "<JWT subject>" }`, or `{ "<token>": { "iam": "<ARN>" } }`; read again when it changed. */
  SLUICE_TOKENS_FILE: z.string().min(1),
  /** Between two runs of the minute timer's functions; 0.2 to 3600. */
  SLUICE_TICK_SECONDS: z.coerce.number().min(0.2).max(3600).default(60),
  /** One-shot schedules come so much later than they say, as on AWS, where they come within a minute; 0 to 60. */
  SLUICE_SCHEDULES_LATE_SECONDS: z.coerce.number().min(0).max(60).default(0),
  /** Module that exports `FUNCTIONS`. */
  SLUICE_MANIFEST: z.string().min(1).default(inRepository("functions/manifest.ts")),
  /** Module that exports `IMAGES`: what runs on this machine instead of a container image. */
  SLUICE_IMAGES: z.string().min(1).default(inRepository("local/edge/ecs/images.ts")),
  /** JSON file of the clusters that can be named by an MSK ARN. */
  SLUICE_MSK_CLUSTERS: z.string().min(1).optional(),
  /** Set by tests alone: opens the route by which they arm lies, and names the SSM that calls which come here are passed on to. */
  SLUICE_LIES_SSM_URL: url.optional(),
});

export type EdgeSettings = {
  readonly edgePort: number;
  readonly httpPort: number;
  readonly hostUrl: URL;
  readonly motoUrl: URL;
  readonly dynamodbUrl: URL;
  readonly secretsUrl: URL;
  readonly cloudwatchUrl: URL;
  readonly region: string;
  readonly account: string;
  readonly credentials: {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly sessionToken?: string;
  };
  readonly table: string;
  readonly stateDirectory: string;
  readonly tokensFile: string;
  readonly tickSeconds: number;
  readonly schedulesLateSeconds: number;
  readonly manifestPath: string;
  readonly imagesPath: string;
  readonly mskClustersFile?: string;
  readonly liesSsmUrl?: URL;
};

/** Everything the edge reads from its environment; throws one error that names each variable that is missing or wrong. */
export function edgeSettings(environment: Readonly<Record<string, string | undefined>>): EdgeSettings {
  const parsed = schema.safeParse(environment);
  if (!parsed.success) throw new Error(`The edge's environment: ${z.prettifyError(parsed.error)}`);
  const e = parsed.data;
  return {
    edgePort: e.SLUICE_EDGE_PORT,
    httpPort: e.SLUICE_HTTP_PORT,
    hostUrl: new URL(e.SLUICE_HOST_URL),
    motoUrl: new URL(e.SLUICE_MOTO_URL),
    dynamodbUrl: new URL(e.SLUICE_DYNAMODB_URL),
    secretsUrl: new URL(e.AWS_ENDPOINT_URL_SECRETS_MANAGER),
    cloudwatchUrl: new URL(e.AWS_ENDPOINT_URL_CLOUDWATCH),
    region: e.AWS_REGION,
    account: e.SLUICE_ACCOUNT,
    credentials: {
      accessKeyId: e.AWS_ACCESS_KEY_ID,
      secretAccessKey: e.AWS_SECRET_ACCESS_KEY,
      ...(e.AWS_SESSION_TOKEN === undefined ? {} : { sessionToken: e.AWS_SESSION_TOKEN }),
    },
    table: e.SLUICE_TABLE,
    stateDirectory: resolve(e.SLUICE_STATE_DIRECTORY),
    tokensFile: resolve(e.SLUICE_TOKENS_FILE),
    tickSeconds: e.SLUICE_TICK_SECONDS,
    schedulesLateSeconds: e.SLUICE_SCHEDULES_LATE_SECONDS,
    manifestPath: resolve(e.SLUICE_MANIFEST),
    imagesPath: resolve(e.SLUICE_IMAGES),
    ...(e.SLUICE_LIES_SSM_URL === undefined ? {} : { liesSsmUrl: new URL(e.SLUICE_LIES_SSM_URL) }),
    ...(e.SLUICE_MSK_CLUSTERS === undefined ? {} : { mskClustersFile: resolve(e.SLUICE_MSK_CLUSTERS) }),
  };
}
