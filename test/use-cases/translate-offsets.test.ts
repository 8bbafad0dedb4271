import { describe, expect, test } from "vitest";
import { offsetOn } from "#core/kafka/offset.ts";
import { type PartitionKey, partitionKey } from "#core/kafka/topic-partition.ts";
import { beginMirrorCursor, provedThrough } from "#core/verification/mirror-cursor.ts";
import { compareMirror } from "#use-cases/compare-mirror.ts";
import type { TopicDescription } from "#use-cases/ports/cluster.ts";
import { tailsEqual } from "#use-cases/tails-equal.ts";
import { proveTranslations, translateGroup } from "#use-cases/translate-offsets.ts";
import { InMemoryLog, inMemoryReader } from "../in-memory/in-memory-log.ts";

const partitions = [0, 1, 2].map((partition) => ({ topic: "orders", partition }));
const description: TopicDescription = {
  name: "orders",
  id: "id",
  partitions: 3,
  replicationFactor: 1,
  configs: new Map([
    ["cleanup.policy", { value: "delete", isTopicLevel: false }],
    ["message.timestamp.type", { value: "CreateTime", isTopicLevel: false }],
  ]),
};
const topics = { from: new Map([["orders", description]]), to: new Map([["orders", description]]) };

/** Partition 0: 30,000 records of which a crashed worker repeated 1,000; 1: 10 records, markers in between; 2: nothing. */
const estate = () => {
  const source = new Map<PartitionKey, InMemoryLog<"source">>();
  const target = new Map<PartitionKey, InMemoryLog<"target">>();
  for (const partition of partitions) {
    source.set(partitionKey(partition), new InMemoryLog<"source">());
    target.set(partitionKey(partition), new InMemoryLog<"target">());
  }
  const log = {
    source: (partition: number) => source.get(`orders/${partition}`) ?? new InMemoryLog<"source">(),
    target: (partition: number) => target.get(`orders/${partition}`) ?? new InMemoryLog<"target">(),
  };
  for (let n = 0; n < 30_000; n += 1) log.source(0).append(`record ${n % 7}`, BigInt(Math.floor(n / 5)));
  for (const [from, until] of [
    [0, 21_000],
    [20_000, 30_000],
  ] as const)
    for (let n = from; n < until; n += 1) log.target(0).append(`record ${n % 7}`, BigInt(Math.floor(n / 5)));
  for (let n = 0; n < 10; n += 1) {
    log.source(1).append("same", 3n);
    log.source(1).append("marker", 3n, "control");
    log.target(1).append("same", 3n);
  }
  return { log, logs: { from: inMemoryReader(source), to: inMemoryReader(target) } };
};
const frontier = new Map<PartitionKey, bigint>([
  ["orders/0", 30_000n],
  ["orders/1", 19n],
]);
const at = (...offsets: readonly bigint[]) =>
  new Map(
    offsets.map((offset, partition): [PartitionKey, ReturnType<typeof offsetOn<"source">>] => [
      `orders/${partition}`,
      offsetOn<"source">(offset),
    ]),
  );

