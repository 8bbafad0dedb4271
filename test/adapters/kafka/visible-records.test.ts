import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { completeBatches, recordsOf } from "#adapters/kafka/record-batch.ts";
import { type AbortedTransaction, judgeVisibility } from "#adapters/kafka/visible-records.ts";
import { encodeBatch, encodeMarker } from "./encode-batch.ts";

type Step = {
  readonly producer: number;
  readonly does: "send" | "send plain" | "commit" | "abort";
  readonly count: number;
};

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.record({
    producer: fc.nat({ max: 3 }),
    does: fc.constantFrom("send", "send", "send", "send plain", "commit", "abort" as const),
    count: fc.integer({ min: 1, max: 3 }),
  }) as fc.Arbitrary<Step>,
  { maxLength: 40 },
);

/** A log in which every transaction ended, with what a reader of committed records must see, told by the writers. */
function writeLog(all: readonly Step[]) {
  const batches: { base: bigint; last: bigint; bytes: Buffer }[] = [];
  const aborted: (AbortedTransaction & { readonly lastOffset: bigint })[] = [];
  const open = new Map<number, bigint[]>();
  const visible = new Set<bigint>();
  const data = new Set<bigint>();
  let end = 0n;
  const write = (count: number, encode: (base: bigint) => Buffer): void => {
    batches.push({ base: end, last: end + BigInt(count) - 1n, bytes: encode(end) });
    end += BigInt(count);
  };
  const finish = (producer: number, outcome: "commit" | "abort"): void => {
    const offsets = open.get(producer);
    const first = offsets?.[0];
    if (!offsets || first === undefined) return;
    open.delete(producer);
    if (outcome === "commit") for (const o of offsets) visible.add(o);
    else aborted.push({ producerId: BigInt(producer), firstOffset: first, lastOffset: end });
    write(1, (base) => encodeMarker(base, BigInt(producer), outcome));
  };
  for (const { producer, does, count } of all) {
    if (does === "commit" || does === "abort") {
      finish(producer, does);
      continue;
    }
    const offsets = Array.from({ length: count }, (_, i) => end + BigInt(i));
    for (const o of offsets) data.add(o);
    const records = offsets.map((o) => ({ key: Buffer.from(String(o)), value: null, headers: [], timestamp: o }));
    if (does === "send plain") {
      for (const o of offsets) visible.add(o);
      write(count, (baseOffset) => encodeBatch({ baseOffset, records }));
    } else {
      open.set(producer, [...(open.get(producer) ?? []), ...offsets]);
      write(count, (baseOffset) =>
        encodeBatch({ baseOffset, records, producerId: BigInt(producer), isTransactional: true }),
      );
    }
  }
  for (const producer of [...open.keys()]) finish(producer, "commit");
  return { batches, aborted, visible: [...visible].toSorted((a, b) => (a < b ? -1 : 1)), data: [...data], end };
}

describe("visible records", () => {
  it("are what the writers committed, from wherever one starts to read and however far one answer goes", () => {
    fc.assert(
      fc.property(steps, fc.nat(), fc.nat(), (all, fromSeed, sizeSeed) => {
        const log = writeLog(all);
        const from = log.end === 0n ? 0n : BigInt(fromSeed) % log.end;
        const answerBatches = 1 + (sizeSeed % 5);
        const read = (isolation: "read_committed" | "read_uncommitted"): bigint[] => {
          const seen: bigint[] = [];
          for (let next = from; next < log.end; ) {
            const answer = log.batches.filter((b) => b.last >= next).slice(0, answerBatches);
            const upTo = answer.at(-1)?.last ?? next;
            // A broker names the aborted transactions that overlap its answer, in no promised order.
            const aborted = log.aborted.filter((t) => t.lastOffset >= next && t.firstOffset <= upTo).toReversed();
            const bytes = Buffer.concat(answer.map((b) => b.bytes));
            for (const { batch, isVisible } of judgeVisibility(completeBatches(bytes), aborted, isolation))
              if (isVisible)
                seen.push(
                  ...recordsOf(batch)
                    .map((r) => r.offset)
                    .filter((o) => o >= next),
                );
            next = upTo + 1n;
          }
          return seen;
        };
        expect(read("read_committed")).toEqual(log.visible.filter((o) => o >= from));
        expect(read("read_uncommitted")).toEqual(log.data.filter((o) => o >= from));
      }),
      { numRuns: 400 },
    );
  });
});
