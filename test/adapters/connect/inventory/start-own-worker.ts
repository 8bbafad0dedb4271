import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { startChild } from "#local/processes/child.ts";
import { sharedClasses } from "#local/setup/class-data.ts";
import { freePort } from "#local/setup/free-port.ts";
import { fileConnectors, workerJars } from "#local/setup/jars.ts";

/** A Connect worker of the estate's own, which can read and write files. */
export async function startOwnWorker(o: {
  readonly directory: string;
  readonly bootstrapServers: string;
  readonly username: string;
  readonly password: string;
}): Promise<{ readonly url: string; stop(): Promise<void> }> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const [{ classpath }, files] = await Promise.all([workerJars(), fileConnectors()]);
  const child = await startChild({
    name: "the estate's Connect worker",
    command: fileURLToPath(new URL("../../../../workers/start-connect.sh", import.meta.url)),
    args: [],
    environment: {
      PATH: process.env["PATH"],
      CONNECT_BOOTSTRAP_SERVERS: o.bootstrapServers,
      CONNECT_SECURITY_PROTOCOL: "SASL_PLAINTEXT",
      CONNECT_SASL_MECHANISM: "SCRAM-SHA-256",
      CONNECT_USERNAME: o.username,
      CONNECT_PASSWORD: o.password,
      CONNECT_GROUP_ID: "own-connect",
      CONNECT_INTERNAL_TOPIC_PREFIX: "own-connect-",
      CONNECT_INTERNAL_REPLICATION_FACTOR: "1",
      CONNECT_HEAP_MEGABYTES: "256",
      CONNECT_REST_HOST: "127.0.0.1",
      CONNECT_REST_PORT: String(port),
      CONNECT_ADVERTISED_HOST: "127.0.0.1",
      CONNECT_CLASSPATH: [classpath, files].join(delimiter),
      CONNECT_JAVA_OPTIONS: ["-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", ...sharedClasses("worker")].join(" "),
    },
    logFile: join(o.directory, "worker.log"),
    isHealthy: async () => (await fetch(`${url}/health`)).status === 200,
    healthyWithinSeconds: 90,
  });
  return { url, stop: () => child.stop() };
}