describe("a group's positions", () => {
  test("are translated per partition, and proved by what stands there", async () => {
    const { logs } = estate();
    const committed = at(20_500n, 9n, 0n);
    const translations = await translateGroup(logs, { positions: committed, frontier, topics });
    expect(translations.get("orders/0")).toMatchObject({ kind: "exact", offset: 21_500n });
    expect(translations.get("orders/1")).toMatchObject({ kind: "exact", offset: 5n });
    expect(translations.get("orders/2")).toMatchObject({ kind: "exact", offset: 0n, basis: { anchor: "empty" } });
    const proofs = await proveTranslations(
      logs,
      new Map(
        [...committed].map(([key, offset]) => {
          const found = translations.get(key);
          const translated = found !== undefined && "offset" in found ? found.offset : offsetOn<"target">(-1n);
          return [key, { committed: offset, translated, frontier: offsetOn<"source">(frontier.get(key) ?? 0n) }];
        }),
      ),
    );
    expect([...proofs.values()]).toEqual([{ isProved: true }, { isProved: true }, { isProved: true }]);
  });

  test("before a repeat say how many records come twice", async () => {
    const { logs } = estate();
    const translations = await translateGroup(logs, { positions: at(100n), frontier, topics });
    expect(translations.get("orders/0")).toMatchObject({ kind: "exact-with-repeats", offset: 100n, repeats: 1000 });
  });

  test("after a repeat rest on the mirror's comparison, and read little", async () => {
    const { logs } = estate();
    const compared = await compareMirror(logs, { cursors: begun(), frontier });
    const proved = new Map(
      [...compared.cursors].flatMap(([key, cursor]) => {
        const through = provedThrough(cursor);
        return through === undefined ? [] : [[key, through] as const];
      }),
    );
    const translations = await translateGroup(logs, { positions: at(22_000n), frontier, topics, proved });
    const found = translations.get("orders/0");
    expect(found).toMatchObject({
      kind: "exact",
      offset: 23_000n,
      basis: { method: "equal-then-proved", recordsAhead: 8000 },
    });
    if (found?.kind === "exact") expect(found.basis.recordsRead).toBeLessThan(4000);
  });

  test("of a topic that is not on the other side are refused by name", async () => {
    const { logs } = estate();
    const only = { from: topics.from, to: new Map<string, TopicDescription>() };
    await expect(translateGroup(logs, { positions: at(1n), frontier, topics: only })).rejects.toThrow(
      "orders is not on the to side",
    );
  });
});

const begun = () =>
  new Map(
    partitions.map((partition) => [
      partitionKey(partition),
      beginMirrorCursor(offsetOn<"source">(0n), offsetOn<"target">(0n)),
    ]),
  );

describe("the mirror's comparison", () => {
  test("goes on where it stopped, counts repeats and finds a late writer", async () => {
    const { log, logs } = estate();
    const first = await compareMirror(logs, { cursors: begun(), frontier, maxRecords: 1 });
    expect(first.behind.get("orders/0")?.to).toBeGreaterThan(10_000n);
    const rest = await compareMirror(logs, { cursors: first.cursors, frontier });
    expect(rest.findings).toMatchObject([
      { kind: "repeated", firstOffset: 21_000n, lastOffset: 21_999n, records: 1000 },
    ]);
    expect(rest.cursors.get("orders/0")).toMatchObject({ matched: 30_000, repeated: 1000, lastRepeatAt: 21_999n });
    expect([...rest.behind.values()]).toEqual([
      { from: 0n, to: 0n },
      { from: 0n, to: 0n },
      { from: 0n, to: 0n },
    ]);
    log.target(2).append("late", 9n);
    const late = await compareMirror(logs, { cursors: rest.cursors, frontier });
    expect(late.findings).toMatchObject([{ kind: "foreign", partition: { partition: 2 }, firstOffset: 0n }]);
    expect(late.findings[0]?.reason).toContain("orders/2: 1 records downstream (offset 0)");
  });

  test("says what retention took before it was compared", async () => {
    const { log, logs } = estate();
    log.source(0).deleteBefore(500n);
    const { findings } = await compareMirror(logs, { cursors: begun(), frontier });
    expect(findings).toMatchObject([{ kind: "expired", firstOffset: 0n, lastOffset: 499n }]);
  });
});

describe("the drain's tails", () => {
  test("are equal once everything is mirrored, and give the last visible source records", async () => {
    const { logs } = estate();
    const compared = await tailsEqual({ ...logs, partitions });
    expect(compared.different).toEqual([]);
    expect([...compared.lastVisible]).toEqual([
      ["orders/0", 29_999n],
      ["orders/1", 18n],
      ["orders/2", undefined],
    ]);
  });

  test("name the partition that is behind, also where one of a run of identical records is lacking", async () => {
    const { log, logs } = estate();
    log.source(1).append("same", 3n);
    log.source(0).append("new", 9_000n);
    const { different } = await tailsEqual({ ...logs, partitions });
    expect(different.map(({ partition, reason }) => `${partition.partition} ${reason}`).sort()).toEqual([
      "0 ends with record 30999, which is not the copy of 30000",
      "1 lacks record 0 where its order puts it before 9",
    ]);
  });

  test("ask once per side and partition, besides the ends", async () => {
    const { logs } = estate();
    await tailsEqual({ ...logs, partitions: partitions.slice(0, 1) });
    expect([logs.from.requests(), logs.to.requests()]).toEqual([2, 2]);
  });
});
