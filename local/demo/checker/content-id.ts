import { hash } from "node:crypto";

/** What makes a record that record, wherever it lies: everything but its offset. Times are ms since the epoch, as text. */
export type RecordContent = {
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly timestamp: string;
  readonly headers: Readonly<Record<string, HeaderValue | undefined>>;
};

type HeaderValue = Buffer | string | (Buffer | string)[];

/**
 * Sixteen characters that stand for a record's key, value, timestamp and headers in their order. Two records have one id
 * only where nothing a consumer sees tells them apart, so an id may occur many times: compare multisets, never sets.
 */
export const contentId = (record: RecordContent): string => {
  const parts: Buffer[] = [];
  add(parts, record.key);
  add(parts, record.value);
  add(parts, Buffer.from(record.timestamp));
  for (const [name, value] of Object.entries(record.headers)) {
    for (const one of Array.isArray(value) ? value : [value]) {
      add(parts, Buffer.from(name));
      add(parts, one === undefined ? null : Buffer.from(one));
    }
  }
  return hash("sha1", Buffer.concat(parts), "base64url").slice(0, 16);
};

// The length goes in front: without it "ab"+"c" and "a"+"bc" would be one record, and a tombstone an empty value.
const add = (parts: Buffer[], bytes: Buffer | null): void => {
  const length = Buffer.allocUnsafe(4);
  length.writeInt32BE(bytes === null ? -1 : bytes.length);
  parts.push(length);
  if (bytes !== null) parts.push(bytes);
};
