import { readFile } from "node:fs/promises";
import kafkajs, { type Message } from "kafkajs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { RetryableFault } from "#core/fault.ts";
import { offsetSyncsTopic } from "#core/replication/mirror-ends.ts";
import { mirrorRights } from "#core/replication/mirror-rights.ts";
import { workerNames } from "#core/replication/worker-names.ts";
import type { ConnectorSpec } from "#use-cases/ports/replicator.ts";
import {
  endsOf,
  eventually,
  isWhole,
  type MirrorEstate,
  migration,
  principals,
  readTopic,
  startMirrorEstate,
  users,
} from "./mirror-estate.ts";
import { nowhere } from "./nowhere.ts";
import { replicatorContract } from "./replicator.contract.ts";

let estate: MirrorEstate;

beforeAll(async () => {
  estate = await startMirrorEstate();
  // The worker's own rights come before the worker, as they do in a wave.
  await estate.createMirrored("forward", "orders.v1", 2);
  await estate.startWorker("forward");
});
afterAll(() => estate?.stop());

const specOf = (name: string, topic: string, partitions: number, more: Partial<ConnectorSpec> = {}): ConnectorSpec => ({
  name,
  topics: [topic],
  partitions,
  maxMessageBytes: 1_048_588,
  emitsOffsetSyncs: false,
  ...more,
});

const produce = async (topic: string, messages: Message[]) => {
  const producer = estate.kafka.source.producer();
  await producer.connect();
  await producer.send({ topic, messages, acks: -1 });
  await producer.disconnect();
};
const numbered = (from: number, to: number): Message[] =>
  Array.from({ length: to - from }, (_, i) => ({ key: "k", value: `record-${from + i}`, partition: 0 }));

const whole = (name: string) =>
  eventually(`${name} running whole`, async () => isWhole(await estate.replicator.status("forward", name)));
const mirrored = (topic: string, count: number) =>
  eventually(
    `${count} records of ${topic} on the target`,
    async () => (await endsOf(estate.admin.target, topic)) >= count,
  );

describe("MirrorMaker 2 with the least rights only", () => {
  it("carries keys, binary headers, time stamps, tombstones and runs of identical records, and no similar name", async () => {
    await estate.createMirrored("forward", "orders-v1", 1);
    const messages: Message[] = Array.from({ length: 60 }, (_, i) => ({
      partition: i % 2,
      key: i % 7 === 0 ? null : Buffer.from([0xff, i]),
      value: i % 5 === 0 ? null : Buffer.from([0, 0xfe, i % 3]),
      timestamp: String(1_700_000_000_000 + i),
      headers: { binary: Buffer.from([0x00, 0xff, 0xfe, 0x01, 0x80]), text: "é" },
    }));
    await produce("orders.v1", messages);
    await produce("orders-v1", numbered(0, 5));
    await estate.replicator.ensure("forward", specOf("orders-1", "orders.v1", 2), "RUNNING");
    await whole("orders-1");
    await mirrored("orders.v1", 60);
    const source = await readTopic(estate.kafka.source, estate.admin.source, "orders.v1");
    const target = await readTopic(estate.kafka.target, estate.admin.target, "orders.v1");
    expect(source).toHaveLength(60);
    expect(target).toEqual(source);
    expect(target[0]?.headers?.["binary"]).toEqual(Buffer.from([0x00, 0xff, 0xfe, 0x01, 0x80]));
    expect(await endsOf(estate.admin.target, "orders-v1")).toBe(0);
  });

  it("knows from the first status how many tasks there will be", async () => {
    expect((await estate.replicator.status("forward", "orders-1"))?.expectedTasks).toBe(2);
  });
});

replicatorContract(() => ({
  replicator: estate.replicator,
  createMirrored: (topic) => estate.createMirrored("forward", topic, 1),
  produce: (topic, from, to) => produce(topic, numbered(from, to)),
  mirrored: async (topic, count) => {
    await mirrored(topic, count);
    return (await readTopic(estate.kafka.target, estate.admin.target, topic)).map(({ value }) => String(value));
  },
}));

