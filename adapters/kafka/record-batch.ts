import { hash } from "node:crypto";
import { gunzipSync, zstdDecompressSync } from "node:zlib";
import { crc32c, lz4Decompress, snappyDecompress } from "@platformatic/wasm-utils/bundled";

/** Bytes that are not the v2 record batches they should be; the message says how, without naming the partition. */
export class UnreadableBatch extends Error {
  override readonly name: string = "UnreadableBatch";
}

export type RecordBatch = {
  readonly baseOffset: bigint;
  readonly lastOffset: bigint;
  readonly producerId: bigint;
  readonly isTransactional: boolean;
  readonly isControl: boolean;
  readonly hasLogAppendTime: boolean;
  readonly baseTimestamp: bigint;
  readonly maxTimestamp: bigint;
  readonly recordCount: number;
  readonly compression: number;
  /** The records as they lie in the log, compressed or not. */
  readonly payload: Buffer;
};

export type BatchRecord = {
  readonly offset: bigint;
  readonly timestamp: bigint;
  /** From key length to the end of headers: the same bytes on every cluster, whatever the batching and compression. */
  readonly content: Buffer;
};

const headerLength = 61;

/** The complete batches at the start of `bytes`, each with its CRC checked; a batch cut short at the end is left out. */
export function* completeBatches(bytes: Buffer): Generator<RecordBatch> {
  let position = 0;
  while (position + 17 <= bytes.length) {
    const length = bytes.readInt32BE(position + 8) + 12;
    const baseOffset = bytes.readBigInt64BE(position);
    const magic = bytes.readInt8(position + 16);
    if (magic !== 2)
      throw new UnreadableBatch(
        `at offset ${baseOffset} it holds records of message format v${magic}; expected v2 (Kafka 0.11 and later): have it written again in v2`,
      );
    if (length < headerLength)
      throw new UnreadableBatch(`at offset ${baseOffset} a batch has the impossible length ${length}`);
    if (position + length > bytes.length) return;
    yield parseBatch(bytes.subarray(position, position + length));
    position += length;
  }
}

function parseBatch(batch: Buffer): RecordBatch {
  const baseOffset = batch.readBigInt64BE(0);
  // Everything after the CRC itself: attributes, timestamps, producer and records.
  if (crc32c(batch.subarray(21)) !== batch.readUInt32BE(17))
    throw new UnreadableBatch(
      `the batch at offset ${baseOffset} does not match its CRC-32C: it is damaged on this broker's disk or on the way`,
    );
  const attributes = batch.readInt16BE(21);
  return {
    baseOffset,
    lastOffset: baseOffset + BigInt(batch.readInt32BE(23)),
    compression: attributes & 0x07,
    hasLogAppendTime: (attributes & 0x08) !== 0,
    isTransactional: (attributes & 0x10) !== 0,
    isControl: (attributes & 0x20) !== 0,
    baseTimestamp: batch.readBigInt64BE(27),
    maxTimestamp: batch.readBigInt64BE(35),
    producerId: batch.readBigInt64BE(43),
    recordCount: batch.readInt32BE(57),
    payload: batch.subarray(headerLength),
  };
}

/** The records of one batch in order. Control batches have them too: their key says commit or abort. */
export function recordsOf(batch: RecordBatch): BatchRecord[] {
  const bytes = decompress(batch);
  const records: BatchRecord[] = [];
  const cursor = new Cursor(bytes);
  for (let i = 0; i < batch.recordCount; i++) {
    const length = cursor.varint();
    const end = cursor.position + length;
    if (length < 0 || end > bytes.length)
      throw new UnreadableBatch(`record ${i} of the batch at offset ${batch.baseOffset} does not fit into it`);
    cursor.position += 1;
    const timestampDelta = cursor.varlong();
    const offsetDelta = cursor.varint();
    records.push({
      offset: batch.baseOffset + BigInt(offsetDelta),
      timestamp: batch.hasLogAppendTime ? batch.maxTimestamp : batch.baseTimestamp + timestampDelta,
      content: bytes.subarray(cursor.position, end),
    });
    cursor.position = end;
  }
  return records;
}

