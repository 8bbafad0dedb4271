import { createHash } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { ECSClient } from "@aws-sdk/client-ecs";
import { SchedulerClient } from "@aws-sdk/client-scheduler";
import { SFNClient } from "@aws-sdk/client-sfn";
import { SNSClient } from "@aws-sdk/client-sns";
import { type Child, startChild } from "../processes/child.ts";
import { isAlive, processIdentity } from "../processes/process-identity.ts";
import { startDynamoDb } from "../processes/start-dynamodb.ts";
import { startMoto } from "../processes/start-moto.ts";
import { repositoryRoot } from "../setup/cached-folder.ts";
import { choosePorts } from "./choose-ports.ts";
import { codeFingerprint } from "./code-fingerprint.ts";
import {
  awsEnvironment,
  type ControlEndpoints,
  type Credentials,
  handlerEnvironment,
  hostTelemetry,
  LOCAL_CREDENTIALS,
  plainEnvironment,
} from "./control-environment.ts";
import { endTasks } from "./end-tasks.ts";
import { type HomeFile, readHomeFile } from "./home-file.ts";
import { ACCOUNT, DEFAULT_REGION, TABLE } from "./local-account.ts";
import { ensureCluster, ensureScheduleGroup, ensureStateMachines, ensureTable, ensureTopic } from "./resources.ts";
import { type Secrets, seedSecrets } from "./seed-secrets.ts";
import { type Service, type ServiceOptions, startService } from "./service.ts";
import { accessEnvironment, ensureTokens, type LocalPerson } from "./tokens.ts";
import { writeFileAtomically } from "./write-file-atomically.ts";

export type ControlPlaneOptions = {
  /** Tables, tasks, tokens, logs, ports and process numbers; starting on it again takes up what is there. */
  readonly stateDirectory: string;
  /** People of the migration files: each gets a token, and the operators among them may post. */
  readonly people: readonly LocalPerson[];
  /** Between two ticks; 1 unless given. */
  readonly tickSeconds?: number;
  /** One-shot schedules come so much later than they say; at once unless given. */
  readonly schedulesLateSeconds?: number;
  readonly region?: string;
  /** Of DynamoDB Local; "disk" unless given. In memory nothing survives the end of its process. */
  readonly storage?: "disk" | "memory";
  /** Of the HTTP API; a free one unless given. */
  readonly httpPort?: number;
  /** SSM of the applications; without it a small parameter store of this home's own, kept on disk. */
  readonly ssmEndpoint?: string;
  /** Secrets Manager that holds the clusters' sign-ins; without it this home's moto, filled from `secrets`. */
  readonly secretsEndpoint?: string;
  readonly secrets?: Secrets;
  /** CloudWatch that holds the alarms of the migration files; without it this home's moto, where a person sets their states. */
  readonly cloudwatchEndpoint?: string;
  /** MSK that knows the clusters named by ARN. */
  readonly kafkaEndpoint?: string;
  /** What this home says of clusters named by ARN where there is no such MSK; see `local/edge/msk.ts`. */
  readonly mskClustersFile?: string;
  /** Sent to all endpoints; the local ones take any. */
  readonly credentials?: Credentials;
  /** Where tests order the handler host to die at a crash point; see `local/host/crash-orders.ts`. */
  readonly crashDirectory?: string;
  /** For tests: the edge lies where it is armed to (`local/edge/lies`), and the handlers' calls to the table and to SSM go through it. */
  readonly canLie?: boolean;
  /** Told what had to be restarted, and why. */
  readonly onProblem?: (sentence: string) => void;
};

export type ServiceName = "dynamodb" | "moto" | "host" | "edge" | "parameters" | "guard";

export type ControlPlane = {
  /** The HTTP API. */
  readonly url: string;
  /** Person to bearer token. */
  readonly tokens: Readonly<Record<string, string>>;
  /** What AWS SDK clients need in their environment to reach what the control plane reaches. */
  readonly environment: Readonly<Record<string, string>>;
  readonly endpoints: ControlEndpoints & { readonly moto: string };
  readonly stateDirectory: string;
  readonly logDirectory: string;
  /** Pids by name, workers not among them. */
  pids(): Readonly<Record<string, number>>;
  /** Whether every process runs, none being restarted at this moment. */
  isUp(): boolean;
  /** SIGKILL to one process; it is started again by itself. */
  kill(service: ServiceName): Promise<void>;
  /** SIGKILL to these processes, and no restart. */
  killForGood(services: readonly ServiceName[]): Promise<void>;
  /** SIGKILL to every process of the control plane, and no restart; workers run on. Start again on the same directory. */
  killEverything(): Promise<void>;
  /** Ends every process in order, workers too; what is on disk stays. */
  stop(): Promise<void>;
};

