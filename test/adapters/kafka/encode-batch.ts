import { gzipSync, zstdCompressSync } from "node:zlib";
import { jsCRC32C } from "@platformatic/kafka";
import { lz4Compress, snappyCompress } from "@platformatic/wasm-utils/bundled";

export type RecordToWrite = {
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: readonly (readonly [string, Buffer | null])[];
  readonly timestamp: bigint;
};

export const codecs = ["none", "gzip", "snappy", "lz4", "zstd", "snappy in chunks"] as const;
export type Codec = (typeof codecs)[number];

export type BatchToWrite = {
  readonly baseOffset: bigint;
  readonly records: readonly RecordToWrite[];
  readonly codec?: Codec;
  readonly producerId?: bigint;
  readonly isTransactional?: boolean;
  readonly isControl?: boolean;
  readonly hasLogAppendTime?: boolean;
  /** Offsets of the records after the first, where compaction left gaps: one delta per record. */
  readonly offsetDeltas?: readonly number[];
};

/** A v2 record batch as a broker keeps it, written after the protocol's description. */
export function encodeBatch(b: BatchToWrite): Buffer {
  const codec = b.codec ?? "none";
  const baseTimestamp = b.records[0]?.timestamp ?? -1n;
  const maxTimestamp = b.records.reduce((max, r) => (r.timestamp > max ? r.timestamp : max), baseTimestamp);
  const deltas = b.offsetDeltas ?? b.records.map((_, i) => i);
  const records = b.records.map((r, i) => encodeRecord(r, deltas[i] ?? i, r.timestamp - baseTimestamp));
  const payload = compress(codec, Buffer.concat(records));
  const batch = Buffer.alloc(61 + payload.length);
  payload.copy(batch, 61);
  batch.writeBigInt64BE(b.baseOffset, 0);
  batch.writeInt32BE(batch.length - 12, 8);
  batch.writeInt8(2, 16);
  const attributes =
    codecNumber[codec] | (b.hasLogAppendTime ? 0x08 : 0) | (b.isTransactional ? 0x10 : 0) | (b.isControl ? 0x20 : 0);
  batch.writeInt16BE(attributes, 21);
  batch.writeInt32BE(deltas.at(-1) ?? 0, 23);
  batch.writeBigInt64BE(baseTimestamp, 27);
  batch.writeBigInt64BE(maxTimestamp, 35);
  batch.writeBigInt64BE(b.producerId ?? -1n, 43);
  batch.writeInt32BE(b.records.length, 57);
  batch.writeUInt32BE(jsCRC32C(batch.subarray(21)), 17);
  return batch;
}

/** The control record that ends a transaction. */
export const encodeMarker = (baseOffset: bigint, producerId: bigint, outcome: "commit" | "abort"): Buffer =>
  encodeBatch({
    baseOffset,
    producerId,
    isTransactional: true,
    isControl: true,
    records: [
      {
        key: Buffer.from([0, 0, 0, outcome === "commit" ? 1 : 0]),
        value: Buffer.from([0, 0, 0, 0, 0, 0]),
        headers: [],
        timestamp: 1n,
      },
    ],
  });

function encodeRecord(r: RecordToWrite, offsetDelta: number, timestampDelta: bigint): Buffer {
  const body = Buffer.concat([
    Buffer.from([0]),
    varint(timestampDelta),
    varint(BigInt(offsetDelta)),
    bytes(r.key),
    bytes(r.value),
    varint(BigInt(r.headers.length)),
    ...r.headers.flatMap(([name, value]) => [bytes(Buffer.from(name)), bytes(value)]),
  ]);
  return Buffer.concat([varint(BigInt(body.length)), body]);
}

const bytes = (b: Buffer | null): Buffer => (b === null ? varint(-1n) : Buffer.concat([varint(BigInt(b.length)), b]));

function varint(value: bigint): Buffer {
  let rest = BigInt.asUintN(64, (value << 1n) ^ (value >> 63n));
  const out: number[] = [];
  do {
    const low = Number(rest & 0x7fn);
    rest >>= 7n;
    out.push(rest === 0n ? low : low | 0x80);
  } while (rest !== 0n);
  return Buffer.from(out);
}

const codecNumber: Readonly<Record<Codec, number>> = {
  none: 0,
  gzip: 1,
  snappy: 2,
  "snappy in chunks": 2,
  lz4: 3,
  zstd: 4,
};

function compress(codec: Codec, plain: Buffer): Buffer {
  if (codec === "gzip") return gzipSync(plain);
  if (codec === "snappy") return snappyCompress(plain);
  if (codec === "lz4") return lz4Compress(plain);
  if (codec === "zstd") return zstdCompressSync(plain);
  if (codec === "snappy in chunks") return xerial(plain);
  return plain;
}

/** What Java's snappy stream writes: magic, two versions, then length and block by turns. */
function xerial(plain: Buffer): Buffer {
  const parts: Buffer[] = [Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0, 0, 0, 0, 1, 0, 0, 0, 1])];
  for (let i = 0; i < plain.length; i += 50) {
    const block = snappyCompress(plain.subarray(i, i + 50));
    const length = Buffer.alloc(4);
    length.writeInt32BE(block.length);
    parts.push(length, block);
  }
  return Buffer.concat(parts);
}
