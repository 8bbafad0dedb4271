import { execFile } from "node:child_process";
import { createServer } from "node:net";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connectCluster } from "#adapters/kafka/connect-cluster.ts";
import { OperatorFault, RetryableFault } from "#core/fault.ts";
import type { AclEntry } from "#core/kafka/acl.ts";
import { offsetOn } from "#core/kafka/offset.ts";
import { freePort } from "#local/setup/free-port.ts";
import type { Cluster } from "#use-cases/ports/cluster.ts";
import { clusterContract } from "./cluster.contract.ts";
import { startTestCluster, type TestCluster } from "./test-cluster.ts";

const patience = { timeout: 10_000 };
let test: TestCluster;
let cluster: Cluster<"source">;
const spec = (name: string, configs: Record<string, string> = {}) => ({
  name,
  partitions: 2,
  replicationFactor: -1,
  configs,
});

beforeAll(async () => {
  test = await startTestCluster();
  cluster = test.connect("admin");
});
afterAll(() => test.stop());

describe("a cluster on a broker", () => {
  clusterContract(() => ({
    cluster,
    append: async (topic, records) => {
      const producer = test.kafkajs("app").producer();
      await producer.connect();
      await producer.send({
        topic,
        messages: records.map(({ value, timestamp }) => ({ value, timestamp: String(timestamp), partition: 0 })),
      });
      await producer.disconnect();
    },
    join: async (groupId, topic) => {
      const consumer = test.kafkajs("app").consumer({ groupId, sessionTimeout: 10_000, maxWaitTimeInMs: 100 });
      await consumer.connect();
      await consumer.subscribe({ topics: [topic] });
      await consumer.run({ autoCommit: false, eachMessage: async () => undefined });
      return () => consumer.disconnect();
    },
  }));
});

describe("topics", () => {
  it("are created with their configs, described, and absent where they do not exist", async () => {
    await cluster.topics.create([
      spec("made", { "retention.ms": "12345", "cleanup.policy": "compact" }),
      spec("plain"),
    ]);
    const found = await cluster.topics.describe(["made", "plain", "nowhere"]);
    expect([...found.keys()].toSorted()).toEqual(["made", "plain"]);
    const made = found.get("made");
    expect(made).toMatchObject({ name: "made", partitions: 2, replicationFactor: 1 });
    expect(made?.id).toMatch(/^[0-9a-f-]{36}$/);
    expect(made?.configs.get("retention.ms")).toEqual({ value: "12345", isTopicLevel: true });
    expect(made?.configs.get("segment.bytes")?.isTopicLevel).toBe(false);
    expect(found.get("plain")?.configs.get("cleanup.policy")?.value).toBe("delete");
    const again = cluster.topics.create([spec("made")]);
    await expect(again).rejects.toThrow(/Topic made exists already on the source cluster/);
    await expect(again).rejects.toBeInstanceOf(OperatorFault);
    await expect(cluster.topics.create([spec("bad", { "no.such.config": "1" })])).rejects.toThrow(
      /bad.*no\.such\.config|no\.such\.config.*bad/,
    );
  });

  it("have single configs set and taken back, leaving the others alone", async () => {
    await cluster.topics.setConfigs("made", { "retention.ms": "777", "cleanup.policy": null });
    await expect
      .poll(
        async () => (await cluster.topics.describe(["made"])).get("made")?.configs.get("retention.ms")?.value,
        patience,
      )
      .toBe("777");
    const configs = (await cluster.topics.describe(["made"])).get("made")?.configs;
    expect(configs?.get("cleanup.policy")).toEqual({ value: "delete", isTopicLevel: false });
    await expect(cluster.topics.setConfigs("made", { "retention.ms": "soon" })).rejects.toThrow(/retention\.ms=soon/);
  });

  it("are created by the hundreds, in requests a broker accepts", async () => {
    const many = Array.from({ length: 300 }, (_, i) => ({ ...spec(`many-${i}`), partitions: 1 }));
    await cluster.topics.create(many);
    expect((await cluster.topics.describe(many.map((s) => s.name))).size).toBe(300);
  });

  it("are deleted by name, whichever of them exist, and can be created anew at once", async () => {
    const names = Array.from({ length: 250 }, (_, i) => `short-lived-${i}`);
    await cluster.topics.create(names.map((name) => spec(name)));
    const before = await cluster.topics.describe(names);
    await cluster.topics.delete([...names, "nowhere", "short-lived-0"]);
    expect(await cluster.topics.describe(names)).toEqual(new Map());
    await cluster.topics.create([spec("short-lived-0")]);
    const after = await cluster.topics.describe(names);
    expect([...after.keys()]).toEqual(["short-lived-0"]);
    expect(after.get("short-lived-0")?.id).not.toBe(before.get("short-lived-0")?.id);
    await cluster.topics.delete(["short-lived-0"]);
  });
});

