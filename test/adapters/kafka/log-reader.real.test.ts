import { CompressionTypes } from "kafkajs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { OperatorFault } from "#core/fault.ts";
import { type OffsetOn, offsetOn } from "#core/kafka/offset.ts";
import type { Cluster } from "#use-cases/ports/cluster.ts";
import { onceConcluded, startTestCluster, type TestCluster } from "./test-cluster.ts";

const patience = { timeout: 10_000 };
let test: TestCluster;
let cluster: Cluster<"source">;
const at = (offset: number): OffsetOn<"source"> => offsetOn<"source">(BigInt(offset));
const spec = (name: string, partitions = 1, configs: Record<string, string> = {}) => ({
  name,
  partitions,
  replicationFactor: -1,
  configs,
});

beforeAll(async () => {
  test = await startTestCluster();
  cluster = test.connect("admin");
});
afterAll(() => test.stop());

const contents = Array.from({ length: 40 }, (_, i) => ({
  key: i % 7 === 0 ? null : `key-${i}`,
  value: i % 5 === 0 ? null : `value-${i}`.repeat(1 + (i % 13) * 20),
  headers: { binary: Buffer.from([0x00, 0xff, 0xfe, i]) },
  timestamp: String(1_700_000_000_000 + i * 1000),
  partition: 0,
}));

describe("reading records", () => {
  it("gives the same fingerprints and times whatever the codec, and whoever compressed", async () => {
    const codecs = ["uncompressed", "gzip", "snappy", "lz4", "zstd"];
    // The broker (Java) compresses each batch anew with the topic's own codec; kafkajs sends plain or gzip.
    await cluster.topics.create([
      ...codecs.map((codec) => spec(`codec-${codec}`, 1, { "compression.type": codec })),
      ...["none", "gzip", "snappy", "lz4", "zstd"].map((codec) => spec(`client-${codec}`)),
    ]);
    const producer = test.kafkajs("app").producer();
    await producer.connect();
    for (const codec of codecs) {
      await producer.send({
        topic: `codec-${codec}`,
        messages: contents.slice(0, 25),
        compression: CompressionTypes.GZIP,
      });
      await producer.send({ topic: `codec-${codec}`, messages: contents.slice(25) });
    }
    await producer.disconnect();
    const read = async (topic: string) =>
      (await cluster.log.read({ partition: { topic, partition: 0 }, from: at(0), isolation: "read_committed" }))
        .records;
    const [plain, ...others] = await Promise.all(codecs.map((codec) => read(`codec-${codec}`)));
    expect(plain?.map((r) => r.offset)).toEqual(contents.map((_, i) => BigInt(i)));
    expect(plain?.map((r) => String(r.timestamp))).toEqual(contents.map((c) => c.timestamp));
    expect(new Set(plain?.map((r) => r.fingerprint)).size).toBe(contents.length);
    for (const other of others) expect(other).toEqual(plain);
  });

  it("reads what a client compressed itself", async () => {
    const producer = test.producer("app");
    const topics = (["none", "gzip", "snappy", "lz4", "zstd"] as const).map((codec) => ({
      codec,
      topic: `client-${codec}`,
    }));
    const messages = Array.from({ length: 200 }, (_, i) => ({
      key: `k${i}`,
      value: "some text that repeats ".repeat(i % 40),
      timestamp: 1_700_000_000_000n,
      partition: 0,
    }));
    for (const { codec, topic } of topics)
      await producer.send({ messages: messages.map((m) => ({ ...m, topic })), compression: codec });
    const all = await Promise.all(
      topics.map(({ topic }) =>
        cluster.log.read({ partition: { topic, partition: 0 }, from: at(0), isolation: "read_uncommitted" }),
      ),
    );
    expect(all[0]?.records.length).toBe(200);
    for (const slice of all) expect(slice.records).toEqual(all[0]?.records);
  });

  it("stops at limit and until, and goes on from next without gap or repeat", async () => {
    const topic = "codec-lz4";
    const whole = await cluster.log.read({
      partition: { topic, partition: 0 },
      from: at(0),
      isolation: "read_committed",
    });
    expect(whole.next).toBe(40n);
    expect(whole.visibleEnd).toBe(40n);
    const part = await cluster.log.read({
      partition: { topic, partition: 0 },
      from: at(3),
      until: at(31),
      isolation: "read_committed",
    });
    expect(part.records).toEqual(whole.records.slice(3, 31));
    expect(part.next).toBe(31n);
    const first = await cluster.log.read({
      partition: { topic, partition: 0 },
      from: at(0),
      limit: 1,
      isolation: "read_committed",
    });
    expect(first.records.length).toBeGreaterThanOrEqual(1);
    const rest = await cluster.log.read({
      partition: { topic, partition: 0 },
      from: first.next,
      isolation: "read_committed",
    });
    expect([...first.records, ...rest.records]).toEqual(whole.records);
    const nothing = await cluster.log.read({
      partition: { topic, partition: 0 },
      from: at(40),
      isolation: "read_committed",
    });
    expect(nothing).toEqual({ records: [], next: 40n, visibleEnd: 40n });
  });

  it("takes the broker's time where the topic says log-append time", async () => {
    await cluster.topics.create([spec("appended", 1, { "message.timestamp.type": "LogAppendTime" })]);
    const producer = test.kafkajs("app").producer();
    await producer.connect();
    const before = BigInt(Date.now());
    await producer.send({ topic: "appended", messages: contents.slice(0, 3) });
    await producer.disconnect();
    const { records } = await cluster.log.read({
      partition: { topic: "appended", partition: 0 },
      from: at(0),
      isolation: "read_committed",
    });
    expect(records.length).toBe(3);
    for (const r of records) expect(r.timestamp).toBeGreaterThanOrEqual(before);
  });

  it("reads a batch larger than any first guess", async () => {
    await cluster.topics.create([spec("large", 1, { "max.message.bytes": "20000000" })]);
    const producer = test.kafkajs("app").producer();
    await producer.connect();
    for (const size of [10, 9_000_000, 10])
      await producer.send({ topic: "large", messages: [{ value: "x".repeat(size), partition: 0 }] });
    await producer.disconnect();
    const { records, next } = await cluster.log.read({
      partition: { topic: "large", partition: 0 },
      from: at(0),
      limit: 3,
      isolation: "read_committed",
    });
    expect(records.map((r) => r.offset)).toEqual([0n, 1n, 2n]);
    expect(next).toBe(3n);
    expect(records[0]?.fingerprint).toBe(records[2]?.fingerprint);
  });
});