describe("what goes wrong", () => {
  it("a record as large as the topic allows passes", async () => {
    const configs = { "max.message.bytes": "4194304" };
    await estate.createMirrored("forward", "images", 1, configs);
    await produce("images", [
      { value: Buffer.alloc(4_194_304 - 200, 7), partition: 0 },
      { value: "after", partition: 0 },
    ]);
    await estate.replicator.ensure(
      "forward",
      specOf("images-1", "images", 1, { maxMessageBytes: 4_194_304 }),
      "RUNNING",
    );
    await mirrored("images", 2);
    const target = await readTopic(estate.kafka.target, estate.admin.target, "images");
    expect(target[0]?.value?.length).toBe(4_194_304 - 200);
    await estate.replicator.remove("forward", "images-1");
  });

  it("a task that fails shows as failed with its trace while the connector stays RUNNING, and can be restarted", async () => {
    await estate.createMirrored("forward", "small", 1, { "max.message.bytes": "1000000" });
    await estate.admin.target.alterConfigs({
      validateOnly: false,
      resources: [{ type: 2, name: "small", configEntries: [{ name: "max.message.bytes", value: "1000" }] }],
    });
    await produce("small", [{ value: Buffer.alloc(5000, 1), partition: 0 }]);
    await estate.replicator.ensure("forward", specOf("small-1", "small", 1), "RUNNING");
    const failed = await eventually("a failed task", async () => {
      const status = await estate.replicator.status("forward", "small-1");
      return status?.tasks.some((t) => t.state === "FAILED") ? status : undefined;
    });
    expect(failed.state).toBe("RUNNING");
    expect(failed.tasks[0]?.trace).toMatch(/RecordTooLarge|larger than/);
    await estate.admin.target.alterConfigs({
      validateOnly: false,
      resources: [{ type: 2, name: "small", configEntries: [{ name: "max.message.bytes", value: "1000000" }] }],
    });
    await estate.replicator.restartFailed("forward", "small-1");
    await whole("small-1");
    await mirrored("small", 1);
    await estate.replicator.remove("forward", "small-1");
  });

  it("without the right to write on the target everything looks well and nothing arrives", async () => {
    await estate.createMirrored("forward", "mute", 1);
    const write = mirrorRights({
      migration,
      direction: "forward",
      principal: principals.forward,
      topics: ["mute"],
      emitsOffsetSyncs: false,
    }).target.filter((entry) => entry.resourceName === "mute");
    await estate.revoke("target", write);
    await produce("mute", numbered(0, 5));
    await estate.replicator.ensure("forward", specOf("mute-1", "mute", 1), "RUNNING");
    await whole("mute-1");
    await new Promise((resolve) => setTimeout(resolve, 2000));
    expect(await endsOf(estate.admin.target, "mute")).toBe(0);
    // Only the offsets tell: nothing is through, so no delay is ever within a limit.
    expect(await estate.replicator.replicatedThrough("forward", "mute-1")).toEqual(new Map());
    await estate.grant("target", write);
    await eventually("five records after the cure", async () => {
      const status = await estate.replicator.status("forward", "mute-1");
      if (status?.tasks.some((task) => task.state === "FAILED"))
        await estate.replicator.restartFailed("forward", "mute-1");
      return (await endsOf(estate.admin.target, "mute")) >= 5;
    });
    await estate.replicator.remove("forward", "mute-1");
  });

  it("a record that fits only compressed passes where the mirror compresses", async () => {
    await estate.createMirrored("forward", "packed", 1, { "max.message.bytes": "100000" });
    const producer = estate.kafka.source.producer();
    await producer.connect();
    const value = Buffer.alloc(1_500_000, "ab");
    await producer.send({
      topic: "packed",
      compression: kafkajs.CompressionTypes.GZIP,
      messages: [{ value, partition: 0 }],
    });
    await producer.disconnect();
    const spec = specOf("packed-1", "packed", 1, { maxMessageBytes: 100_000, compression: "gzip" });
    await estate.replicator.ensure("forward", spec, "RUNNING");
    await mirrored("packed", 1);
    const [record] = await readTopic(estate.kafka.target, estate.admin.target, "packed");
    expect(record?.value?.equals(value)).toBe(true);
    await estate.replicator.remove("forward", "packed-1");
  });

  it("a worker that does not answer is retryable, and its address is asked for again", async () => {
    const { connectReplicator } = await import("#adapters/connect/replicator.ts");
    let forgotten = 0;
    const nobody = connectReplicator({
      workers: { restUrl: async () => "http://127.0.0.1:9", forget: () => void forgotten++ },
      ends: async () => ({ source: nowhere("a:1"), target: nowhere("b:1") }),
      tasksPerConnector: 1,
    });
    await expect(nobody.status("forward", "x")).rejects.toThrow(RetryableFault);
    expect(forgotten).toBe(1);
  });
});

