import type { Member } from "#core/inventory/group.ts";

/** What members of a classic group told each other in Kafka's consumer protocol; nothing where it is something else. */
export const toldEachOther = (m: {
  readonly memberMetadata: Buffer;
  readonly memberAssignment: Buffer;
}): Pick<Member, "subscribed" | "assigned"> =>
  ordered(
    parsed(m.memberMetadata, (r) => r.array(() => r.string())) ?? [],
    parsed(m.memberAssignment, (r) =>
      r.array(() => ({ topicName: r.string(), partitions: r.array(() => r.int32()) })),
    ) ?? [],
  );

/** In the order of names and numbers, so that two snapshots of the same are the same. */
export const ordered = (
  subscribed: readonly string[],
  assigned: readonly { readonly topicName: string; readonly partitions: readonly number[] }[],
): Pick<Member, "subscribed" | "assigned"> => ({
  subscribed: subscribed.toSorted(),
  assigned: assigned
    .map(({ topicName, partitions }) => ({ topic: topicName, partitions: partitions.toSorted((a, b) => a - b) }))
    .toSorted((a, b) => (a.topic < b.topic ? -1 : 1)),
});

/** Bytes that end too early, or lengths that cannot be, are of another protocol. */
function parsed<T>(bytes: Buffer, read: (r: Bytes) => T): T | undefined {
  try {
    const r = new Bytes(bytes);
    // The protocol's version: later ones only add fields behind these.
    r.int16();
    return read(r);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

class Bytes {
  readonly #bytes: Buffer;
  #position = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  int16(): number {
    this.#position += 2;
    return this.#bytes.readInt16BE(this.#position - 2);
  }

  int32(): number {
    this.#position += 4;
    return this.#bytes.readInt32BE(this.#position - 4);
  }

  string(): string {
    const length = this.int16();
    const from = this.#position;
    this.#position += length;
    if (length < 0 || this.#position > this.#bytes.length) throw new RangeError("no string");
    return this.#bytes.toString("utf8", from, this.#position);
  }

  array<T>(read: () => T): T[] {
    const length = this.int32();
    if (length < 0 || length > this.#bytes.length) throw new RangeError("no array");
    return Array.from({ length }, read);
  }
}
