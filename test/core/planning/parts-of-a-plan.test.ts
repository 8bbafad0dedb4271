import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { partitionsOf } from "#core/inventory/lag.ts";
import { unknown } from "#core/inventory/unknown.ts";
import { articulationsOf } from "#core/planning/articulations.ts";
import { declaredIn } from "#core/planning/declared.ts";
import { namesOfWaves } from "#core/planning/name-of-wave.ts";
import { orderWaves, type ToOrder } from "#core/planning/order-waves.ts";
import { planGroup } from "#core/planning/plan-group.ts";
import { Union } from "#core/planning/union.ts";
import { migration } from "../../in-memory/migration.ts";
import { group, listing, offset, partition, topic } from "../inventory/snapshots.ts";

describe("the nodes without which a graph falls apart", () => {
  it("are those that are found by taking each out", () => {
    const pair = fc.tuple(fc.integer({ min: 0, max: 9 }), fc.integer({ min: 0, max: 9 }));
    let found = 0;
    fc.assert(
      fc.property(fc.array(pair, { minLength: 1, maxLength: 16 }), (pairs) => {
        const neighbours = new Map<string, string[]>();
        const of = (node: string): string[] => {
          const known = neighbours.get(node) ?? [];
          neighbours.set(node, known);
          return known;
        };
        // A chain through all of them keeps it connected from the first on; the pairs close circles.
        const nodes = [...new Set(pairs.flat().map(String))].toSorted();
        const tree = nodes.slice(1).map((node, n) => [nodes[Math.floor(n / 2)] ?? "", node] as const);
        for (const [a, b] of [...tree, ...pairs.map(([a, b]) => [String(a), String(b)] as const)]) {
          if (a === b) continue;
          of(a).push(b);
          of(b).push(a);
        }
        const told = articulationsOf(neighbours, () => 1);
        found += told.length;
        const expected = [...neighbours.keys()].flatMap((node) => {
          const union = new Union();
          const others = [...neighbours.keys()].filter((other) => other !== node);
          for (const other of others) for (const to of of(other)) if (to !== node) union.join(other, to);
          const parts = [...Map.groupBy(others, (other) => union.of(other)).values()].map((part) => part.length);
          return parts.length > 1 ? [{ node, parts: parts.toSorted((a, b) => a - b) }] : [];
        });
        const sorted = told.map(({ node, parts }) => ({ node, parts: parts.toSorted((a, b) => a - b) }));
        expect(sorted.toSorted((a, b) => (a.node < b.node ? -1 : 1))).toEqual(
          expected.toSorted((a, b) => (a.node < b.node ? -1 : 1)),
        );
      }),
      { numRuns: 200 },
    );
    expect(found).toBeGreaterThan(50);
  });

  it("are found in a chain that is longer than a stack is deep", () => {
    const nodes = Array.from({ length: 20_000 }, (_, n) => String(n));
    const neighbours = new Map(
      nodes.map((node, n) => [node, [nodes[n - 1], nodes[n + 1]].filter((other) => other !== undefined)]),
    );
    expect(articulationsOf(neighbours, () => 1)).toHaveLength(19_998);
  });
});

describe("names of waves", () => {
  const named = (words: readonly (readonly string[])[], taken: readonly string[] = []) => {
    const waves = words.map((of, n) => ({ key: `key-${n}`, words: of }));
    const names = namesOfWaves(waves, new Set(taken));
    return waves.map(({ key }) => names.get(key) ?? "");
  };

  it("are words as the file takes them", () => {
    expect(named([["Team Zahlung!", "", "late"], ["__orders__"]])).toEqual(["team-zahlung-late", "orders"]);
  });

  it("get a mark where two are the same, are taken, are too long or are nothing", () => {
    const long = "a-very-long-name-of-a-team-that-nobody-can-remember";
    const names = named([["a.b"], ["a-b"], ["used"], [long], [`${long}-2`], ["é"]], ["used"]);
    for (const name of names) expect(name).toMatch(/^[a-z0-9][a-z0-9-]{0,39}$/);
    expect(new Set(names).size).toBe(names.length);
    expect(names[0]).toMatch(/^a-b-[a-z0-9]{6}$/);
    expect(names[5]).toMatch(/^wave-[a-z0-9]{6}$/);
  });
});

