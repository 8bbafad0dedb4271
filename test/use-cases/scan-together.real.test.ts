import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Kafka, logLevel } from "kafkajs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connectScanner } from "#adapters/connect/inventory/connect-scanner.ts";
import { connectCluster } from "#adapters/kafka/connect-cluster.ts";
import { chooseScanner } from "#adapters/kafka/older/choose-scanner.ts";
import { registryScanner } from "#adapters/registry/registry-scanner.ts";
import { assemble } from "#core/inventory/assemble.ts";
import type { Connector } from "#core/inventory/connector.ts";
import type { Listings } from "#core/inventory/snapshot.ts";
import { toStoredText } from "#core/inventory/stored-form.ts";
import type { HttpServers } from "#core/migration/http-servers.ts";
import { startBroker } from "#local/kafka/start-broker.ts";
import { scanTogether } from "#use-cases/scan-together.ts";
import { makeConnectors, PLANTED } from "../adapters/connect/inventory/own-connectors.ts";
import { startOwnWorker } from "../adapters/connect/inventory/start-own-worker.ts";
import { registerSubjects, registryContract } from "../adapters/registry/registry.contract.ts";
import { startApicurio } from "../adapters/registry/start-apicurio.ts";
import { heldSecrets } from "../workers/worker-task.ts";

const users = { admin: "admin-secret", scanner: "scanner-secret", connect: "connect-secret-6f" };
const ends: (() => Promise<void>)[] = [];
let directory: string;
let found: Listings;
let stored: string;
let ids: ReadonlyMap<string, readonly number[]>;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "sluice-beside-"));
  const broker = startBroker({
    name: "beside",
    directory: join(directory, "broker"),
    users,
    superUsers: ["admin"],
    allowEveryone: true,
    properties: { "group.initial.rebalance.delay.ms": "0", "auto.create.topics.enable": "false" },
  });
  const registry = await Promise.all([startApicurio(directory), broker]).then(([apicurio]) => apicurio);
  const { bootstrapServers } = await broker;
  ends.push(() => broker.then((b) => b.stop()), registry.stop);
  const worker = await startOwnWorker({ directory, bootstrapServers, username: "connect", password: users.connect });
  ends.push(worker.stop);
  ids = await registerSubjects(registry.url);
  await writeRecords(bootstrapServers);
  await mkdir(join(directory, "files"));
  await writeFile(join(directory, "files", "in.txt"), "one\ntwo\n");
  await makeConnectors(worker.url, join(directory, "files"), "lines");
  const declared: HttpServers = {
    schemaRegistry: { url: registry.url },
    connectClusters: [
      { name: "main", url: worker.url },
      { name: "gone", url: "http://127.0.0.1:1" },
    ],
  };
  const cluster = await chooseScanner(
    "source",
    {
      bootstrapServers: [bootstrapServers],
      tls: false,
      sasl: { mechanism: "SCRAM-SHA-256", username: "scanner", password: users.scanner },
      clientId: "beside",
    },
    { samplesSchemas: true },
  );
  const secrets = heldSecrets({});
  const scanner = scanTogether(cluster, [
    registryScanner({ side: "source", server: declared.schemaRegistry, secrets }),
    connectScanner({ side: "source", clusters: declared.connectClusters ?? [], secrets }),
  ]);
  const pages = await Promise.all((await scanner.pages()).map((page) => scanner.scan(page)));
  await scanner.close();
  stored = toStoredText(pages);
  found = assemble(pages, Date.now());
});
afterAll(async () => {
  for (const end of ends.toReversed()) await end();
  await rm(directory, { recursive: true, force: true });
});

const framed = (id: number, bytes = 10): Buffer => {
  const value = Buffer.alloc(5 + bytes, "x");
  value[0] = 0;
  value.writeInt32BE(id, 1);
  return value;
};
const idsOf = (subject: string): readonly number[] => ids.get(subject) ?? [];

/** Records with schemas' ids and without, in large batches too, on a topic that may not be read, and none at all. */
async function writeRecords(bootstrapServers: string): Promise<void> {
  const sasl = { mechanism: "scram-sha-256", username: "admin", password: users.admin } as const;
  const kafka = new Kafka({ clientId: "app", brokers: [bootstrapServers], sasl, logLevel: logLevel.NOTHING });
  const cluster = connectCluster("source", {
    bootstrapServers: [bootstrapServers],
    tls: false,
    sasl: { mechanism: "SCRAM-SHA-256", username: "admin", password: users.admin },
    clientId: "app",
  });
  ends.push(() => cluster.close());
  await cluster.topics.create(
    ["payments", "orders", "lines", "lines-dead", "closed", "empty"].map((name) => ({
      name,
      partitions: name === "payments" ? 3 : 1,
      replicationFactor: 1,
      configs: {},
    })),
  );
  const everyone = { resourceType: "TOPIC", resourceName: "closed", pattern: "LITERAL", host: "*" } as const;
  await cluster.rights.add([
    { ...everyone, principal: "User:*", operation: "DESCRIBE", permission: "ALLOW" },
    { ...everyone, principal: "User:app", operation: "READ", permission: "ALLOW" },
  ]);
  const producer = kafka.producer();
  await producer.connect();
  const [first = 0, second = 0] = idsOf("payments-value");
  const [ofOrders = 0] = idsOf("orders-value");
  const [ofKeys = 0] = idsOf("till/key 1");
  await producer.send({
    topic: "payments",
    messages: [
      { partition: 0, key: framed(ofKeys), value: framed(first) },
      { partition: 2, key: framed(ofKeys), value: framed(second) },
      { partition: 2, key: framed(ofKeys), value: null },
      { partition: 2, key: "plain", value: Buffer.alloc(8) },
    ],
  });
  // One batch larger than what is asked for of a partition.
  await producer.send({ topic: "orders", messages: [{ value: framed(ofOrders, 200_000) }] });
  await producer.send({ topic: "closed", messages: [{ value: framed(first) }] });
  await producer.disconnect();
}

