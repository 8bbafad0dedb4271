import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Kafka, logLevel } from "kafkajs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Broker, startBroker } from "#local/kafka/start-broker.ts";

let directory: string;
let broker: Broker;
const options = () => ({
  name: "probe",
  directory,
  users: { admin: "admin-secret", reader: "reader-secret" },
  superUsers: ["admin"],
  allowEveryone: false,
});

const client = (username: string, password: string) =>
  new Kafka({
    brokers: [broker.bootstrapServers],
    sasl: { mechanism: "scram-sha-256", username, password },
    logLevel: logLevel.NOTHING,
    retry: { retries: 0 },
  });

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "sluice-broker-"));
  broker = await startBroker(options());
});
afterAll(async () => {
  await broker?.stop();
  await rm(directory, { recursive: true, force: true });
});

async function withAdmin<T>(username: string, password: string, act: (a: ReturnType<Kafka["admin"]>) => Promise<T>) {
  const admin = client(username, password).admin();
  await admin.connect();
  try {
    return await act(admin);
  } finally {
    await admin.disconnect();
  }
}

test("a super user creates a topic; a user without an ACL does not see it; a wrong password is refused", async () => {
  await withAdmin("admin", "admin-secret", (a) => a.createTopics({ topics: [{ topic: "orders", numPartitions: 3 }] }));
  expect(await withAdmin("admin", "admin-secret", (a) => a.listTopics())).toContain("orders");
  expect(await withAdmin("reader", "reader-secret", (a) => a.listTopics())).not.toContain("orders");
  await expect(client("reader", "wrong").admin().connect()).rejects.toThrow(/authentication|credentials/i);
});

test("killed and started again on its directory, it keeps its port, its users and its topics", async () => {
  const { port, pid } = broker;
  broker.kill("SIGKILL");
  await broker.process.ended;
  broker = await startBroker(options());
  expect(broker.port).toBe(port);
  expect(broker.pid).not.toBe(pid);
  expect(await withAdmin("admin", "admin-secret", (a) => a.listTopics())).toContain("orders");
});

test("one that dies at start says why, from its log", async () => {
  const elsewhere = await mkdtemp(join(tmpdir(), "sluice-broker-"));
  try {
    await expect(
      startBroker({ ...options(), directory: elsewhere, properties: { "num.io.threads": "none" } }),
    ).rejects.toThrow(/num\.io\.threads/);
  } finally {
    await rm(elsewhere, { recursive: true, force: true });
  }
});
