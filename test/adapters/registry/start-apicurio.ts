import { join } from "node:path";
import { startChild } from "#local/processes/child.ts";
import { freePort } from "#local/setup/free-port.ts";
import { apicurioJar } from "#local/setup/jars.ts";

/** A real registry, which keeps what it is given in memory. */
export async function startApicurio(directory: string): Promise<{ readonly url: string; stop(): Promise<void> }> {
  const [jar, port] = await Promise.all([apicurioJar(), freePort()]);
  const url = `http://127.0.0.1:${port}/apis/ccompat/v7`;
  const child = await startChild({
    name: "Apicurio",
    command: "java",
    args: [
      "-Xmx256m",
      "-XX:+UseSerialGC",
      "-XX:TieredStopAtLevel=1",
      "-XX:-UsePerfData",
      "-Dquarkus.http.host=127.0.0.1",
      `-Dquarkus.http.port=${port}`,
      "-jar",
      jar,
    ],
    cwd: directory,
    logFile: join(directory, "apicurio.log"),
    isHealthy: async () => (await fetch(`${url}/subjects`)).ok,
    healthyWithinSeconds: 90,
  });
  return { url, stop: () => child.stop() };
}
