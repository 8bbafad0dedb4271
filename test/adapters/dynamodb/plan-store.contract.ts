import { expect, it } from "vitest";
import type { PlanStore, PlanToKeep } from "#use-cases/ports/plan-store.ts";
import { planOf } from "../../core/planning/plans.ts";

let migrations = 0;
const kept = (id: string): PlanToKeep => ({
  id,
  by: "olga",
  hash: `hash of ${id}`,
  basis: { source: "2026-01-02T03:04:05.000Z" },
  file: "hash of the file",
  counts: { waves: 1, findings: 0, undecided: 0, blocking: 0 },
});
const FIRST = "2026-01-02T03:04:05.000Z";
const SECOND = "2026-01-03T03:04:05.000Z";

/** What every plan store must do; each test works in a migration of its own. */
export const planStoreContract = (store: () => PlanStore): void => {
  it("gives back plans as they were kept, however large, the newest first", async () => {
    const migration = `plans-${++migrations}`;
    expect(await store().headers(migration)).toEqual([]);
    const topics = Array.from(
      { length: 60_000 },
      (_, n) => `topic-${((n * 2_654_435_761) % 4_294_967_296).toString(36)}-${n}`,
    );
    const [small, large] = [planOf([{ name: "payments", topics: ["payments"] }]), planOf([{ name: "all", topics }])];
    expect(await store().save(migration, kept(FIRST), small)).toMatchObject({ id: FIRST, version: 0 });
    expect(await store().save(migration, kept(SECOND), large)).toMatchObject({ id: SECOND });
    const [newest, oldest] = await store().headers(migration);
    expect([newest?.id, oldest?.id]).toEqual([SECOND, FIRST]);
    if (newest === undefined || oldest === undefined) throw new Error("no plans");
    expect(await store().plan(migration, oldest)).toEqual(small);
    expect(await store().plan(migration, newest)).toEqual(large);
    expect(await store().headers(`${migration}0`)).toEqual([]);
  });

  it("keeps the first of two of one id, and lets nobody write over what they did not read", async () => {
    const migration = `plans-${++migrations}`;
    const plan = planOf([{ name: "payments", topics: ["payments"] }]);
    const header = await store().save(migration, kept(FIRST), plan);
    if (header === undefined) throw new Error("not saved");
    expect(await store().save(migration, { ...kept(FIRST), by: "omar" }, plan)).toBeUndefined();
    const approval = { by: "carl", at: 1 };
    expect(await store().amend(migration, header, { file: header.file, approval })).toBe(true);
    expect(await store().amend(migration, header, { file: "another" })).toBe(false);
    expect(await store().headers(migration)).toEqual([{ ...header, approval, version: 1 }]);
  });
};
