import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { freePort } from "../setup/free-port.ts";
import { dynamodbJars } from "../setup/jars.ts";
import { type Child, startChild } from "./child.ts";

export type DynamoDb = { readonly url: string; readonly port: number; readonly process: Child };

/** DynamoDB Local on loopback, with tables in files or in memory only. */
export async function startDynamoDb(o: {
  /** Of its log. */
  readonly directory: string;
  /** Where tables are kept on disk; below `directory` unless given. */
  readonly tables?: string;
  readonly storage: "disk" | "memory";
  readonly port?: number;
  readonly ownSession?: boolean;
}): Promise<DynamoDb> {
  const port = o.port ?? (await freePort());
  const { jars, classpath } = await dynamodbJars();
  const tables = o.tables ?? join(o.directory, "tables");
  await mkdir(tables, { recursive: true });
  const url = `http://127.0.0.1:${port}`;
  const child = await startChild({
    name: "dynamodb",
    command: "java",
    args: [
      "-Xmx256m",
      "-XX:+UseSerialGC",
      "-XX:TieredStopAtLevel=1",
      "-XX:-UsePerfData",
      `-Dsqlite4java.library.path=${jars}`,
      "-cp",
      classpath,
      "LoopbackDynamo",
      ...(o.storage === "disk" ? ["-dbPath", tables] : ["-inMemory"]),
      "-sharedDb",
      "-port",
      String(port),
      "-disableTelemetry",
    ],
    logFile: join(o.directory, "dynamodb.log"),
    // Unsigned, so it answers 400 by itself: an answer at all is what counts.
    isHealthy: async () => (await fetch(url, { signal: AbortSignal.timeout(2000) })).status === 400,
    healthyWithinSeconds: 60,
    stopWithinSeconds: 10,
    ownSession: o.ownSession ?? false,
  });
  return { url, port, process: child };
}
