import { randomBytes } from "node:crypto";
import { mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Child, logSays, startChild } from "../processes/child.ts";
import { isMissing } from "../setup/cached-folder.ts";
import { sharedClasses } from "../setup/class-data.ts";
import { freePort, isFree, listens } from "../setup/free-port.ts";
import { type KafkaVersion, kafkaClasspath } from "../setup/jars.ts";
import { runQuietly } from "../setup/run-quietly.ts";
import { brokerProperties, type Listener, propertiesText } from "./broker-properties.ts";

export type BrokerOptions = {
  /** For messages and the cluster's id. */
  readonly name: string;
  /** Data, configuration and log; starting again on the same directory keeps the data, the users and, where it is free, the port. */
  readonly directory: string;
  /** Name to password, SCRAM-SHA-256; read when the directory is new. */
  readonly users: Readonly<Record<string, string>>;
  /** Names out of `users` that no ACL binds. */
  readonly superUsers: readonly string[];
  /** `allow.everyone.if.no.acl.found`. */
  readonly allowEveryone: boolean;
  /** Added to and winning over the defaults. */
  readonly properties?: Readonly<Record<string, string>>;
  readonly listeners?: readonly Listener[];
  readonly heapMegabytes?: number;
  /** Of Kafka; 2.8.2 has no KRaft that serves: `test/adapters/kafka/zookeeper-broker.ts`. */
  readonly version?: Exclude<KafkaVersion, "2.8.2">;
  readonly port?: number;
  /** Out of reach of the terminal's Ctrl-C, so that whoever started it can end things in order. */
  readonly ownSession?: boolean;
  /** Instead of the flags by which each JVM finds its shared classes. */
  readonly classData?: (kind: "broker" | "format") => readonly string[];
};

export type Broker = {
  readonly bootstrapServers: string;
  readonly port: number;
  readonly pid: number;
  readonly directory: string;
  /** The process, for whoever records or adopts it. */
  readonly process: Child;
  stop(): Promise<void>;
  kill(signal: NodeJS.Signals): void;
};

type BrokerFile = {
  readonly port: number;
  readonly controllerPort: number;
  readonly brokerPassword: string;
  readonly controllerPassword: string;
};

/**
 * One real Kafka broker, combined with its controller, on loopback: SASL_PLAINTEXT with SCRAM-SHA-256 and the standard
 * authorizer. Resolves when it serves requests; throws with its last log lines when it dies first.
 */
export async function startBroker(o: BrokerOptions): Promise<Broker> {
  for (const name of o.superUsers)
    if (!(name in o.users)) throw new Error(`broker ${o.name}: super user ${name} is not among its users`);
  for (const name of ["broker", "controller"])
    if (name in o.users) throw new Error(`broker ${o.name}: user ${name} is the broker's own; expected another name`);
  await mkdir(o.directory, { recursive: true });
  const classpath = await kafkaClasspath(o.version);
  const settings = await settingsOf(o);
  const propertiesFile = join(o.directory, "server.properties");
  const logDirectory = join(o.directory, "data");
  await writeFile(
    propertiesFile,
    propertiesText(
      brokerProperties({
        ...settings,
        logDirectory,
        superUsers: o.superUsers,
        allowEveryone: o.allowEveryone,
        listeners: o.listeners ?? [],
        overrides: o.properties ?? {},
      }),
    ),
    { mode: 0o600 },
  );
  if (!(await exists(join(logDirectory, "meta.properties")))) await format(o, classpath, propertiesFile, settings);
  const logFile = join(o.directory, "broker.log");
  const logStart = await sizeOf(logFile);
  const child = await startChild({
    name: `broker ${o.name}`,
    command: "java",
    args: [
      "-Xms64m",
      `-Xmx${o.heapMegabytes ?? 256}m`,
      ...jvmFlags,
      ...log4j(o.version),
      ...(o.classData ?? classesOf(o.version))("broker"),
      "-cp",
      classpath,
      "kafka.Kafka",
      propertiesFile,
    ],
    logFile,
    isHealthy: async () => (await logSays(logFile, logStart, "Kafka Server started")) && (await listens(settings.port)),
    healthyWithinSeconds: 90,
    stopWithinSeconds: o.classData === undefined ? 15 : 60,
    ownSession: o.ownSession ?? false,
  });
  return {
    bootstrapServers: `127.0.0.1:${settings.port}`,
    port: settings.port,
    pid: child.identity.pid,
    directory: o.directory,
    process: child,
    stop: () => child.stop(),
    kill: (signal) => process.kill(child.identity.pid, signal),
  };
}

/** Small and quick to start: the machine carries several JVMs on two cores. */
const jvmFlags = ["-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:-UsePerfData", "-Djava.awt.headless=true"];

/** Before 4.0 brokers log by the first log4j. */
const log4j = (version: BrokerOptions["version"]): readonly string[] => [
  `-Dlog4j2.configurationFile=${fileURLToPath(new URL("log4j2.properties", import.meta.url))}`,
  ...(version === "3.9.2" ? [`-Dlog4j.configuration=${new URL("log4j.properties", import.meta.url).href}`] : []),
];

/** The archives of classes are of 4.1.2. */
const classesOf = (version: BrokerOptions["version"]): typeof sharedClasses =>
  version === undefined || version === "4.1.2" ? sharedClasses : () => [];

async function settingsOf(o: BrokerOptions): Promise<BrokerFile> {
  const path = join(o.directory, "broker.json");
  const earlier = await readFile(path, "utf8").then(
    (text) => JSON.parse(text) as BrokerFile,
    (error: unknown) => {
      if (isMissing(error)) return undefined;
      throw error;
    },
  );
  const kept = async (port: number | undefined): Promise<number> =>
    port !== undefined && (await isFree(port)) ? port : freePort();
  const settings: BrokerFile = {
    port: o.port ?? (await kept(earlier?.port)),
    controllerPort: await kept(earlier?.controllerPort),
    brokerPassword: earlier?.brokerPassword ?? randomBytes(16).toString("hex"),
    controllerPassword: earlier?.controllerPassword ?? randomBytes(16).toString("hex"),
  };
  await writeFile(path, JSON.stringify(settings), { mode: 0o600 });
  return settings;
}

/** SCRAM users must be there before the first start: without one nobody could sign in to create the next. */
async function format(
  o: BrokerOptions,
  classpath: string,
  propertiesFile: string,
  settings: BrokerFile,
): Promise<void> {
  const users = Object.entries({ ...o.users, broker: settings.brokerPassword });
  const scram = users.flatMap(([name, password]) => {
    if (/[[\],="]/.test(name + password))
      throw new Error(`broker ${o.name}: user ${name}: expected no [ ] , = or " in its name and password`);
    return ["--add-scram", `SCRAM-SHA-256=[name=${name},password=${password}]`];
  });
  const clusterId = Buffer.from(o.name.padEnd(16, "-").slice(0, 16)).toString("base64url");
  await runQuietly(
    "java",
    [
      "-Xmx128m",
      ...jvmFlags,
      ...log4j(o.version),
      ...(o.classData ?? classesOf(o.version))("format"),
      "-cp",
      classpath,
      "kafka.tools.StorageTool",
      "format",
      "-t",
      clusterId,
      "-c",
      propertiesFile,
      ...scram,
    ],
    o.directory,
  );
}

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );
const sizeOf = (path: string): Promise<number> =>
  stat(path).then(
    (s) => s.size,
    () => 0,
  );
