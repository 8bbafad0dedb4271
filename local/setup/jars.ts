import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { cachedFolder, repositoryRoot } from "./cached-folder.ts";
import { runQuietly } from "./run-quietly.ts";

/** The jars of one committed pom, copied by Maven into `.sluice/cache/<name>`; resolves to that folder. */
async function jarFolder(name: string): Promise<string> {
  const pom = join(repositoryRoot, "local", "setup", name, "pom.xml");
  return cachedFolder({
    name,
    inputs: [await readFile(pom, "utf8")],
    fill: async (temporary) => {
      await runQuietly(
        "mvn",
        [
          "-B",
          "-q",
          "-f",
          pom,
          "dependency:copy-dependencies",
          "-DincludeScope=runtime",
          `-DoutputDirectory=${temporary}`,
        ],
        repositoryRoot,
      );
    },
  });
}

/** Broker, tools, Connect and MirrorMaker 2: a class path of jars only, since a folder on it switches class-data sharing off. */
export const kafkaClasspath = async (): Promise<string> => join(await jarFolder("kafka-4.1.2"), "*");

export const dynamodbFolder = (): Promise<string> => jarFolder("dynamodb-local-3.3.1");