/** Either is undefined where the record has none: one without a value takes its key away. */
export function keyAndValueOf(content: Buffer): {
  readonly key: Buffer | undefined;
  readonly value: Buffer | undefined;
} {
  const cursor = new Cursor(content);
  const next = (): Buffer | undefined => {
    const length = cursor.varint();
    if (length < 0) return undefined;
    const bytes = content.subarray(cursor.position, cursor.position + length);
    cursor.position += length;
    return bytes;
  };
  const key = next();
  return { key, value: next() };
}

/** The fingerprint of `VisibleRecord`: 128 bits of SHA-256 over the content slice, in hex. */
export const fingerprintOf = (content: Buffer): string => hash("sha256", content, "hex").slice(0, 32);

/** Whether a control batch ends a transaction by aborting it. Key: version (int16), type (int16), 0 for abort. */
export function isAbortMarker(batch: RecordBatch): boolean {
  if (!batch.isControl) return false;
  const [marker] = recordsOf(batch);
  if (!marker) return false;
  const keyStart = 1;
  return marker.content.readInt16BE(keyStart + 2) === 0;
}

function decompress(batch: RecordBatch): Buffer {
  const { payload, compression, baseOffset } = batch;
  try {
    if (compression === 0) return payload;
    if (compression === 1) return gunzipSync(payload);
    if (compression === 2) return unsnap(payload);
    if (compression === 3) return lz4Decompress(payload);
    if (compression === 4) return zstdDecompressSync(payload);
  } catch (error) {
    throw new UnreadableBatch(`the batch at offset ${baseOffset} cannot be decompressed: ${String(error)}`);
  }
  throw new UnreadableBatch(`the batch at offset ${baseOffset} is compressed with the unknown codec ${compression}`);
}

const xerialMagic = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00]);
const xerialHeaderLength = 16;

/** Java writes snappy in chunks with a header of its own (xerial); others write one bare block. */
function unsnap(payload: Buffer): Buffer {
  if (!payload.subarray(0, xerialMagic.length).equals(xerialMagic)) return snappyDecompress(payload);
  const chunks: Buffer[] = [];
  for (let position = xerialHeaderLength; position < payload.length; ) {
    const length = payload.readInt32BE(position);
    position += 4;
    if (length < 0 || position + length > payload.length) throw new RangeError("snappy chunk beyond the batch");
    chunks.push(snappyDecompress(payload.subarray(position, position + length)));
    position += length;
  }
  return Buffer.concat(chunks);
}

/** Zig-zag variable-length integers, as records use them. */
class Cursor {
  readonly #bytes: Buffer;
  position = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  varint(): number {
    let raw = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.#next();
      raw |= (byte & 0x7f) << shift;
      if ((byte & 0x80) === 0) return (raw >>> 1) ^ -(raw & 1);
    }
    throw new UnreadableBatch("a variable-length integer has more than five bytes");
  }

  varlong(): bigint {
    let raw = 0;
    let shift = 0;
    // Multiplication stays exact up to 2^53: seven bytes; shifts would wrap at 32 bits.
    for (; shift < 49; shift += 7) {
      const byte = this.#next();
      raw += (byte & 0x7f) * 2 ** shift;
      if ((byte & 0x80) === 0) return BigInt(raw % 2 === 0 ? raw / 2 : -(raw + 1) / 2);
    }
    let wide = BigInt(raw);
    for (; shift < 70; shift += 7) {
      const byte = this.#next();
      wide |= BigInt(byte & 0x7f) << BigInt(shift);
      if ((byte & 0x80) === 0) return (wide >> 1n) ^ -(wide & 1n);
    }
    throw new UnreadableBatch("a variable-length long has more than ten bytes");
  }

  #next(): number {
    const byte = this.#bytes[this.position++];
    if (byte === undefined) throw new UnreadableBatch("a record ends in the middle of an integer");
    return byte;
  }
}
