import { readdir, readFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { cachedFolder, repositoryRoot } from "./cached-folder.ts";
import { runQuietly } from "./run-quietly.ts";

/** The jars of one committed pom, copied (or unpacked) by Maven into `.sluice/cache/<name>`; resolves to that folder. */
async function jarFolder(
  name: string,
  folder = join("local", "setup", name),
  goal: "copy-dependencies" | "unpack-dependencies" = "copy-dependencies",
): Promise<string> {
  const pom = join(repositoryRoot, folder, "pom.xml");
  return cachedFolder({
    name,
    inputs: [await readFile(pom, "utf8")],
    fill: async (temporary) => {
      await runQuietly(
        "mvn",
        [
          ...["-B", "-q", "-f", pom, `dependency:${goal}`, "-DincludeScope=runtime", `-DoutputDirectory=${temporary}`],
          // What was unpacked once is not unpacked again: that must be remembered of this folder, not of the pom.
          `-DmarkersDirectory=${join(temporary, ".unpacked")}`,
        ],
        repositoryRoot,
      );
    },
  });
}

/** 4.1.2 is what everything here runs on; the others are brokers alone, to be scanned as old estates. */
export type KafkaVersion = "4.1.2" | "3.9.2" | "2.8.2";

/** Broker; of 4.1.2 tools, Connect and MirrorMaker 2 too: a class path of jars only, since a folder on it switches class-data sharing off. */
export const kafkaClasspath = async (version: KafkaVersion = "4.1.2"): Promise<string> =>
  join(await jarFolder(`kafka-${version}`), "*");

/** What the worker's image has: `libs`, and the agent that shows a worker's metrics. */
export const workerJars = async (): Promise<{ readonly classpath: string; readonly metricsAgent: string }> => {
  const folder = await jarFolder("connect-worker", "workers");
  const agent = (await readdir(folder)).find((file) => file.startsWith("jmx_prometheus_javaagent-"));
  if (agent === undefined) throw new Error(`${folder} has no metrics agent; expected workers/pom.xml to name it`);
  return { classpath: join(folder, "*"), metricsAgent: join(folder, agent) };
};

/** A source and a sink of files, as connectors of an estate's own. */
export const fileConnectors = async (): Promise<string> => join(await jarFolder("connect-file-4.1.2"), "*");

/** Apicurio Registry, 140 MB, to be run as the schema registry of an estate. */
export const apicurioJar = async (): Promise<string> => {
  const name = "apicurio-2.5.11";
  return join(await jarFolder(name, undefined, "unpack-dependencies"), "apicurio-registry-app-2.5.11.Final-runner.jar");
};

/** DynamoDB Local, with the start of its own that keeps it on loopback. */
export const dynamodbJars = async (): Promise<{ readonly jars: string; readonly classpath: string }> => {
  const jars = await jarFolder("dynamodb-local-3.3.1");
  const source = join(repositoryRoot, "local", "processes", "LoopbackDynamo.java");
  const own = await cachedFolder({
    name: "loopback-dynamo",
    inputs: [await readFile(source, "utf8"), jars],
    fill: async (temporary) => {
      await runQuietly("javac", ["-cp", join(jars, "*"), "-d", temporary, source], repositoryRoot);
      // A folder on the class path would switch class-data sharing off.
      const jar = [
        "--create",
        "--file",
        join(temporary, "loopback-dynamo.jar"),
        "-C",
        temporary,
        "LoopbackDynamo.class",
      ];
      await runQuietly("jar", jar, repositoryRoot);
    },
  });
  return { jars, classpath: [join(own, "loopback-dynamo.jar"), join(jars, "*")].join(delimiter) };
};