const activeDirectories = new Set<string>();

/**
 * Starts the control plane on this machine, health-gated, on loopback; takes over what still runs from a supervisor that
 * was killed. Throws when another supervisor runs on the same directory, and leaves nothing running when it fails.
 */
export async function startControlPlane(o: ControlPlaneOptions): Promise<ControlPlane> {
  const stateDirectory = resolve(o.stateDirectory);
  const homePath = join(stateDirectory, "home.json");
  const logDirectory = join(stateDirectory, "logs");
  await mkdir(logDirectory, { recursive: true, mode: 0o700 });
  const earlier = await readHomeFile(homePath);
  await refuseSecondSupervisor(stateDirectory, earlier);
  activeDirectories.add(stateDirectory);
  const running: Service[] = [];
  try {
    return await assemble({ ...o, stateDirectory }, { homePath, logDirectory, earlier, running });
  } catch (error) {
    await stopInOrder(running, stateDirectory);
    activeDirectories.delete(stateDirectory);
    throw error;
  }
}

async function refuseSecondSupervisor(stateDirectory: string, earlier: HomeFile | undefined): Promise<void> {
  if (earlier === undefined) return;
  const isOther = earlier.supervisor.pid !== process.pid && (await isAlive(earlier.supervisor));
  if (isOther || activeDirectories.has(stateDirectory))
    throw new Error(
      `${stateDirectory} is in use by the control plane of process ${earlier.supervisor.pid}; stop that one, or name another directory`,
    );
}

type Place = {
  readonly homePath: string;
  readonly logDirectory: string;
  readonly earlier: HomeFile | undefined;
  readonly running: Service[];
};

