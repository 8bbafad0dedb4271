import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { canonicalJson, storedForm } from "#core/journal/canonical-json.ts";
import { verifyChain } from "#core/journal/chain.ts";
import { chained } from "#core/journal/chained.ts";
import type { JournalEntry } from "#core/journal/entry.ts";

const sha256 = (text: string): string => createHash("sha256").update(text, "utf8").digest("hex");
const before = { migration: "shop", wave: "payments", journal: { sequence: 0, hash: "" } };
const after = { attempt: 1, run: 1, phase: "replicating" } as const;
const journalOf = (details: readonly Record<string, unknown>[]): JournalEntry[] =>
  chained(
    before,
    after,
    details.map((d, i) => ({ event: `Event${i}`, by: "olga", details: d })),
    1_800_000_000_000,
    sha256,
  );
const headOf = (journal: readonly JournalEntry[]) => {
  const last = journal.at(-1);
  return last === undefined ? before.journal : { sequence: last.sequence, hash: last.hash };
};
const details = fc.dictionary(fc.string(), fc.jsonValue() as fc.Arbitrary<unknown>);

describe("the journal's chain", () => {
  it("holds for whatever was journalled, in one write or several", () => {
    fc.assert(
      fc.property(fc.array(details, { maxLength: 8 }), fc.nat(8), (all, cut) => {
        const whole = journalOf(all);
        const first = journalOf(all.slice(0, cut));
        const rest = chained(
          { ...before, journal: headOf(first) },
          after,
          all.slice(cut).map((d, i) => ({ event: `Event${cut + i}`, by: "olga", details: d })),
          1_800_000_000_000,
          sha256,
        );
        expect([...first, ...rest]).toEqual(whole);
        expect(verifyChain(whole, sha256, headOf(whole))).toBeUndefined();
      }),
    );
  });

  it("survives being stored as JSON and read back", () => {
    const journal = journalOf([
      { end: 9_007_199_254_740_993n, ratio: 0.1, none: undefined, nested: { b: 1, a: [null] } },
    ]);
    expect(verifyChain(JSON.parse(JSON.stringify(journal)) as JournalEntry[], sha256)).toBeUndefined();
    expect(journal[0]?.details).toEqual({ end: "9007199254740993", ratio: 0.1, nested: { a: [null], b: 1 } });
  });

  it("names the first entry that was changed, whatever field it was", () => {
    const journal = journalOf([{ a: 1 }, { a: 2 }, { a: 3 }]);
    const changes: Partial<JournalEntry>[] = [
      { by: "eve" },
      { details: { a: 20 } },
      { at: 1 },
      { phase: "sealed" },
      { event: "Nothing" },
      { run: 9 },
      { attempt: 9 },
      { wave: "orders" },
      { migration: "bank" },
      { hash: "0".repeat(64) },
      { previousHash: "0".repeat(64) },
      { sequence: 7 },
    ];
    for (const change of changes)
      expect(
        verifyChain(
          journal.map((e) => (e.sequence === 2 ? { ...e, ...change } : e)),
          sha256,
        ),
      ).toBe(2);
  });

  it("names the first entry that is missing or out of order", () => {
    const journal = journalOf([{}, {}, {}, {}]);
    const [first, second, third, fourth] = journal;
    if (!first || !second || !third || !fourth) throw new Error("four entries");
    expect(verifyChain([second, third, fourth], sha256)).toBe(1);
    expect(verifyChain([first, third, fourth], sha256)).toBe(2);
    expect(verifyChain([first, third, second, fourth], sha256)).toBe(2);
  });

  it("sees a journal that was cut off at its end, or rewritten from its beginning", () => {
    const journal = journalOf([{}, {}, {}]);
    const head = headOf(journal);
    expect(verifyChain(journal.slice(0, 2), sha256)).toBeUndefined();
    expect(verifyChain(journal.slice(0, 2), sha256, head)).toBe(3);
    expect(verifyChain([], sha256, head)).toBe(1);
    const forged = journalOf([{ forged: true }, {}, {}]);
    expect(verifyChain(forged, sha256)).toBeUndefined();
    expect(verifyChain(forged, sha256, head)).toBe(3);
    expect(verifyChain(journal, sha256, { sequence: 2, hash: journal[1]?.hash ?? "" })).toBe(3);
  });
});

describe("canonical JSON", () => {
  it("is the same for equal values whatever the order of their keys, and reads back as what is stored", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue() as fc.Arbitrary<unknown>), (value) => {
        const reversed = Object.fromEntries(Object.entries(value).reverse());
        expect(canonicalJson(reversed)).toBe(canonicalJson(value));
        expect(canonicalJson(storedForm(value))).toBe(canonicalJson(value));
      }),
    );
  });

  it.each([
    ["a Map", new Map([[1, 2]]), /a Map/],
    ["a Set", new Set([1]), /a Set/],
    ["a Date", new Date(0), /a Date/],
    ["NaN", Number.NaN, /NaN/],
    ["Infinity", Number.POSITIVE_INFINITY, /Infinity/],
    ["a function", () => 1, /type function/],
    ["undefined in a list", [undefined], /type undefined/],
  ])("refuses %s, which JSON would lose", (_, value, message) => {
    expect(() => canonicalJson({ value })).toThrow(message);
  });
});
