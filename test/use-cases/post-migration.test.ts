import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { listMigrations } from "#use-cases/list-migrations.ts";
import { postMigration } from "#use-cases/post-migration.ts";
import { readMigration } from "#use-cases/read-migration.ts";
import { standingClock } from "../in-memory/clock.ts";
import { migration, waveFile } from "../in-memory/migration.ts";
import { inMemoryWaveStore } from "../in-memory/wave-store.ts";

const SSO = "arn:aws:iam::123456789012:role/AWSReservedSSO_Ops_0123";
const CI = "arn:aws:iam::123456789012:role/ci";
const world = () => ({
  store: inMemoryWaveStore(),
  clock: standingClock(),
  access: { posters: ["jwt:olga", CI], readers: ["jwt:ada"], ssoRoles: new Set([SSO]) },
  hash: (text: string) => createHash("sha256").update(text).digest("hex"),
});
const start = async (store: ReturnType<typeof inMemoryWaveStore>) => {
  const row = await store.wave({ migration: "shop", wave: "payments" });
  if (row === undefined) throw new Error("no row");
  await store.write(row, { ...row, run: 1 }, [{ event: "WaveStarted", by: "olga" }], 1);
};

describe("posting a migration", () => {
  it("plans its waves, and answers the state when it is posted again", async () => {
    const deps = world();
    expect(await postMigration(deps, { migration: migration(), caller: "jwt:olga" })).toMatchObject({
      outcome: "created",
      waves: [
        { wave: "orders", phase: "planned" },
        { wave: "payments", phase: "planned" },
      ],
    });
    await start(deps.store);
    expect(await postMigration(deps, { migration: migration(), caller: "jwt:olga" })).toMatchObject({
      outcome: "unchanged",
      waves: [{ run: 0 }, { run: 1 }],
    });
  });

  it("is for those whom the deployment lets, whatever the file says of itself, and says who they are", async () => {
    const own = migration({ people: [{ id: "eve", roles: ["operator"] }] });
    for (const caller of ["jwt:eve", "jwt:ada"])
      expect(await postMigration(world(), { migration: own, caller })).toMatchObject({
        refused: true,
        kind: "missing-role",
        because: expect.stringContaining(caller),
        who: ["jwt:olga", CI],
        cure: expect.stringContaining("SLUICE_POSTERS"),
      });
    expect(await postMigration(world(), { migration: own, caller: CI })).toMatchObject({ outcome: "created" });
  });

  it("is recorded: by which person of the file, or as whom, and when; the same content again is still the first one's", async () => {
    const deps = world();
    const first = { by: CI, signedInAs: CI, at: deps.clock.now() };
    expect(await postMigration(deps, { migration: migration(), caller: CI })).toMatchObject({ posting: first });
    deps.clock.advance(5_000);
    expect(await postMigration(deps, { migration: migration(), caller: "jwt:olga" })).toMatchObject({
      outcome: "unchanged",
      posting: first,
    });
    const changed = migration({ waves: [waveFile("returns")] });
    const second = { by: "olga", signedInAs: "jwt:olga", at: deps.clock.now() };
    expect(await postMigration(deps, { migration: changed, caller: "jwt:olga" })).toMatchObject({ posting: second });
    expect(await listMigrations(deps.store, deps.access, "jwt:sara")).toEqual([
      { name: "shop", waves: ["returns"], posting: second },
    ]);
    expect(await readMigration(deps.store, "shop")).toEqual({ migration: changed, posting: second });
  });

  it("refuses people whom this deployment would never see, with the place and the cure", async () => {
    const session = "arn:aws:sts::123456789012:assumed-role/deployer/olga";
    const people = [
      { id: "olga", roles: ["operator"], signsInAs: [session] },
      { id: "carl", roles: ["cutover-approver"], signsInAs: ["jwt:carl", SSO] },
      {
        id: "sara",
        roles: ["seal-approver"],
        signsInAs: [SSO.replace("iam", "sts").replace("role/", "assumed-role/") + "/sara"],
      },
    ];
    const answer = await postMigration(world(), { migration: migration({ people }), caller: "jwt:olga" });
    expect(answer).toMatchObject({
      kind: "conflict",
      because: expect.stringContaining("olga (people[0].signsInAs[0])"),
    });
    expect(answer).toMatchObject({
      because: expect.stringMatching(/carl \(people\[1\]\.signsInAs\[1\]\).*many people share/),
    });
    expect(JSON.stringify(answer)).not.toContain("sara");
  });

  it("is listed for whom it names, and for whom the deployment lets read", async () => {
    const deps = world();
    await postMigration(deps, { migration: migration(), caller: "jwt:olga" });
    const seenBy = async (caller: string) => (await listMigrations(deps.store, deps.access, caller)).length;
    expect([await seenBy("jwt:carl"), await seenBy("jwt:ada"), await seenBy(CI), await seenBy("jwt:eve")]).toEqual([
      1, 1, 1, 0,
    ]);
  });

  it("replaces a migration of which nothing was started", async () => {
    const deps = world();
    await postMigration(deps, { migration: migration(), caller: "jwt:olga" });
    const changed = migration({ waves: [waveFile("returns")] });
    expect(await postMigration(deps, { migration: changed, caller: "jwt:olga" })).toMatchObject({
      outcome: "replaced",
      waves: [{ wave: "returns", phase: "planned" }],
    });
    expect(await deps.store.migration("shop")).toEqual(changed);
  });

  it("does not change once a wave was started", async () => {
    const deps = world();
    await postMigration(deps, { migration: migration(), caller: "jwt:olga" });
    await start(deps.store);
    expect(
      await postMigration(deps, { migration: migration({ waves: [waveFile("returns")] }), caller: "jwt:olga" }),
    ).toMatchObject({
      refused: true,
      kind: "conflict",
      because: expect.stringContaining("payments"),
      cure: expect.any(String),
    });
    expect(await deps.store.migration("shop")).toEqual(migration());
  });
});