describe("access rights", () => {
  const entry = (changes: Partial<AclEntry>): AclEntry => ({
    resourceType: "TOPIC",
    resourceName: "made",
    pattern: "LITERAL",
    principal: "User:app",
    host: "*",
    operation: "READ",
    permission: "ALLOW",
    ...changes,
  });

  it("are added, listed, seen on the broker itself, and removed exactly", async () => {
    const literal = entry({});
    const others = [
      entry({ pattern: "PREFIXED" }),
      entry({ principal: "User:other" }),
      entry({ operation: "WRITE", permission: "DENY", host: "10.0.0.1" }),
      entry({ resourceType: "GROUP", resourceName: "*" }),
      entry({ resourceType: "CLUSTER", resourceName: "kafka-cluster", operation: "ALTER" }),
      entry({ resourceType: "TRANSACTIONAL_ID", resourceName: "tx", operation: "DESCRIBE" }),
    ];
    await cluster.rights.add([literal, ...others]);
    const listed = async () =>
      [...(await cluster.rights.list())].map((e) => JSON.stringify(e, Object.keys(literal).toSorted())).toSorted();
    const texts = (entries: readonly AclEntry[]) =>
      entries.map((e) => JSON.stringify(e, Object.keys(literal).toSorted())).toSorted();
    await expect.poll(listed, patience).toEqual(texts([literal, ...others]));
    const absent = entry({ operation: "DELETE" });
    expect([...(await cluster.rights.presentOnEachBroker([literal, absent]))]).toEqual([[1, [literal]]]);
    await cluster.rights.remove([literal, absent]);
    await expect.poll(listed, patience).toEqual(texts(others));
    expect([...(await cluster.rights.presentOnEachBroker([literal, ...others]))]).toEqual([[1, others]]);
    await cluster.rights.remove(others);
    await expect.poll(listed, patience).toEqual([]);
  });

  it("apply to clients, and a missing right is named with its cure", async () => {
    const app = test.connect("app");
    const closing = [
      entry({ principal: "User:other" }),
      entry({ resourceType: "CLUSTER", resourceName: "kafka-cluster", principal: "User:other", operation: "DESCRIBE" }),
    ];
    await cluster.rights.add(closing);
    await expect
      .poll(
        () =>
          app.log
            .read({
              partition: { topic: "made", partition: 0 },
              from: offsetOn<"source">(0n),
              isolation: "read_committed",
            })
            .then(
              () => "read",
              (e: Error) => e.message,
            ),
        patience,
      )
      .toMatch(
        /User:app lacks a right .*kafka-acls .*--allow-principal User:app --operation (Read|Describe) --topic 'made'/,
      );
    await expect(app.rights.list()).rejects.toThrow(/--operation Describe --cluster/);
    await expect(app.rights.add([entry({})])).rejects.toThrow(/--operation Alter --cluster/);
    await expect(app.topics.describe(["made"])).rejects.toThrow(/--topic 'made'/);
    await expect(app.topics.delete(["made"])).rejects.toThrow(/--operation Delete --topic 'made'/);
    await cluster.rights.remove(closing);
  });
});

