import { type IHeaders, type Message } from "kafkajs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { connectCluster } from "#adapters/kafka/connect-cluster.ts";
import { type OffsetOn, offsetOn } from "#core/kafka/offset.ts";
import type { PartitionKey } from "#core/kafka/topic-partition.ts";
import { isSameRecord, type VisibleRecord } from "#core/kafka/visible-record.ts";
import { beginMirrorCursor, provedThrough } from "#core/verification/mirror-cursor.ts";
import { compareMirror } from "#use-cases/compare-mirror.ts";
import type { Cluster } from "#use-cases/ports/cluster.ts";
import { tailsEqual } from "#use-cases/tails-equal.ts";
import { proveTranslations, translateGroup } from "#use-cases/translate-offsets.ts";
import { startTestCluster, type TestCluster } from "../adapters/kafka/test-cluster.ts";

const topic = "orders";
const key: PartitionKey = "orders/0";
const partition = { topic, partition: 0 };
const records = 20_000;
/** The mirror crashed after 12,000 records and went on from 11,600. */
const replay = { from: 11_600, until: 12_000 };

let clusters: readonly TestCluster[] = [];
let source: Cluster<"source">;
let target: Cluster<"target">;
let closeTarget: () => Promise<void> = async () => {};
let sourceRecords: readonly VisibleRecord<"source">[] = [];
let targetRecords: readonly VisibleRecord<"target">[] = [];

/** Runs of up to 200 identical records, tombstones, binary headers, times that repeat and now and then go back. */
const contents = (): Message[] => {
  const start = Date.now() - 3_600_000;
  return Array.from({ length: records }, (_, n) => {
    const run = Math.floor(n / 200);
    const isRun = run % 3 === 0;
    const headers: IHeaders = { trace: Buffer.from([0, 255, 254, run % 256]) };
    const late = run % 7 === 5 && n % 50 === 0 ? 900 : 0;
    const time = isRun ? run * 100 : Math.floor(n / 2) - late;
    return {
      key: `key ${isRun ? run : n % 50}`,
      value: n % 11 === 0 && !isRun ? null : isRun ? "same" : `value ${n % 9}`.repeat(1 + (n % 17)),
      headers,
      timestamp: `${start + time}`,
      partition: 0,
    };
  });
};

const send = async (cluster: TestCluster, messages: readonly Message[], batch: number, abortsEvery: number) => {
  const client = cluster.kafkajs("admin");
  const plain = client.producer();
  const transactional = client.producer({ transactionalId: "writer", maxInFlightRequests: 1, idempotent: true });
  await plain.connect();
  if (abortsEvery > 0) await transactional.connect();
  for (let n = 0, round = 0; n < messages.length; n += batch, round += 1) {
    if (abortsEvery > 0 && round % abortsEvery === 1) {
      const aborted = await transactional.transaction();
      await aborted.send({ topic, messages: [{ key: "aborted", value: "never seen", partition: 0 }] });
      await aborted.abort();
    }
    await plain.send({ topic, messages: messages.slice(n, n + batch) });
  }
  await plain.disconnect();
  if (abortsEvery > 0) await transactional.disconnect();
};

const readWhole = async <S extends "source" | "target">(cluster: Cluster<S>): Promise<readonly VisibleRecord<S>[]> =>
  (await cluster.log.read({ partition, from: offsetOn<S>(0n), isolation: "read_committed" })).records;

beforeAll(async () => {
  clusters = await Promise.all([startTestCluster(), startTestCluster()]);
  const [one, other] = clusters;
  if (one === undefined || other === undefined) throw new Error("two brokers were started");
  source = one.connect("admin");
  const connected = connectCluster("target", {
    bootstrapServers: [other.broker.bootstrapServers],
    tls: false,
    sasl: { mechanism: "SCRAM-SHA-256", username: "admin", password: "admin-secret" },
    clientId: "sluice-test",
  });
  closeTarget = connected.close;
  target = connected;
  for (const cluster of [source, target])
    await cluster.topics.create([{ name: topic, partitions: 1, replicationFactor: -1, configs: {} }]);
  const messages = contents();
  await send(one, messages, 170, 20);
  await send(other, [...messages.slice(0, replay.until), ...messages.slice(replay.from)], 430, 0);
  [sourceRecords, targetRecords] = await Promise.all([readWhole(source), readWhole(target)]);
});
afterAll(async () => {
  await closeTarget();
  for (const cluster of clusters) await cluster.stop();
});

const logs = () => ({ from: source.log, to: target.log });
const topics = async () => ({
  from: await source.topics.describe([topic]),
  to: await target.topics.describe([topic]),
});
/** Commits spread over the log by a fixed step, both ends included; each stands for a group of its own. */
const commits = (end: bigint): OffsetOn<"source">[] =>
  Array.from({ length: 120 }, (_, n) => offsetOn<"source">(n === 119 ? end : (BigInt(n * 7919) * 13n) % end));