const connector = (name: string): Connector => {
  const one = found.connectors.items.find((c) => c.name === name);
  if (one === undefined)
    throw new Error(`no connector ${name} among ${found.connectors.items.map((c) => c.name).join(", ")}`);
  return one;
};
const configOf = (name: string): Readonly<Record<string, string>> => {
  const { config } = connector(name);
  return config as Readonly<Record<string, string>>;
};

describe("the schema registry, on Apicurio", () => {
  registryContract(
    () => found,
    () => ids,
  );

  it("knows no modes there, and says so as what is known", () => {
    expect(found.registry).toMatchObject({ gaps: [], items: [{ mode: undefined }] });
  });
});

describe("the schema ids that records carry", () => {
  const useOf = (topic: string) => found["schema-use"].items.find((use) => use.topic === topic);
  const sorted = (all: readonly (number | undefined)[]) => all.toSorted((a, b) => Number(a) - Number(b));

  it("are told by topic, of keys and of values, from several partitions and from batches of any size", () => {
    expect(useOf("payments")).toEqual({
      topic: "payments",
      sampledRecords: 4,
      keyIds: idsOf("till/key 1"),
      valueIds: sorted(idsOf("payments-value")),
    });
    expect(useOf("orders")).toMatchObject({ sampledRecords: 1, keyIds: [], valueIds: idsOf("orders-value") });
    expect(useOf("lines")).toMatchObject({ sampledRecords: 2, keyIds: [], valueIds: [] });
    expect(useOf("empty")).toMatchObject({ sampledRecords: 0 });
  });

  it("are a gap where records may not be read, with the ACL that would cure it", () => {
    expect(useOf("closed")).toBeUndefined();
    expect(found["schema-use"].gaps).toEqual([
      {
        unknown: {
          source: "sampled records",
          why: expect.stringContaining("closed"),
          cure: expect.stringMatching(/--allow-principal User:scanner --operation Read --topic 'closed'$/),
        },
      },
    ]);
  });
});

describe("connectors, on a real worker", () => {
  it("are told with what they are, whether they run, and what they read and write", () => {
    expect(found.connectors.items.map(({ name, workers, kind, state }) => [workers, name, kind, state])).toEqual([
      ["main", "copies", "source", "STOPPED"],
      ["main", "lines in", "source", "RUNNING"],
      ["main", "lines-lost", "sink", "RUNNING"],
      ["main", "lines-out", "sink", "RUNNING"],
    ]);
    expect(connector("lines in")).toMatchObject({ reads: [], writes: ["lines"], tasks: [{ id: 0, state: "RUNNING" }] });
    expect(connector("lines in").group).toBeUndefined();
    expect(connector("lines-out")).toMatchObject({
      reads: ["lines"],
      writes: [],
      deadLetterTopic: "lines-dead",
      group: "connect-lines-out",
    });
    expect(connector("lines-lost")).toMatchObject({ reads: expect.arrayContaining(["/lin.*/"]), group: "lost-lines" });
    expect(connector("copies")).toMatchObject({ reads: ["/pay.*/"], tasks: [] });
  });

  it("tell why they failed, in two lines", () => {
    const { tasks } = connector("lines-lost");
    expect(tasks).toMatchObject([{ state: "FAILED", trace: expect.stringContaining("ConnectException") }]);
  });

  it("keep no secret: neither one of its type, nor by its name, nor in a URL, nor in a trace", () => {
    expect(configOf("lines in")).toMatchObject({
      topic: "lines",
      file: join(directory, "files", "in.txt"),
      "db.password": "masked",
      "db.address": "masked",
      "db.user": "masked",
      "db.account": "${env:CONNECT_PASSWORD}",
      "producer.override.client.id": "lines-in",
    });
    expect(configOf("copies")).toMatchObject({
      "source.cluster.bootstrap.servers": "127.0.0.1:1",
      "sasl.jaas.config": "masked, with ${env:CONNECT_PASSWORD}",
    });
    expect(stored).toContain("lines-lost");
    for (const secret of [...Object.values(PLANTED), ...Object.values(users)]) expect(stored).not.toContain(secret);
  });

  it("of a cluster that does not answer are a gap that says which, and hide no other's", () => {
    expect(found.connectors.gaps).toEqual([
      {
        unknown: {
          source: "Kafka Connect",
          why: expect.stringContaining("Connect cluster gone of the source at http://127.0.0.1:1 gave no answer"),
          cure: expect.stringContaining("source.connectClusters[1].url"),
        },
      },
    ]);
  });
});
