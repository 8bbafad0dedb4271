import { createHash } from "node:crypto";
import { expect, it } from "vitest";
import { plannedRow } from "#core/wave/planned-row.ts";
import { readJournal } from "#use-cases/read-journal.ts";
import { readWave } from "#use-cases/read-wave.ts";
import { migration, POSTING } from "../in-memory/migration.ts";
import { inMemoryWaveStore } from "../in-memory/wave-store.ts";

const CLOCK = { now: () => 1, monotonic: () => 1, sleep: async () => undefined };
const ref = { migration: "shop", wave: "payments" };
const hash = (text: string): string => createHash("sha256").update(text, "utf8").digest("hex");

const world = async () => {
  const store = inMemoryWaveStore();
  await store.createMigration(migration(), [plannedRow(ref, 1)], POSTING);
  for (let i = 0; i < 5; i++) {
    const row = await store.wave(ref);
    if (row === undefined) throw new Error("no row");
    const gate = { step: "start" as const, run: 1, token: "task-token", openedAt: 1 };
    await store.write(row, { ...row, gate }, [{ event: `Noted${i}`, by: "sluice" }], 2);
  }
  return store;
};

it("reads a journal by pages and checks the whole of it", async () => {
  const store = await world();
  const first = await readJournal({ store, hash }, ref, { from: 1, limit: 3 });
  expect(first).toMatchObject({
    entries: [{ sequence: 1 }, { sequence: 2 }, { sequence: 3 }],
    nextFrom: 4,
    brokenAt: null,
  });
  const second = await readJournal({ store, hash }, ref, { from: 4, limit: 3 });
  expect(second).toMatchObject({ entries: [{ sequence: 4 }, { sequence: 5 }], head: { sequence: 5 }, brokenAt: null });
  expect(second).not.toHaveProperty("nextFrom");
});

it("says where a journal was changed, also outside the page", async () => {
  const store = await world();
  const tampered = {
    ...store,
    journal: async () => (await store.journal(ref)).map((e) => (e.sequence === 2 ? { ...e, by: "eve" } : e)),
  };
  expect(await readJournal({ store: tampered, hash }, ref, { from: 4, limit: 1 })).toMatchObject({ brokenAt: 2 });
});

it("knows no journal and no state of a wave that is not there", async () => {
  const store = await world();
  const nowhere = { migration: "shop", wave: "returns" };
  expect(await readJournal({ store, hash }, nowhere, { from: 1, limit: 1 })).toMatchObject({ kind: "not-found" });
  expect(await readWave({ store, clock: CLOCK }, nowhere)).toMatchObject({ kind: "not-found" });
});

it("shows a wave without the token that would send its execution on", async () => {
  const state = await readWave({ store: await world(), clock: CLOCK }, ref);
  expect(state).toMatchObject({ phase: "planned", nextStep: "start", gate: { step: "start" } });
  expect(JSON.stringify(state)).not.toContain("task-token");
});