async function assemble(o: ControlPlaneOptions, place: Place): Promise<ControlPlane> {
  const { stateDirectory } = o;
  const { homePath, logDirectory, earlier, running } = place;
  const region = o.region ?? DEFAULT_REGION;
  const credentials = o.credentials ?? LOCAL_CREDENTIALS;
  const onProblem = o.onProblem ?? (() => undefined);
  const supervisor = await processIdentity(process.pid);
  if (supervisor === undefined) throw new Error("this process does not find itself in /proc");
  const ports = await choosePorts(earlier, o.httpPort);
  const at = (port: number): string => `http://127.0.0.1:${port}`;
  const tokensPath = join(stateDirectory, "tokens.json");
  const tokens = await ensureTokens(tokensPath, o.people);
  const keepsParameters = o.ssmEndpoint === undefined;
  const endpoints = {
    edge: at(ports.edge),
    dynamodb: at(ports.dynamodb),
    moto: at(ports.moto),
    ssm: o.ssmEndpoint ?? at(ports.parameters),
    secretsManager: o.secretsEndpoint ?? at(ports.moto),
    cloudwatch: o.cloudwatchEndpoint ?? at(ports.moto),
    ...(o.kafkaEndpoint === undefined ? {} : { kafka: o.kafkaEndpoint }),
  };
  const environment = awsEnvironment(region, endpoints, credentials);
  const code = await codeFingerprint();

  // One record at a time: two services that start together would otherwise overwrite each other's.
  let record: HomeFile = { supervisor, ports, services: {} };
  let recording: Promise<unknown> = Promise.resolve();
  const write = (): Promise<void> => {
    const written = recording.then(() => writeFileAtomically(homePath, JSON.stringify(record, undefined, 1)));
    recording = written.catch(() => undefined);
    return written;
  };
  // Before anything starts: from now on another supervisor is refused, and what an earlier one left stays known.
  record = { ...record, services: earlier?.services ?? {} };
  await write();

  const service = async (
    name: ServiceName,
    configuration: unknown,
    start: () => Promise<Child>,
    isHealthy: () => Promise<boolean>,
    afterRestart?: () => Promise<void>,
  ): Promise<Service> => {
    const options: ServiceOptions = {
      name,
      fingerprint: createHash("sha256").update(JSON.stringify(configuration)).digest("hex"),
      logFile: join(logDirectory, `${name}.log`),
      start,
      isHealthy,
      ...(afterRestart === undefined ? {} : { afterRestart }),
      onChange: (recorded) => {
        record = { ...record, services: { ...record.services, [name]: recorded } };
        return write();
      },
      onProblem,
    };
    const started = await startService(options, earlier?.services[name]);
    running.push(started);
    return started;
  };
  const nodeProcess = (
    name: ServiceName,
    file: string,
    own: Record<string, string>,
    isHealthy: () => Promise<boolean>,
    flags: readonly string[] = [],
  ) => {
    const whole = { ...plainEnvironment(), ...environment, ...own };
    return {
      configuration: { file, whole, code, node: process.execPath, flags },
      start: () =>
        startChild({
          name,
          command: process.execPath,
          args: [...flags, join(repositoryRoot, file)],
          cwd: stateDirectory,
          environment: whole,
          logFile: join(logDirectory, `${name}.log`),
          isHealthy,
          healthyWithinSeconds: 60,
          // Longer than a handler host or an edge waits for what is under way.
          stopWithinSeconds: 30,
          ownSession: true,
        }),
    };
  };

  const client = { region, credentials: { ...credentials } };
  const dynamodbClient = new DynamoDBClient({ ...client, endpoint: endpoints.dynamodb });
  const sfn = new SFNClient({ ...client, endpoint: endpoints.moto });
  const sns = new SNSClient({ ...client, endpoint: endpoints.moto });
  const scheduler = new SchedulerClient({ ...client, endpoint: endpoints.moto });
  const ecs = new ECSClient({ ...client, endpoint: endpoints.edge });
  const fillMoto = async (): Promise<void> => {
    await ensureTopic(sns, region);
    await ensureScheduleGroup(scheduler);
    if (o.secretsEndpoint === undefined)
      await seedSecrets({ url: endpoints.moto, region, credentials: LOCAL_CREDENTIALS }, o.secrets ?? {});
    await ensureStateMachines(sfn, region);
  };

  const storage = o.storage ?? "disk";
  const early = [
    service(
      "dynamodb",
      { storage, port: ports.dynamodb },
      async () =>
        (
          await startDynamoDb({
            directory: logDirectory,
            tables: join(stateDirectory, "tables"),
            storage,
            port: ports.dynamodb,
            ownSession: true,
          })
        ).process,
      () => answers(endpoints.dynamodb),
      () => ensureTable(dynamodbClient),
    ),
    service(
      "moto",
      { port: ports.moto, edge: ports.edge, region },
      async () =>
        (
          await startMoto({
            name: "moto",
            directory: logDirectory,
            region,
            port: ports.moto,
            edgePort: ports.edge,
            ownSession: true,
          })
        ).process,
      () => answers(`${endpoints.moto}/moto-api/data.json`),
      async () => {
        await fillMoto();
        await ensureCluster(ecs);
      },
    ),
  ];
  if (keepsParameters) {
    const parameters = nodeProcess(
      "parameters",
      "local/parameters/main.ts",
      {
        SLUICE_PARAMETERS_PORT: String(ports.parameters),
        SLUICE_PARAMETERS_FILE: join(stateDirectory, "parameters.json"),
      },
      () => answers(endpoints.ssm),
    );
    early.push(service("parameters", parameters.configuration, parameters.start, () => answers(endpoints.ssm)));
  }
  await allOrFirstFailure(early);
  await ensureTable(dynamodbClient);
  await fillMoto();

  const own = handlerEnvironment(region, stateDirectory);
  const guardUrl = at(ports.guard);
  const isGuardHealthy = async (): Promise<boolean> => (await fetch(`${guardUrl}/health`, within(3))).ok;
  const guard = nodeProcess(
    "guard",
    "local/guard/main.ts",
    {
      ...own,
      SLUICE_GUARD_PORT: String(ports.guard),
      SLUICE_STATE_DIRECTORY: stateDirectory,
      SLUICE_ACCOUNT: ACCOUNT,
      // Both without the edge, which may be gone or not there yet.
      AWS_ENDPOINT_URL: endpoints.moto,
      AWS_ENDPOINT_URL_ECS: guardUrl,
    },
    isGuardHealthy,
    // It looks at one table once a second: a small heap saves a third of what it would take.
    ["--max-old-space-size=128", "--max-semi-space-size=1"],
  );
  const hostUrl = at(ports.host);
  const isHostHealthy = (): Promise<boolean> => answers(`${hostUrl}/health`);
  const callsFile = process.env["SLUICE_RECORD_CALLS"];
  const forTests = {
    ...(callsFile === undefined ? {} : { SLUICE_RECORD_CALLS: callsFile }),
    ...(o.crashDirectory === undefined ? {} : { SLUICE_CRASH_DIRECTORY: o.crashDirectory }),
    ...(o.canLie === true ? { AWS_ENDPOINT_URL_DYNAMODB: endpoints.edge, AWS_ENDPOINT_URL_SSM: endpoints.edge } : {}),
  };
  const host = nodeProcess(
    "host",
    "local/host/main.ts",
    { ...own, ...accessEnvironment(o.people), ...hostTelemetry, SLUICE_HOST_PORT: String(ports.host), ...forTests },
    isHostHealthy,
  );
  const url = at(ports.http);
  const isEdgeHealthy = async (): Promise<boolean> =>
    (await answers(`${endpoints.edge}/health`)) && (await answers(url));
  const edge = nodeProcess(
    "edge",
    "local/edge/main.ts",
    {
      ...own,
      SLUICE_EDGE_PORT: String(ports.edge),
      SLUICE_HTTP_PORT: String(ports.http),
      SLUICE_HOST_URL: hostUrl,
      SLUICE_MOTO_URL: endpoints.moto,
      SLUICE_DYNAMODB_URL: endpoints.dynamodb,
      SLUICE_ACCOUNT: ACCOUNT,
      SLUICE_TABLE: TABLE,
      SLUICE_STATE_DIRECTORY: stateDirectory,
      SLUICE_TOKENS_FILE: tokensPath,
      SLUICE_TICK_SECONDS: String(o.tickSeconds ?? 1),
      SLUICE_SCHEDULES_LATE_SECONDS: String(o.schedulesLateSeconds ?? 0),
      ...(o.canLie === true ? { SLUICE_LIES_SSM_URL: endpoints.ssm } : {}),
      ...(o.mskClustersFile === undefined ? {} : { SLUICE_MSK_CLUSTERS: o.mskClustersFile }),
    },
    isEdgeHealthy,
  );
  // The guard's first act is to lift what was left frozen when everything was killed: only then anything is served.
  await allOrFirstFailure([
    service("guard", guard.configuration, guard.start, isGuardHealthy),
    service("host", host.configuration, host.start, isHostHealthy),
  ]);
  await service("edge", edge.configuration, edge.start, isEdgeHealthy);
  await ensureCluster(ecs);

  const kill = async (name: ServiceName): Promise<void> => {
    const found = running.find((one) => one.name === name);
    if (found === undefined) throw new Error(`no ${name} runs here`);
    await found.kill("SIGKILL");
  };
  return {
    url,
    tokens,
    environment,
    endpoints,
    stateDirectory,
    logDirectory,
    pids: () => Object.fromEntries(running.map((one) => [one.name, one.child.identity.pid])),
    isUp: () => running.every((one) => one.isUp()),
    kill,
    async killForGood(services) {
      await killAll(running.filter((one) => services.some((name) => name === one.name)));
    },
    async killEverything() {
      await killAll(running);
      activeDirectories.delete(stateDirectory);
    },
    async stop() {
      await stopInOrder(running, stateDirectory);
      activeDirectories.delete(stateDirectory);
    },
  };
}