describe("offset syncs", () => {
  it("are written with the rights for them, and to the target only", async () => {
    await estate.createMirrored("forward", "synced", 1);
    const rights = mirrorRights({
      migration,
      direction: "forward",
      principal: principals.forward,
      topics: ["synced"],
      emitsOffsetSyncs: true,
    });
    await estate.grant("target", rights.target);
    await produce("synced", numbered(0, 200));
    await estate.replicator.ensure("forward", specOf("synced-1", "synced", 1, { emitsOffsetSyncs: true }), "RUNNING");
    await mirrored("synced", 200);
    await eventually("offset syncs", async () => (await endsOf(estate.admin.target, offsetSyncsTopic("forward"))) > 0);
    expect(await estate.admin.source.listTopics()).not.toContain(offsetSyncsTopic("forward"));
    await estate.replicator.remove("forward", "synced-1");
  });
});

describe("the reverse mirror", () => {
  it("carries from the target to the source from exactly where it is told, with its own least rights", async () => {
    await estate.createMirrored("reverse", "back", 1);
    await estate.startWorker("reverse");
    for (const side of ["source", "target"] as const) {
      const producer = estate.kafka[side].producer();
      await producer.connect();
      await producer.send({ topic: "back", messages: numbered(0, 10), acks: -1 });
      if (side === "target") await producer.send({ topic: "back", messages: numbered(10, 15), acks: -1 });
      await producer.disconnect();
    }
    const { replicator } = estate;
    await replicator.ensure("reverse", specOf("back-1", "back", 1), "STOPPED");
    await replicator.startFrom("reverse", "back-1", new Map([["back/0", 10n]]));
    expect(await replicator.replicatedThrough("reverse", "back-1")).toEqual(new Map([["back/0", 10n]]));
    await replicator.resume("reverse", "back-1");
    await eventually("five records back on the source", async () => (await endsOf(estate.admin.source, "back")) >= 15);
    await replicator.stop("reverse", "back-1");
    const values = (await readTopic(estate.kafka.source, estate.admin.source, "back")).map((r) => String(r.value));
    expect(values).toEqual(numbered(0, 15).map((m) => m.value));
    expect(await replicator.status("forward", "back-1")).toBeUndefined();
  });
});

describe("the mirror's password", () => {
  it("is in no REST answer, no byte of the worker's topics and no line of its log", async () => {
    const password = users["mirror-forward"];
    const forms = [password, password.replaceAll("\\", "\\\\"), "F0rward"];
    const url = estate.restUrl("forward");
    const answers = await Promise.all(
      [
        "/connectors?expand=info&expand=status",
        "/connectors/orders-1",
        "/connectors/orders-1/config",
        "/connectors/orders-1/tasks",
        "/connectors/orders-1/status",
      ].map(async (path) => (await fetch(url + path)).text()),
    );
    expect(answers.join("")).toContain("${env:SOURCE_PASSWORD}");
    const prefix = workerNames(migration, "forward").internalTopicPrefix;
    const stored: string[] = [];
    for (const topic of ["configs", "offsets", "status"].map((name) => prefix + name))
      for (const record of await readTopic(estate.kafka.target, estate.admin.target, topic))
        stored.push(String(record.key), String(record.value));
    expect(stored.join("")).toContain("${env:SOURCE_PASSWORD}");
    const log = await readFile(estate.workerLog("forward"), "utf8");
    expect(log).toContain("Kafka Connect");
    for (const form of forms) for (const text of [...answers, ...stored, log]) expect(text).not.toContain(form);
  });
});
