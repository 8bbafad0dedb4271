import { describe, expect, it } from "vitest";
import { postMigration } from "#use-cases/post-migration.ts";
import { standingClock } from "../in-memory/clock.ts";
import { migration, waveFile } from "../in-memory/migration.ts";
import { inMemoryWaveStore } from "../in-memory/wave-store.ts";

const world = () => ({ store: inMemoryWaveStore(), clock: standingClock() });
const start = async (store: ReturnType<typeof inMemoryWaveStore>) => {
  const row = await store.wave({ migration: "shop", wave: "payments" });
  if (row === undefined) throw new Error("no row");
  await store.write(row, { ...row, run: 1 }, [{ event: "WaveStarted", by: "olga" }], 1);
};

describe("posting a migration", () => {
  it("plans its waves, and answers the state when it is posted again", async () => {
    const deps = world();
    expect(await postMigration(deps, { migration: migration(), person: "olga" })).toMatchObject({
      outcome: "created",
      waves: [
        { wave: "orders", phase: "planned" },
        { wave: "payments", phase: "planned" },
      ],
    });
    await start(deps.store);
    expect(await postMigration(deps, { migration: migration(), person: "olga" })).toMatchObject({
      outcome: "unchanged",
      waves: [{ run: 0 }, { run: 1 }],
    });
  });

  it("needs an operator among the file's own people, and names them", async () => {
    const refusal = { refused: true, kind: "missing-role", who: ["olga"], because: expect.stringContaining("carl") };
    expect(await postMigration(world(), { migration: migration(), person: "carl" })).toMatchObject(refusal);
    const nobody = migration({ people: [{ id: "sara", roles: ["seal-approver"] }] });
    expect(await postMigration(world(), { migration: nobody, person: "sara" })).toMatchObject({
      kind: "missing-role",
      who: [],
      cure: expect.stringContaining("operator"),
    });
  });

  it("replaces a migration of which nothing was started", async () => {
    const deps = world();
    await postMigration(deps, { migration: migration(), person: "olga" });
    const changed = migration({ waves: [waveFile("returns")] });
    expect(await postMigration(deps, { migration: changed, person: "olga" })).toMatchObject({
      outcome: "replaced",
      waves: [{ wave: "returns", phase: "planned" }],
    });
    expect(await deps.store.migration("shop")).toEqual(changed);
  });

  it("is not replaced by someone who is an operator only in the new file", async () => {
    const deps = world();
    await postMigration(deps, { migration: migration(), person: "olga" });
    const takenOver = migration({ people: [{ id: "eve", roles: ["operator"] }] });
    expect(await postMigration(deps, { migration: takenOver, person: "eve" })).toMatchObject({
      kind: "missing-role",
      who: ["olga"],
    });
    expect(await deps.store.migration("shop")).toEqual(migration());
  });

  it("does not change once a wave was started", async () => {
    const deps = world();
    await postMigration(deps, { migration: migration(), person: "olga" });
    await start(deps.store);
    expect(
      await postMigration(deps, { migration: migration({ waves: [waveFile("returns")] }), person: "olga" }),
    ).toMatchObject({
      refused: true,
      kind: "conflict",
      because: expect.stringContaining("payments"),
      cure: expect.any(String),
    });
    expect(await deps.store.migration("shop")).toEqual(migration());
  });
});