describe("a cluster that cannot be used", () => {
  it("says that it has no authoriser", async () => {
    const open = await startTestCluster({ "authorizer.class.name": "" });
    try {
      const rights = open.connect("admin").rights;
      await expect(rights.list()).rejects.toThrow(/No authoriser/);
      await expect(rights.list()).rejects.toBeInstanceOf(OperatorFault);
    } finally {
      await open.stop();
    }
  });

  it("names side, servers and user when the password is wrong, and never the password", async () => {
    const wrong = test.connect("control", { password: "not-the-password" });
    const error = await wrong.warm().then(
      () => undefined,
      (e: unknown) => e,
    );
    expect(error).toBeInstanceOf(OperatorFault);
    const { message } = error as OperatorFault;
    expect(message).toContain("User:control cannot sign in to the source cluster");
    expect(message).toContain(test.broker.bootstrapServers);
    expect(message).toMatch(/correct the user name and password/);
    expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain("not-the-password");
  });

  it("names host and port of a broker that is not there", async () => {
    const port = await freePort();
    const gone = connectTo([`127.0.0.1:${port}`], 2000);
    await expect(gone.warm()).rejects.toThrow(`127.0.0.1:${port}`);
    await expect(gone.groups.committed("any")).rejects.toBeInstanceOf(RetryableFault);
    await gone.close();
  });

  it("gives up within the time-out where something listens but does not speak", async () => {
    const silent = createServer(() => undefined);
    const port = await freePort();
    await new Promise<void>((resolve) => silent.listen(port, "127.0.0.1", resolve));
    const mute = connectTo([`127.0.0.1:${port}`], 500);
    const startedAt = Date.now();
    await expect(mute.warm()).rejects.toThrow(/did not answer in time/);
    expect(Date.now() - startedAt).toBeLessThan(5_000);
    await mute.close();
    silent.close();
  });

  it("goes on with the server that answers when another does not", async () => {
    const dead = `127.0.0.1:${await freePort()}`;
    const half = connectTo([dead, test.broker.bootstrapServers], 5000);
    await half.warm();
    expect((await half.topics.describe(["made"])).size).toBe(1);
    await half.close();
  });

  it("says so when the bootstrap server is not host:port", () => {
    expect(() => connectTo(["kafka.example.com"], 1000)).toThrow(/"kafka.example.com" is not host:port/);
  });
});

describe("connections", () => {
  it("heal when the broker was restarted, also for a call made while it is down", async () => {
    const partition = { topic: "made", partition: 0 };
    await cluster.groups.commit("kept", new Map([["made/0", { offset: offsetOn<"source">(3n), metadata: "" }]]));
    await cluster.log.ends([partition]);
    const restarting = test.restart();
    await new Promise((resolve) => setTimeout(resolve, 300));
    const during = await cluster.log.ends([partition]).then(
      () => "answered",
      (e: unknown) => e,
    );
    if (during !== "answered") expect(during).toBeInstanceOf(RetryableFault);
    await restarting;
    expect((await cluster.log.ends([partition])).get("made/0")?.highWatermark).toBe(0n);
    expect((await cluster.groups.committed("kept")).get("made/0")?.offset).toBe(3n);
    expect((await cluster.groups.describe(["kept"])).get("kept")?.state).toBe("empty");
  });

  it("give up on a broker that hangs, within the time-out, and find it again when it goes on", async () => {
    const partition = { topic: "made", partition: 0 };
    const impatient = test.connect("admin", { requestTimeoutMilliseconds: 600 });
    await impatient.log.ends([partition]);
    test.broker.kill("SIGSTOP");
    const startedAt = Date.now();
    const stuck = await impatient.log.ends([partition]).then(
      () => undefined,
      (e: unknown) => e,
    );
    const waited = Date.now() - startedAt;
    test.broker.kill("SIGCONT");
    expect(stuck).toBeInstanceOf(RetryableFault);
    expect((stuck as Error).message).toContain(test.broker.bootstrapServers);
    expect(waited).toBeLessThan(5_000);
    await expect
      .poll(
        () =>
          impatient.log.ends([partition]).then(
            (e) => e.size,
            () => 0,
          ),
        patience,
      )
      .toBe(1);
  });

  it("let the process end once closed", async () => {
    const adapter = new URL("../../../adapters/kafka/connect-cluster.ts", import.meta.url);
    const script = `
      const { connectCluster } = await import(${JSON.stringify(adapter.href)});
      const cluster = connectCluster("source", { bootstrapServers: [${JSON.stringify(test.broker.bootstrapServers)}], tls: false, clientId: "exit",
        sasl: { mechanism: "SCRAM-SHA-256", username: "admin", password: "admin-secret" } });
      await cluster.warm();
      await cluster.close();
      process.stdout.write("closed");`;
    const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", script], {
      timeout: 10_000,
      cwd: fileURLToPath(new URL("../../..", import.meta.url)),
    });
    expect(stdout).toBe("closed");
  });

  it("refuse requests after close", async () => {
    const closed = test.connect("admin");
    await closed.warm();
    await closed.close();
    await expect(closed.warm()).rejects.toBeInstanceOf(RetryableFault);
  });
});

const connectTo = (bootstrapServers: readonly string[], requestTimeoutMilliseconds: number) =>
  connectCluster("source", {
    bootstrapServers,
    tls: false,
    sasl: { mechanism: "SCRAM-SHA-256", username: "admin", password: "admin-secret" },
    clientId: "sluice-test",
    requestTimeoutMilliseconds,
  });
