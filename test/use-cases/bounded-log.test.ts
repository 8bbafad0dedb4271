import fc from "fast-check";
import { expect, it } from "vitest";
import { offsetOn } from "#core/kafka/offset.ts";
import { partitionKey } from "#core/kafka/topic-partition.ts";
import { boundedLog } from "#use-cases/bounded-log.ts";
import { InMemoryLog, inMemoryReader } from "../in-memory/in-memory-log.ts";

const partition = { topic: "payments", partition: 0 };
const key = partitionKey(partition);
const entry = fc.record({
  kind: fc.constantFrom("record", "record", "aborted", "control"),
  timestamp: fc.bigInt({ min: 0n, max: 20n }),
});

const base = 5n;
const at = fc.bigInt({ min: base, max: base + 12n });

it("a bounded log answers everything as the log that ended there", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(entry, { maxLength: 12 }),
      at,
      at,
      fc.option(at, { nil: undefined }),
      fc.option(fc.integer({ min: 1, max: 4 }), { nil: undefined }),
      fc.constantFrom("read_committed", "read_uncommitted"),
      fc.bigInt({ min: 0n, max: 21n }),
      async (entries, bound, from, until, limit, isolation, timestamp) => {
        const [whole, cut] = [new InMemoryLog<"source">(base), new InMemoryLog<"source">(base)];
        for (const [index, one] of entries.entries()) {
          whole.append(`${index}`, one.timestamp, one.kind);
          if (whole.end <= bound) cut.append(`${index}`, one.timestamp, one.kind);
        }
        fc.pre(from <= cut.end);
        const bounded = boundedLog(inMemoryReader(new Map([[key, whole]])), new Map([[key, bound]]));
        const plain = inMemoryReader(new Map([[key, cut]]));
        const request = {
          partition,
          from: offsetOn<"source">(from),
          isolation,
          ...(until !== undefined && { until: offsetOn<"source">(until) }),
          ...(limit !== undefined && { limit }),
        };
        expect(await bounded.ends([partition])).toEqual(await plain.ends([partition]));
        expect(await bounded.offsetAtTime(partition, timestamp)).toEqual(
          await plain.offsetAtTime(partition, timestamp),
        );
        expect(await bounded.read(request)).toEqual(await plain.read(request));
      },
    ),
    { numRuns: 500 },
  );
});

it("a partition without a bound is shown whole", async () => {
  const log = new InMemoryLog<"source">();
  log.append("a", 1n);
  const reader = inMemoryReader(new Map([[key, log]]));
  const bounded = boundedLog(reader, new Map());
  const request = { partition, from: offsetOn<"source">(0n), isolation: "read_committed" } as const;
  expect(await bounded.read(request)).toEqual(await reader.read(request));
  expect(await bounded.ends([partition])).toEqual(await reader.ends([partition]));
  expect(await bounded.offsetAtTime(partition, 1n)).toBe(0n);
});
