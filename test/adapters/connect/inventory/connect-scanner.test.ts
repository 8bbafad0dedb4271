import type { RequestListener } from "node:http";
import { afterEach, describe, expect, it } from "vitest";
import { connectScanner } from "#adapters/connect/inventory/connect-scanner.ts";
import type { Connector } from "#core/inventory/connector.ts";
import type { Listing } from "#core/inventory/unknown.ts";
import type { ConnectWorkers } from "#core/migration/http-servers.ts";
import { heldSecrets } from "../../../workers/worker-task.ts";
import { type Served, served } from "../../http/served.ts";

const open: Served[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.stop();
});

/** A worker that answers these paths, and 404 to any other; what is no object is a status alone. */
const worker = async (answers: Readonly<Record<string, unknown>>): Promise<Served> => {
  const answer: RequestListener = ({ url = "" }, response) => {
    const body = answers[url];
    if (body === undefined || typeof body === "number") {
      response.writeHead(body ?? 404).end('{"message":"refused"}');
      return;
    }
    response.writeHead(200).end(JSON.stringify(body));
  };
  const server = await served(answer);
  open.push(server);
  return server;
};
const scanned = async (...clusters: readonly ConnectWorkers[]): Promise<Listing<Connector>> => {
  const scanner = connectScanner({ side: "target", clusters, secrets: heldSecrets({}), timeoutMilliseconds: 5_000 });
  const [page] = await scanner.pages();
  if (page === undefined) throw new Error("no page");
  const { connectors } = await scanner.scan(page);
  await scanner.close();
  if (connectors === undefined) throw new Error("no connectors");
  return connectors;
};

const config = { "connector.class": "io.example.Till", topics: "till", place: "planted", "tasks.max": "1" };
const status = { connector: { state: "RUNNING" }, tasks: [{ id: 0, state: "RUNNING" }] };

describe("connectors of the estate's own workers", () => {
  it("are read one by one where a worker is too old to tell of all at once, and what nobody describes is masked", async () => {
    const { url } = await worker({
      "/connectors": ["a/b"],
      "/connectors?expand=info&expand=status": ["a/b"],
      "/connectors/a%2Fb": { name: "a/b", config, type: "sink" },
      "/connectors/a%2Fb/status": status,
    });
    expect(await scanned({ name: "old", url })).toMatchObject({
      source: "Kafka Connect",
      gaps: [],
      items: [
        {
          name: "a/b",
          workers: "old",
          kind: "sink",
          class: "io.example.Till",
          config: { ...config, place: "masked" },
          state: "RUNNING",
          reads: ["till"],
          group: "connect-a/b",
        },
      ],
    });
  });

  it("show a setting that their plugin, or a transform's, describes as no password", async () => {
    const described = { ...config, "transforms.cut.type": "io.example.Cut", "transforms.cut.at": "7 o'clock" };
    const { url } = await worker({
      "/connectors": ["till"],
      "/connectors?expand=info&expand=status": { till: { info: { config: described, type: "sink" }, status } },
      "/connectors/till/topics": { till: { topics: ["till"] } },
      "/connector-plugins/io.example.Till/config": [
        { name: "place", type: "STRING" },
        { name: "topics", type: "LIST" },
      ],
      "/connector-plugins/io.example.Cut/config": [{ name: "at", type: "PASSWORD" }],
    });
    const { items } = await scanned({ name: "new", url });
    expect(items).toMatchObject([{ config: { place: "planted", "transforms.cut.at": "masked" } }]);
  });

  it("are unknown one by one where a worker tells of one and not of another", async () => {
    const { url } = await worker({
      "/connectors": ["fine", "gone", "lost", "stateless"],
      "/connectors?expand=info&expand=status": { fine: { info: { config, type: "sink" }, status } },
      "/connectors/lost": 500,
      "/connectors/lost/status": status,
      "/connectors/stateless": { name: "stateless", config, type: "source" },
      "/connectors/stateless/status": 409,
    });
    const { items, gaps } = await scanned({ name: "main", url });
    expect(gaps).toEqual([]);
    const unknown = { unknown: { why: expect.stringContaining("with 500") } };
    expect(items).toMatchObject([
      { name: "fine", state: "RUNNING" },
      { name: "lost", kind: "unknown", config: unknown, reads: unknown, writes: unknown, state: "RUNNING" },
      // Its topics are not told either: no setting names what it writes.
      { name: "stateless", kind: "source", writes: { unknown: {} }, state: { unknown: {} }, tasks: { unknown: {} } },
    ]);
  });

  it("are a gap where their worker cannot list them, beside those of another", async () => {
    const refusing = await worker({});
    const empty = await worker({ "/connectors": [], "/connectors?expand=info&expand=status": {} });
    const { items, gaps } = await scanned({ name: "one", url: refusing.url }, { name: "two", url: empty.url });
    expect(items).toEqual([]);
    expect(gaps).toMatchObject([{ unknown: { why: expect.stringContaining("Connect cluster one of the target") } }]);
  });

  it("are a gap that only a person can close where the file names no workers", async () => {
    const { items, gaps } = await scanned();
    expect(items).toEqual([]);
    expect(gaps).toMatchObject([
      { unknown: { cure: expect.stringMatching(/target\.connectClusters, or say in estate\.absent/) } },
    ]);
  });
});
