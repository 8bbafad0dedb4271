/** The edge: on one machine, everything between AWS SDK clients, HTTP callers, the table's stream and the handlers. */
import { mkdir } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBStreamsClient } from "@aws-sdk/client-dynamodb-streams";
import { ECSClient } from "@aws-sdk/client-ecs";
import { SchedulerClient } from "@aws-sdk/client-scheduler";
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { closeWithin, listenOnLoopback } from "../host/listen.ts";
import { loadManifest } from "../host/load-manifest.ts";
import { logLine } from "../host/log-line.ts";
import { startAlarmPoller } from "./alarm-poller.ts";
import { loadImages } from "./ecs/load-images.ts";
import { startEcs } from "./ecs/start-ecs.ts";
import { eventQueue } from "./event-queue.ts";
import { httpApi } from "./http-api/server.ts";
import { invokeOn } from "./invoke-function.ts";
import { lambdaApi } from "./lambda-api.ts";
import { ArmedLies } from "./lies/armed.ts";
import { liesControl } from "./lies/control.ts";
import { lyingDeliveries } from "./lies/lying-deliveries.ts";
import { startSchedules } from "./schedules.ts";
import { sdkServer } from "./sdk-server.ts";
import { edgeSettings } from "./settings.ts";
import { startStreamPoller } from "./stream/poller.ts";
import { startTimer } from "./timer.ts";

/** Work under way at SIGTERM may go on this long; what is then cut off is taken up again by lease and checkpoint. */
const GRACE_SECONDS = 10;

const settings = edgeSettings(process.env);
await mkdir(settings.stateDirectory, { recursive: true, mode: 0o700 });
const functions = await loadManifest(settings.manifestPath);
const client = (endpoint: URL) => ({
  endpoint: endpoint.href,
  region: settings.region,
  credentials: settings.credentials,
  maxAttempts: 2,
});

const ended = new AbortController();
const truly = invokeOn(settings.hostUrl, ended.signal);
const lies = new ArmedLies();
const { liesSsmUrl } = settings;
const lying = liesSsmUrl === undefined ? undefined : lyingDeliveries(lies, truly, ended.signal);
const invoke = lying?.invoke ?? truly;
const events = eventQueue(invoke);
const ecs = await startEcs({
  moto: new ECSClient(client(settings.motoUrl)),
  secrets: new SecretsManagerClient(client(settings.secretsUrl)),
  images: await loadImages(settings.imagesPath),
  naming: settings,
  stateDirectory: settings.stateDirectory,
});
const sdk = sdkServer({
  ...settings,
  lambda: lambdaApi({ functions, invoke, events }),
  ecs,
  ...(lying !== undefined &&
    liesSsmUrl !== undefined && { lying: { lies, control: liesControl(lies, lying), ssmUrl: liesSsmUrl } }),
});
const http = httpApi({ functions, invoke, tokensFile: settings.tokensFile, account: settings.account });
await listenOnLoopback(sdk, settings.edgePort);
await listenOnLoopback(http, settings.httpPort);

const dynamodb = new DynamoDBClient(client(settings.dynamodbUrl));
const streams = new DynamoDBStreamsClient(client(settings.dynamodbUrl));
const pollers = await Promise.all(
  [...functions.values()].flatMap((entry) =>
    entry.invokedBy.kind === "table-stream"
      ? [startStreamPoller({ ...settings, entry, records: entry.invokedBy.records, streams, invoke, dynamodb })]
      : [],
  ),
);
const timer = startTimer({ functions, invoke, tickSeconds: settings.tickSeconds });
const schedules = startSchedules({
  functions,
  invoke,
  scheduler: new SchedulerClient(client(settings.motoUrl)),
  lateSeconds: settings.schedulesLateSeconds,
});
const alarms = startAlarmPoller({
  ...settings,
  functions,
  events,
  cloudwatch: new CloudWatchClient(client(settings.cloudwatchUrl)),
});
logLine({ event: "listening", port: settings.edgePort, httpPort: settings.httpPort, pid: process.pid });

const end = async (signal: string): Promise<void> => {
  if (ended.signal.aborted) return;
  ended.abort();
  logLine({ event: "ending", signal });
  ecs.end();
  const quiet = Promise.all([
    timer.end(),
    schedules.end(),
    alarms.end(),
    ...pollers.map((poller) => poller.end()),
    events.end(GRACE_SECONDS),
  ]);
  await Promise.race([quiet, sleep(GRACE_SECONDS * 1000)]);
  // Last: a handler that is finishing still calls the SDK port.
  await Promise.all([closeWithin(sdk, 1), closeWithin(http, 1)]);
  process.exit(0);
};
for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => void end(signal));