async function killAll(services: readonly Service[]): Promise<void> {
  await Promise.all(services.map((one) => one.release()));
  await Promise.all(services.map((one) => one.kill("SIGKILL")));
  await Promise.all(services.map((one) => one.child.ended));
}

/** The edge first: it would start a worker again that ends before it. Then the workers, then what all of them write to. */
async function stopInOrder(running: readonly Service[], stateDirectory: string): Promise<void> {
  await Promise.all(running.map((one) => one.release()));
  const isFront = (one: Service): boolean => ["edge", "guard", "host"].includes(one.name);
  await Promise.all(running.filter(isFront).map((one) => one.stop()));
  await endTasks(stateDirectory);
  await Promise.all(running.filter((one) => !isFront(one)).map((one) => one.stop()));
}

/** Waits for all, also when one fails, so that whoever cleans up knows every process that was started. */
async function allOrFirstFailure(starting: readonly Promise<unknown>[]): Promise<void> {
  for (const outcome of await Promise.allSettled(starting)) if (outcome.status === "rejected") throw outcome.reason;
}

/** Any answer is one: it shows who listens, not whether it likes the question or has what it needs itself. */
async function answers(url: string): Promise<boolean> {
  const response = await fetch(url, within(3));
  await response.arrayBuffer();
  return true;
}

const within = (seconds: number): RequestInit => ({ signal: AbortSignal.timeout(seconds * 1000) });
