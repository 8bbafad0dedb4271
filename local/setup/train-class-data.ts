import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { startBroker } from "../kafka/start-broker.ts";
import { startChild } from "../processes/child.ts";
import { cachedFolder, repositoryRoot } from "./cached-folder.ts";
import { archiveOf, CLASS_DATA, type JvmKind } from "./class-data.ts";
import { freePort } from "./free-port.ts";
import { workerJars } from "./jars.ts";
import { runQuietly } from "./run-quietly.ts";

const USER = { name: "training", password: "training" };

/** Starts each kind of JVM once, lets it do a little of what it is for, and keeps what classes it has loaded. */
export const trainClassData = async (): Promise<void> => {
  const java = await runQuietly("java", ["-version"], repositoryRoot);
  const sources = ["class-data.ts", "train-class-data.ts", "kafka-4.1.2/pom.xml", "../../workers/pom.xml"];
  const texts = await Promise.all(
    sources.map((path) => readFile(fileURLToPath(new URL(path, import.meta.url)), "utf8")),
  );
  await cachedFolder({
    name: CLASS_DATA,
    inputs: [java, ...texts],
    fill: async (temporary) => {
      const directory = await mkdtemp(join(tmpdir(), "sluice-training-"));
      try {
        await trainKafka(directory, (kind) => [`-XX:ArchiveClassesAtExit=${archiveOf(temporary, kind)}`]);
      } finally {
        await rm(directory, { recursive: true, force: true });
      }
    },
  });
};

type Keeping = (kind: JvmKind) => readonly string[];

/** A worker signs in, keeps its internal topics and mirrors one of them: what a broker and a worker do most. */
async function trainKafka(directory: string, keeping: Keeping): Promise<void> {
  const broker = await startBroker({
    name: "training",
    directory: join(directory, "broker"),
    users: { [USER.name]: USER.password },
    superUsers: [USER.name],
    allowEveryone: false,
    classData: keeping,
  });
  try {
    await trainWorker(directory, broker.bootstrapServers, keeping("worker"));
  } finally {
    await broker.stop();
  }
}

async function trainWorker(directory: string, bootstrapServers: string, keptClasses: readonly string[]): Promise<void> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const worker = await startChild({
    name: "training worker",
    command: "bash",
    args: [fileURLToPath(new URL("../../workers/start-connect.sh", import.meta.url))],
    environment: {
      PATH: process.env["PATH"],
      CONNECT_BOOTSTRAP_SERVERS: bootstrapServers,
      CONNECT_SECURITY_PROTOCOL: "SASL_PLAINTEXT",
      CONNECT_SASL_MECHANISM: "SCRAM-SHA-256",
      CONNECT_USERNAME: USER.name,
      CONNECT_PASSWORD: USER.password,
      SOURCE_PASSWORD: USER.password,
      TARGET_PASSWORD: USER.password,
      CONNECT_GROUP_ID: "training",
      CONNECT_INTERNAL_TOPIC_PREFIX: "training-",
      CONNECT_INTERNAL_REPLICATION_FACTOR: "-1",
      CONNECT_HEAP_MEGABYTES: "384",
      CONNECT_REST_HOST: "127.0.0.1",
      CONNECT_REST_PORT: String(port),
      CONNECT_ADVERTISED_HOST: "127.0.0.1",
      CONNECT_CLASSPATH: (await workerJars()).classpath,
      CONNECT_JAVA_OPTIONS: ["-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", ...keptClasses].join(" "),
    },
    logFile: join(directory, "worker.log"),
    isHealthy: async () => (await fetch(`${url}/health`)).status === 200,
    healthyWithinSeconds: 90,
    stopWithinSeconds: 60,
  });
  try {
    await mirrorOneTopic(url, bootstrapServers);
  } finally {
    await worker.stop();
  }
}

async function mirrorOneTopic(url: string, bootstrapServers: string): Promise<void> {
  const end = (prefix: string): Record<string, string> => ({
    [`${prefix}.bootstrap.servers`]: bootstrapServers,
    [`${prefix}.security.protocol`]: "SASL_PLAINTEXT",
    [`${prefix}.sasl.mechanism`]: "SCRAM-SHA-256",
    [`${prefix}.sasl.jaas.config`]: `org.apache.kafka.common.security.scram.ScramLoginModule required username="${USER.name}" password="${USER.password}";`,
  });
  const created = await fetch(`${url}/connectors/training/config`, {
    method: "PUT",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      "connector.class": "org.apache.kafka.connect.mirror.MirrorSourceConnector",
      "tasks.max": "1",
      "source.cluster.alias": "source",
      "target.cluster.alias": "target",
      topics: "training-status",
      ...end("source.cluster"),
      ...end("target.cluster"),
    }),
  });
  if (!created.ok) throw new Error(`the training connector was not accepted: ${await created.text()}`);
  for (let attempt = 0; attempt < 100; attempt++) {
    const answer = await fetch(`${url}/connectors/training/status`);
    if (answer.ok && /"tasks":\[\{"id":0,"state":"RUNNING"/.test(await answer.text())) return;
    await sleep(200);
  }
  throw new Error("the training connector does not run after 20 s");
}