describe("on two real brokers, a copy in other batches with one replay", () => {
  test("is what it is meant to be", () => {
    expect(sourceRecords).toHaveLength(records);
    expect(targetRecords).toHaveLength(records + replay.until - replay.from);
    expect(sourceRecords.at(-1)?.offset).toBeGreaterThan(BigInt(records));
  });

  test("every commit goes to where exactly the rest follows, or the replay and no more", async ({ annotate }) => {
    const end = (await source.log.ends([partition])).get(key)?.lastStable ?? offsetOn<"source">(0n);
    const described = await topics();
    const frontier = new Map([[key, end as bigint]]);
    const proved = new Map<PartitionKey, NonNullable<ReturnType<typeof provedThrough<"source", "target">>>>();
    for (const withProof of [false, true]) {
      if (withProof) {
        const begun = beginMirrorCursor(offsetOn<"source">(0n), offsetOn<"target">(0n));
        const compared = await compareMirror(logs(), { cursors: new Map([[key, begun]]), frontier });
        const cursor = compared.cursors.get(key);
        expect(cursor).toMatchObject({ matched: records, repeated: 400, foreign: 0, missing: 0 });
        const through = cursor === undefined ? undefined : provedThrough(cursor);
        if (through !== undefined) proved.set(key, through);
      }
      const requests: number[] = [];
      const read: number[] = [];
      const milliseconds: number[] = [];
      for (const committed of commits(end).filter((_, n) => !withProof || n % 4 === 3)) {
        const begunAt = performance.now();
        const found = (
          await translateGroup(logs(), { positions: new Map([[key, committed]]), frontier, topics: described, proved })
        ).get(key);
        milliseconds.push(performance.now() - begunAt);
        if (found?.kind !== "exact" && found?.kind !== "exact-with-repeats")
          throw new Error(`${committed}: ${found?.kind}`);
        requests.push(found.basis.requests);
        read.push(found.basis.recordsRead);
        const wanted = sourceRecords.filter((record) => record.offset >= committed);
        const rest = targetRecords.filter((record) => record.offset >= found.offset);
        const repeats = records - wanted.length < replay.from ? 400 : 0;
        expect(rest.length - wanted.length).toBe(repeats);
        expect(found.kind === "exact" ? 0 : found.repeats).toBe(repeats);
        const first = wanted[0];
        const there = rest[0];
        expect(first === undefined || there === undefined ? first === there : isSameRecord(first, there)).toBe(true);
        if (repeats === 0)
          expect(wanted.every((record, n) => rest[n] !== undefined && isSameRecord(record, rest[n]))).toBe(true);
        const proofs = await proveTranslations(
          logs(),
          new Map([[key, { committed, translated: found.offset, frontier: end }]]),
        );
        expect(proofs.get(key)).toEqual({ isProved: true });
      }
      const median = (values: number[]) => values.sort((a, b) => a - b)[values.length >> 1];
      await annotate(
        `${withProof ? "with" : "without"} the comparison: median ${median(requests)} requests (most ${Math.max(...requests)}), ${median(read)} records read (most ${Math.max(...read)}), ${median(milliseconds)?.toFixed(1)} ms (most ${Math.max(...milliseconds).toFixed(1)})`,
      );
    }
  });

  test("a commit near the end costs few requests and few records", async ({ annotate }) => {
    const end = (await source.log.ends([partition])).get(key)?.lastStable ?? offsetOn<"source">(0n);
    const described = await topics();
    const milliseconds: number[] = [];
    for (let lag = 0n; lag < 60n; lag += 3n) {
      const begunAt = performance.now();
      const positions = new Map([[key, offsetOn<"source">(end - lag)]]);
      const found = (
        await translateGroup(logs(), { positions, frontier: new Map([[key, end]]), topics: described })
      ).get(key);
      milliseconds.push(performance.now() - begunAt);
      expect(found).toMatchObject({ kind: "exact", basis: { method: "equal" } });
      if (found?.kind !== "exact") throw new Error("expected an exact position");
      expect(found.basis.requests).toBeLessThanOrEqual(10);
      expect(found.basis.recordsRead).toBeLessThan(3000);
    }
    milliseconds.sort((a, b) => a - b);
    await annotate(`median ${milliseconds[10]?.toFixed(1)} ms, most ${milliseconds.at(-1)?.toFixed(1)}`);
  });

  test("the tails are equal, and tell the one record that is still to come", async ({ annotate }) => {
    const begunAt = performance.now();
    expect(await tailsEqual({ ...logs(), partitions: [partition] })).toMatchObject({
      different: [],
      lastVisible: new Map([[key, sourceRecords.at(-1)?.offset]]),
    });
    await annotate(`tails compared in ${(performance.now() - begunAt).toFixed(1)} ms`);
    const [one] = clusters;
    if (one === undefined) throw new Error("no source broker");
    await send(one, [{ key: "new", value: "new", partition: 0 }], 1, 0);
    const { different } = await tailsEqual({ ...logs(), partitions: [partition] });
    expect(different).toMatchObject([{ partition, lastVisible: { to: targetRecords.at(-1)?.offset } }]);
  });
});
