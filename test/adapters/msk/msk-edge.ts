import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { KafkaClient } from "@aws-sdk/client-kafka";
import type { MskClusters } from "#local/edge/msk.ts";
import { sdkServer } from "#local/edge/sdk-server.ts";
import { closeWithin, listenOnLoopback } from "#local/host/listen.ts";
import { freePort } from "#local/setup/free-port.ts";

/** The edge's own answers of MSK, and a client of it per region. */
export async function startMskEdge(
  clusters: MskClusters,
  motoUrl = "http://127.0.0.1:9",
): Promise<{
  readonly url: string;
  clientIn(region: string): KafkaClient;
  readonly regions: readonly string[];
  stop(): Promise<void>;
}> {
  const directory = await mkdtemp(join(tmpdir(), "msk-edge-"));
  const mskClustersFile = join(directory, "clusters.json");
  await writeFile(mskClustersFile, JSON.stringify(clusters));
  const nowhere = new URL("http://127.0.0.1:9");
  const server = sdkServer({
    lambda: () => Promise.reject(new Error("no function is called here")),
    ecs: { answer: () => undefined, stopTasks: async () => [], end: () => undefined },
    motoUrl: new URL(motoUrl),
    dynamodbUrl: nowhere,
    hostUrl: nowhere,
    mskClustersFile,
  });
  const port = await freePort();
  await listenOnLoopback(server, port);
  const regions: string[] = [];
  return {
    url: `http://127.0.0.1:${port}`,
    regions,
    clientIn: (region) => {
      regions.push(region);
      return new KafkaClient({
        region,
        endpoint: `http://127.0.0.1:${port}`,
        credentials: { accessKeyId: "test", secretAccessKey: "test" },
        maxAttempts: 1,
      });
    },
    stop: async () => {
      await closeWithin(server, 1);
      await rm(directory, { recursive: true, force: true });
    },
  };
}
