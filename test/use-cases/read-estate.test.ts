import { describe, expect, it } from "vitest";
import { worst } from "#core/gate/verdict.ts";
import { INVENTORY_CHECKS } from "#core/inventory/checks.ts";
import type { Snapshot } from "#core/inventory/snapshot.ts";
import type * as z from "#core/schema.ts";
import { clientListSchema, dispositionListSchema, flagListSchema } from "#functions/api/estate.ts";
import { inventoryBasis, judgeWaveInventory } from "#use-cases/judge-wave-inventory.ts";
import { pageOf } from "#use-cases/page.ts";
import { readClients, readDispositions, readFlags } from "#use-cases/read-estate.ts";
import { isRefused } from "#use-cases/refused.ts";
import { type Change, calmEstate, calmTopic } from "../core/inventory/calm-estate.ts";
import { POSTING } from "../in-memory/migration.ts";
import { snapshotReader } from "../in-memory/snapshot-reader.ts";

const DAY = 86_400_000;
const later = (snapshot: Snapshot, days: number): Snapshot => {
  const startedAt = snapshot.startedAt + days * DAY;
  return { ...snapshot, id: new Date(startedAt).toISOString(), startedAt, endedAt: startedAt + 1 };
};
const deps = (change: Change = {}, snapshots?: (found: ReturnType<typeof calmEstate>) => readonly Snapshot[]) => {
  const found = calmEstate(change);
  const posting = { ...POSTING, at: found.source.endedAt };
  return {
    store: {
      postedMigration: async (name: string) => (name === "shop" ? { migration: found.migration, posting } : undefined),
    },
    snapshots: snapshotReader(snapshots?.(found) ?? [found.source, found.target]),
    clock: { now: () => found.source.endedAt + DAY },
  };
};
/** As it goes over the wire. */
const documented = <T>(schema: z.ZodMiniType<T>, answer: unknown): T =>
  schema.parse(JSON.parse(JSON.stringify(answer)));
const FIRST = { from: 1, limit: 2 };

describe("what is known of an estate", () => {
  it("is nothing without a snapshot of the source, which is said, and with which cure", async () => {
    const none = deps({}, ({ target }) => [target]);
    for (const answer of [
      await readFlags(none, "shop", {}),
      await readDispositions(none, "shop", FIRST),
      await readClients(none, "shop", FIRST),
    ])
      expect(answer).toMatchObject({
        kind: "not-found",
        because: expect.stringMatching(/no snapshot/),
        cure: "POST /migrations/shop/snapshots takes one",
      });
    expect(await readFlags(none, "moon", {})).toMatchObject({ because: "there is no migration moon" });
    expect(await readDispositions(deps(), "shop", { ...FIRST, snapshot: "then" })).toMatchObject({
      because: "there is no snapshot then of migration shop's source",
    });
  });

  it("shows every flag, of the estate or of one wave", async () => {
    const given = deps({ source: { topics: [calmTopic("orders"), calmTopic("x", { "cleanup.policy": "compact" })] } });
    const compacted = async (asked: { wave?: string }) =>
      documented(flagListSchema, await readFlags(given, "shop", asked)).flags.find((f) => f.id === "compacted-topics");
    expect(await compacted({})).toMatchObject({ answer: true, found: [{ item: "x" }], lookedAt: 2 });
    expect(await compacted({ wave: "orders" })).toMatchObject({ answer: false, lookedAt: 1 });
    expect(await readFlags(given, "shop", { wave: "moon" })).toMatchObject({ kind: "not-found" });
  });

  it("has a fate for each item, by kind and disposition, in pages of one snapshot", async () => {
    const topics = ["orders", "a", "b", "c"].map((name) => calmTopic(name));
    const given = deps({ source: { topics } }, ({ source, target }) => [later(source, 1), source, target]);
    const read = async (asked: object) =>
      documented(dispositionListSchema, await readDispositions(given, "shop", { ...FIRST, ...asked }));
    const first = await read({ kind: "topics", disposition: "undecided" });
    expect(first).toMatchObject({
      total: 3,
      undecided: 3,
      nextFrom: 3,
      items: [{ name: "a" }, { name: "b" }],
      gaps: [],
    });
    expect(first.snapshot).toBe(later(calmEstate().source, 1).id);
    const next = await read({ kind: "topics", disposition: "undecided", from: 3, snapshot: calmEstate().source.id });
    expect(next).toMatchObject({ items: [{ name: "c" }], snapshot: calmEstate().source.id });
    expect(next.nextFrom).toBeUndefined();
    expect(await read({ kind: "quotas" })).toMatchObject({ total: 0, items: [], undecided: 3 });
  });

  it("lists clients, all or those that nobody owns", async () => {
    const given = deps({ file: { waves: [{ ...calmEstate().migration.waves[0], clients: [] }] } });
    const read = async (unclaimed: boolean) =>
      documented(clientListSchema, await readClients(given, "shop", { from: 1, limit: 9, unclaimed }));
    expect((await read(false)).items.map(({ name }) => name)).toEqual([
      "User:orders-api",
      "User:orders-ledger",
      "orders-ledger",
    ]);
    expect(await read(true)).toMatchObject({ unclaimed: 2, total: 2, items: [{ name: "User:orders-api" }, {}] });
  });
});

describe("a wave, judged by what is known of the estate", () => {
  const judge = async (given: ReturnType<typeof deps>) => {
    const basis = await inventoryBasis(given, { migration: "shop", wave: "orders" });
    if (isRefused(basis)) throw new Error(basis.because);
    const checks = await judgeWaveInventory(given, basis, given.clock.now());
    return { checks, verdict: worst(checks.map(({ verdict }) => verdict)), approved: basis.approved?.id };
  };

  it("passes where all is known, decided, and as it was when the file was posted", async () => {
    expect(await judge(deps())).toMatchObject({ verdict: "pass", approved: calmEstate().source.id });
  });

  it("is compared with the snapshot before the file was posted, not with a newer one", async () => {
    const drifted = deps({}, ({ source, target }) => {
      const grown = calmEstate({ source: { topics: [calmTopic("orders", { "cleanup.policy": "delete", x: "1" })] } });
      return [source, later(grown.source, 1), target];
    });
    const { checks, approved } = await judge(drifted);
    expect(approved).toBe(calmEstate().source.id);
    expect(checks.find(({ check }) => check === "drift")).toMatchObject({
      verdict: "hold",
      reason: expect.stringMatching(/setting x was not set and is 1/),
    });
  });

  it("is unknown without snapshots, in every check, and a wave that is not there is not found", async () => {
    const answer = await judge(deps({}, () => []));
    expect(answer).toMatchObject({ verdict: "unknown" });
    expect(answer.checks.map(({ check }) => check)).toEqual(INVENTORY_CHECKS);
    expect(answer.checks.every(({ reason }) => reason.includes("POST /migrations/shop/snapshots"))).toBe(true);
    expect(await inventoryBasis(deps(), { migration: "shop", wave: "moon" })).toMatchObject({ kind: "not-found" });
    expect(await inventoryBasis(deps(), { migration: "moon", wave: "a" })).toMatchObject({ kind: "not-found" });
  });
});

it("pages hold everything once, in order", () => {
  const all = [1, 2, 3, 4, 5];
  const read: number[] = [];
  for (let from: number | undefined = 1; from !== undefined; ) {
    const page: ReturnType<typeof pageOf<number>> = pageOf(all, { from, limit: 2 });
    read.push(...page.items);
    expect(page.total).toBe(5);
    from = page.nextFrom;
  }
  expect(read).toEqual(all);
});
