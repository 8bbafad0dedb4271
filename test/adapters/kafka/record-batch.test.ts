import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { completeBatches, fingerprintOf, recordsOf, UnreadableBatch } from "#adapters/kafka/record-batch.ts";
import { codecs, encodeBatch, type RecordToWrite } from "./encode-batch.ts";

const buffers = fc.uint8Array({ maxLength: 60 }).map((a) => Buffer.from(a));
const nullable = fc.option(buffers, { freq: 4 });
const records: fc.Arbitrary<RecordToWrite> = fc.record({
  key: nullable,
  value: nullable,
  headers: fc.array(fc.tuple(fc.string({ maxLength: 8 }), nullable), { maxLength: 3 }),
  timestamp: fc.bigInt({ min: 0n, max: 4_000_000_000_000n }),
});

const readAll = (bytes: Buffer) =>
  [...completeBatches(bytes)].flatMap((b) =>
    recordsOf(b).map((r) => ({ offset: r.offset, timestamp: r.timestamp, fingerprint: fingerprintOf(r.content) })),
  );

/** The log as whoever batched it: batches of the given sizes, each with its codec. */
function write(all: readonly RecordToWrite[], sizes: readonly number[], codecOf: readonly number[]): Buffer {
  const parts: Buffer[] = [];
  for (let i = 0, n = 0; i < all.length; n++) {
    const size = sizes[n % sizes.length] ?? 1;
    const codec = codecs[codecOf[n % codecOf.length] ?? 0] ?? "none";
    parts.push(encodeBatch({ baseOffset: BigInt(i), records: all.slice(i, i + size), codec }));
    i += size;
  }
  return Buffer.concat(parts);
}

const batching = fc.tuple(
  fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 }),
  fc.array(fc.nat({ max: codecs.length - 1 }), { minLength: 1, maxLength: 5 }),
);

describe("record batches", () => {
  it("give the same records whatever the batching and compression", () => {
    fc.assert(
      fc.property(fc.array(records, { minLength: 1, maxLength: 30 }), batching, batching, (all, one, two) => {
        const first = readAll(write(all, ...one));
        expect(first).toEqual(readAll(write(all, ...two)));
        expect(first.map((r) => r.offset)).toEqual(all.map((_, i) => BigInt(i)));
        expect(first.map((r) => r.timestamp)).toEqual(all.map((r) => r.timestamp));
      }),
    );
  });

  it("tell records apart by key, value, and headers, null from empty included", () => {
    const base: RecordToWrite = {
      key: Buffer.from("k"),
      value: Buffer.from("v"),
      headers: [["h", null]],
      timestamp: 5n,
    };
    const variants: RecordToWrite[] = [
      base,
      { ...base, key: null },
      { ...base, key: Buffer.alloc(0) },
      { ...base, value: null },
      { ...base, value: Buffer.alloc(0) },
      { ...base, headers: [] },
      { ...base, headers: [["h", Buffer.alloc(0)]] },
      { ...base, headers: [["i", null]] },
      { ...base, key: Buffer.from("kv"), value: Buffer.alloc(0) },
    ];
    const found = readAll(encodeBatch({ baseOffset: 0n, records: variants }));
    expect(new Set(found.map((r) => r.fingerprint)).size).toBe(variants.length);
  });

  it("fingerprint the bytes from key length to the end of headers", () => {
    const [found] = readAll(
      encodeBatch({
        baseOffset: 41n,
        records: [{ key: Buffer.from("ab"), value: null, headers: [["h", Buffer.from([0xff])]], timestamp: 9n }],
      }),
    );
    const content = Buffer.from([4, 0x61, 0x62, 1, 2, 2, 0x68, 2, 0xff]);
    const expected = createHash("sha256").update(content).digest("hex").slice(0, 32);
    expect(found).toEqual({ offset: 41n, timestamp: 9n, fingerprint: expected });
  });

  it("carry times far apart, before and after the first, to the millisecond", () => {
    const times = [1_700_000_000_000n, 0n, -1n, 2n ** 48n, 2n ** 62n, -(2n ** 61n), 1_700_000_000_001n];
    const found = readAll(
      encodeBatch({
        baseOffset: 0n,
        records: times.map((timestamp) => ({ key: null, value: null, headers: [], timestamp })),
      }),
    );
    expect(found.map((r) => r.timestamp)).toEqual(times);
  });

  it("have one time, the broker's, where it is log-append time", () => {
    const found = readAll(
      encodeBatch({
        baseOffset: 0n,
        hasLogAppendTime: true,
        records: [3n, 9n, 4n].map((timestamp) => ({ key: null, value: null, headers: [], timestamp })),
      }),
    );
    expect(found.map((r) => r.timestamp)).toEqual([9n, 9n, 9n]);
  });

  it("keep their offsets where compaction left gaps, beyond 2^53 too", () => {
    const baseOffset = 2n ** 60n;
    const [batch] = [
      ...completeBatches(
        encodeBatch({
          baseOffset,
          offsetDeltas: [2, 7],
          records: [1n, 2n].map((timestamp) => ({ key: null, value: null, headers: [], timestamp })),
        }),
      ),
    ];
    expect(batch?.lastOffset).toBe(baseOffset + 7n);
    expect(batch && recordsOf(batch).map((r) => r.offset)).toEqual([baseOffset + 2n, baseOffset + 7n]);
  });

  it("cut short anywhere give the whole batches before the cut and nothing else", () => {
    const all = Array.from({ length: 12 }, (_, i) => ({
      key: Buffer.from(`k${i}`),
      value: null,
      headers: [],
      timestamp: BigInt(i),
    }));
    const bytes = write(all, [4], [0, 4]);
    const whole = readAll(bytes);
    for (let cut = 0; cut <= bytes.length; cut++) {
      const found = readAll(bytes.subarray(0, cut));
      expect(found.length % 4).toBe(0);
      expect(found).toEqual(whole.slice(0, found.length));
    }
    expect(readAll(bytes).length).toBe(12);
  });

  it("are refused when a single bit is not as it was written", () => {
    const bytes = encodeBatch({
      baseOffset: 7n,
      records: [{ key: Buffer.from("key"), value: Buffer.from("value"), headers: [], timestamp: 1n }],
    });
    fc.assert(
      fc.property(fc.integer({ min: 17, max: bytes.length - 1 }), fc.nat({ max: 7 }), (position, bit) => {
        const damaged = Buffer.from(bytes);
        damaged[position] = (damaged[position] ?? 0) ^ (1 << bit);
        expect(() => readAll(damaged)).toThrow(/offset 7 does not match its CRC-32C/);
      }),
    );
  });

  it("of an older format or with an impossible length are refused, with the reason", () => {
    const older = encodeBatch({ baseOffset: 3n, records: [] });
    older.writeInt8(1, 16);
    expect(() => readAll(older)).toThrow(/offset 3 .* message format v1; expected v2/);
    const impossible = encodeBatch({ baseOffset: 3n, records: [] });
    impossible.writeInt32BE(5, 8);
    expect(() => readAll(impossible)).toThrow(UnreadableBatch);
  });
});