describe("transactions", () => {
  const topic = "transactions";
  const partition = { topic, partition: 0 };
  const send = (value: string) => ({ topic, messages: [{ value, partition: 0 }] });

  it("shows an open one as activity and as distance between the ends, hides the aborted, keeps the committed", async () => {
    await cluster.topics.create([spec(topic)]);
    const kafka = test.kafkajs("app");
    const [one, two, plain] = [
      kafka.producer({ transactionalId: "one", idempotent: true, maxInFlightRequests: 1 }),
      kafka.producer({ transactionalId: "two", idempotent: true, maxInFlightRequests: 1 }),
      kafka.producer(),
    ];
    await Promise.all([one.connect(), two.connect(), plain.connect()]);
    const highWatermark = async () => (await cluster.log.ends([partition])).get(`${topic}/0`)?.highWatermark;
    // Interleaved: the aborted transaction of one lies around the committed one of two, then one commits.
    const aborted = await one.transaction();
    await aborted.send(send("aborted-1")); // 0
    const committed = await two.transaction();
    await committed.send(send("committed-1")); // 1
    await plain.send(send("plain-1")); // 2
    await aborted.send(send("aborted-2")); // 3
    const open = (await cluster.activity.producers([partition])).get(`${topic}/0`) ?? [];
    expect(
      open
        .map((p) => p.openTransactionFrom)
        .filter((o) => o !== undefined)
        .toSorted((a, b) => Number(a - b)),
    ).toEqual([0n, 1n]);
    const during = (await cluster.log.ends([partition])).get(`${topic}/0`);
    expect(during).toEqual({ logStart: 0n, lastStable: 0n, highWatermark: 4n });
    const hidden = await cluster.log.read({ partition, from: at(0), isolation: "read_committed" });
    expect(hidden).toEqual({ records: [], next: 0n, visibleEnd: 0n });
    await aborted.abort(); // 4
    // An end of transaction is acknowledged before its markers are written.
    await expect.poll(highWatermark, patience).toBe(5n);
    await committed.send(send("committed-2")); // 5
    await committed.commit(); // 6
    await expect.poll(highWatermark, patience).toBe(7n);
    const again = await one.transaction();
    await onceConcluded(() => again.send(send("committed-3"))); // 7
    await again.commit(); // 8
    await expect.poll(highWatermark, patience).toBe(9n);
    const last = await two.transaction();
    await onceConcluded(() => last.send(send("aborted-3"))); // 9
    await last.abort(); // 10
    await Promise.all([one.disconnect(), two.disconnect(), plain.disconnect()]);
    await expect
      .poll(async () => (await cluster.log.ends([partition])).get(`${topic}/0`)?.lastStable, patience)
      .toBe(11n);
    const visible = await cluster.log.read({ partition, from: at(0), isolation: "read_committed" });
    expect(visible.records.map((r) => r.offset)).toEqual([1n, 2n, 5n, 7n]);
    expect(visible.next).toBe(11n);
    const raw = await cluster.log.read({ partition, from: at(0), isolation: "read_uncommitted" });
    expect(raw.records.map((r) => r.offset)).toEqual([0n, 1n, 2n, 3n, 5n, 7n, 9n]);
    const tail = await cluster.log.read({ partition, from: at(8), isolation: "read_committed" });
    expect(tail).toEqual({ records: [], next: 11n, visibleEnd: 11n });
    const still = (await cluster.activity.producers([partition])).get(`${topic}/0`) ?? [];
    expect(still.some((p) => p.openTransactionFrom !== undefined)).toBe(false);
    for (const from of [1, 2, 3, 4, 5, 6, 7, 8])
      expect((await cluster.log.read({ partition, from: at(from), isolation: "read_committed" })).records).toEqual(
        visible.records.filter((r) => r.offset >= BigInt(from)),
      );
  });
});