describe("the order of waves", () => {
  const wave = (name: string, level: ToOrder["level"], o: Partial<ToOrder> = {}): ToOrder => ({
    name,
    level,
    groups: 1,
    provesTheWay: false,
    ...o,
  });

  it("begins with what proves the way, and never with what holds state", () => {
    const late = wave("late", "high", { provesTheWay: true });
    const trial = wave("trial", "medium", { provesTheWay: true });
    expect(orderWaves([late, wave("early", "low"), trial], []).names).toEqual(["trial", "early", "late"]);
    const without = orderWaves([late, wave("early", "low")], []);
    expect(without).toMatchObject({ names: ["early", "late"], first: undefined, findings: [{ kind: "first-wave" }] });
  });

  it("puts a reader behind the wave whose seal it holds, and tells of two that wait for each other", () => {
    const waves = [wave("a", "low", { provesTheWay: true }), wave("b", "high"), wave("c", "low")];
    const ordered = orderWaves(waves, [{ before: "b", after: "a" }]);
    expect(ordered.names).toEqual(["c", "b", "a"]);
    const both = orderWaves(waves, [
      { before: "b", after: "a" },
      { before: "a", after: "b" },
    ]);
    expect(both.names.toSorted()).toEqual(["a", "b", "c"]);
    expect(both.findings).toContainEqual(
      expect.objectContaining({
        kind: "order",
        says: "waits for b, which waits for it in turn, since edges were loosened both ways",
      }),
    );
  });
});

describe("the offset plan of a group", () => {
  const commit = (at: number) => ({ topic: "orders", partition: 0, offset: offset(at), metadata: "" });
  const partitions = partitionsOf(
    listing([
      topic("orders", { partitions: [partition(0, { ends: { logStart: offset(10), highWatermark: offset(90) } })] }),
    ]),
  );
  const planned = (o: object, said: object = {}) => {
    const groups = [{ id: "g", owner: "team", reset: "latest", ...said }];
    const declared = declaredIn(migration({ planning: { groups: Object.keys(said).length === 0 ? [] : groups } }), []);
    const { plan, because } = planGroup(group("g", o), "team", 0, declared, partitions);
    return [plan, because];
  };

  it("is exact where there are commits, whatever is declared to be harmless", () => {
    expect(planned({ offsets: [commit(20)] })).toEqual([
      "exact",
      "it has committed on 1 partition, and nobody has said that records read again do no harm",
    ]);
    expect(planned({ offsets: [commit(20)] }, { replaySafe: true })).toEqual([
      "exact",
      "it has committed on 1 partition, and need not repeat anything although it could",
    ]);
    expect(planned({})).toEqual(["exact", "it has committed nothing, so that the reset policy it declares decides"]);
  });

  it("is a reset where retention was faster, and repeating does no harm; else its owner is asked", () => {
    expect(planned({ offsets: [commit(3)] }, { replaySafe: true })).toEqual([
      "exact",
      expect.stringContaining(
        "the file says so (without a reason); reset-earliest is possible: retention took records",
      ),
    ]);
    expect(planned({ offsets: [commit(3)] })).toEqual([
      "exact",
      expect.stringContaining("which its owner must decide"),
    ]);
  });

  it("is what the file says, and tells where nothing could be seen", () => {
    expect(planned({ offsets: [commit(20)] }, { plan: "reset-earliest", reason: "rebuilds itself" })[1]).toBe(
      "the file says so (rebuilds itself); exact is possible: it has committed on 1 partition, and nobody has said that records read again do no harm",
    );
    expect(planned({ offsets: unknown("OffsetFetch", "not allowed to") })).toEqual([
      "exact",
      "what it has committed is not known: not allowed to",
    ]);
  });
});