describe("ends and times", () => {
  it("answers for many partitions at once and finds offsets by time", async () => {
    await cluster.topics.create([spec("timed", 4)]);
    const producer = test.kafkajs("app").producer();
    await producer.connect();
    await producer.send({
      topic: "timed",
      messages: [10, 20, 30].map((t) => ({ value: "v", timestamp: String(1_700_000_000_000 + t), partition: 1 })),
    });
    await producer.disconnect();
    const partitions = [0, 1, 2, 3].map((partition) => ({ topic: "timed", partition }));
    const ends = await cluster.log.ends(partitions);
    expect([...ends.keys()].toSorted()).toEqual(["timed/0", "timed/1", "timed/2", "timed/3"]);
    expect(ends.get("timed/1")).toEqual({ logStart: 0n, lastStable: 3n, highWatermark: 3n });
    const offset = (t: number, partition = 1) => cluster.log.offsetAtTime({ topic: "timed", partition }, BigInt(t));
    expect(await offset(1_700_000_000_020)).toBe(1n);
    expect(await offset(1_700_000_000_021)).toBe(2n);
    expect(await offset(1_700_000_000_031)).toBeUndefined();
    expect(await offset(-1)).toBe(0n);
    expect(await offset(-1, 0)).toBeUndefined();
  });

  it("names both numbers where the offset is below the log start or beyond the end", async () => {
    const admin = test.kafkajs("admin").admin();
    await admin.connect();
    await admin.fetchTopicOffsets("timed");
    await admin.deleteTopicRecords({ topic: "timed", partitions: [{ partition: 1, offset: "2" }] });
    await admin.disconnect();
    const read = (from: number) =>
      cluster.log.read({ partition: { topic: "timed", partition: 1 }, from: at(from), isolation: "read_committed" });
    await expect(read(1)).rejects.toThrow(/Offset 1 of timed\/1 .* log start 2/);
    await expect(read(9)).rejects.toThrow(/Offset 9 of timed\/1 .* its end 3/);
    await expect(read(1)).rejects.toBeInstanceOf(OperatorFault);
    expect((await read(2)).records.length).toBe(1);
  });

  it("says that a topic or partition is missing", async () => {
    await expect(cluster.log.ends([{ topic: "nowhere", partition: 0 }])).rejects.toThrow(/nowhere\/0.*create it/);
    await expect(cluster.log.ends([{ topic: "timed", partition: 9 }])).rejects.toThrow(/timed\/9/);
  });
});
