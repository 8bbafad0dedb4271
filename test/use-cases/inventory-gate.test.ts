import { describe, expect, it } from "vitest";
import { INVENTORY_CHECKS } from "#core/inventory/checks.ts";
import type { Snapshot } from "#core/inventory/snapshot.ts";
import { migrationSchema } from "#core/migration/migration.ts";
import { postMigration } from "#use-cases/post-migration.ts";
import { readGates } from "#use-cases/read-gates.ts";
import { isRefused } from "#use-cases/refused.ts";
import { snapshot, topic } from "../core/inventory/snapshots.ts";
import { type Home, REF, startHome } from "../in-memory/home.ts";
import { acceptedBy, emptySnapshots } from "../in-memory/known-estate.ts";

const HOUR = 3_600_000;
const TURNS = 6;

const { waivers, ...accepted } = acceptedBy("olga");
/** Topics have to be decided, and nothing of the wave may have drifted; all else is accepted. */
const estate = {
  ...accepted,
  waivers: waivers.filter(({ check }) => check !== "dispositions:topics" && check !== "drift"),
};
const payments = topic("payments");
const source = (at: number, ...topics: Parameters<typeof snapshot>[0][]) =>
  snapshot(Object.assign({}, ...topics), {
    migration: "shop",
    id: new Date(at).toISOString(),
    startedAt: at,
    endedAt: at,
  });
/** The source with these topics; the target is empty. */
const found =
  (...topics: readonly ReturnType<typeof topic>[]) =>
  (at: number): readonly Snapshot[] => [
    source(at, { topics }),
    ...emptySnapshots("shop", at).filter(({ side }) => side === "target"),
  ];

const inventoryOf = async (home: Home) => {
  const gates = await readGates(home.deps, REF);
  if (isRefused(gates)) throw new Error(gates.because);
  const gate = gates.find((one) => one.gate === "inventory");
  if (gate === undefined) throw new Error("there is no inventory gate");
  return { ...gate, open: gate.checks.filter(({ verdict }) => verdict !== "pass") };
};
/** Executions and ticks, with nobody saying anything. */
const turns = async (home: Home, count = TURNS): Promise<void> => {
  for (let turn = 0; turn < count; turn++) {
    await home.engine.drive();
    await home.tick();
    await home.clock.sleep(500);
  }
};
const post = async (home: Home, changed: object) => {
  const access = { posters: ["jwt:olga"], readers: [], ssoRoles: new Set<string>() };
  const file = migrationSchema.parse({ ...home.migration, ...changed });
  const { store, clock, hash } = home.deps;
  return postMigration({ store, clock, access, hash }, { migration: file, caller: "jwt:olga" });
};

describe("a wave that is started", () => {
  it("waits, and nothing is touched, where nobody has looked at the clusters; each check says which call takes a snapshot", async () => {
    const home = await startHome({}, { snapshots: () => [] });
    await home.start();
    await turns(home);
    expect(await home.row()).toMatchObject({ phase: "planned", run: 1, gate: { step: "start" } });
    expect(await home.events()).toEqual(["WaveStarted", "GateOpened", "GateJudged"]);
    const gate = await inventoryOf(home);
    expect(gate).toMatchObject({ isOpen: true, verdict: "unknown" });
    expect(gate.open.map(({ check }) => check).toSorted()).toEqual(INVENTORY_CHECKS.toSorted());
    for (const { reason } of gate.open) expect(reason).toContain("POST /migrations/shop/snapshots");
    const { target } = home.estate.ports();
    expect((await target.topics.describe(["payments"])).size).toBe(0);
  });

  it("goes on by itself once a person has decided what was found, in the file that was started", async () => {
    const home = await startHome({ estate }, { snapshots: found(payments, topic("forgotten")) });
    await home.start();
    await turns(home);
    expect((await inventoryOf(home)).open).toMatchObject([
      {
        check: "dispositions:topics",
        verdict: "hold",
        reason: expect.stringMatching(
          /^1 of 2 are undecided: forgotten; decide them in estate\.decisions .* and post it$/,
        ),
      },
    ]);
    const judged = (await home.store.journal(REF)).find(({ event }) => event === "GateJudged");
    expect(JSON.stringify(judged?.details)).toMatch(/inventory.*forgotten.*hold/);
    const decided = { kind: "topics", name: "forgotten", disposition: "retire", by: "olga", reason: "nobody reads it" };
    expect(await post(home, { estate: { ...estate, decisions: [decided] } })).toMatchObject({ outcome: "replaced" });
    expect(await home.settle(({ phase }) => phase === "replicating")).toMatchObject({ run: 1 });
    expect((await inventoryOf(home)).checks.map(({ check }) => check).toSorted()).toEqual(INVENTORY_CHECKS.toSorted());
    expect(await inventoryOf(home)).toMatchObject({ isOpen: false, verdict: "pass" });
  });

  it("waits for what drifted since its plan was posted, until a person has reviewed it", async () => {
    const home = await startHome(
      { estate },
      {
        // The plan was posted at the first of the two.
        snapshots: (at) => [
          ...found(payments)(at),
          source(at + HOUR, {
            topics: [{ ...payments, partitions: [...(payments.partitions as []), ...(payments.partitions as [])] }],
          }),
        ],
      },
    );
    home.clock.advance(2 * HOUR);
    await home.start();
    await turns(home);
    const { open } = await inventoryOf(home);
    expect(open).toMatchObject([{ check: "drift", verdict: "hold" }]);
    const named = /name snapshot (\S+) in estate\.reviews/.exec(open[0]?.reason ?? "")?.[1];
    const reviewed = { snapshot: named, by: "olga", reason: "a partition was added on purpose" };
    await post(home, { estate: { ...estate, reviews: [reviewed] } });
    await home.settle(({ phase }) => phase === "replicating");
  });

  it("keeps what its plan is compared with, and what its gate has passed on", async () => {
    const home = await startHome({ estate }, { snapshots: found(payments) });
    await home.reach("replicating");
    const kept = async (side: "source" | "target") =>
      (await home.deps.snapshots.headers({ migration: "shop", side }))[0];
    expect((await kept("source"))?.keptFor).toEqual(["gate inventory of wave payments", "plan"]);
    expect((await kept("target"))?.keptFor).toEqual(["gate inventory of wave payments"]);
  });

  it("reads whole snapshots once while nothing changes, however often it is looked at, and anew before its evidence ends", async () => {
    const home = await startHome({ estate }, { snapshots: found(payments, topic("forgotten")) });
    let reads = 0;
    const { pages } = home.deps.snapshots;
    Object.assign(home.deps.snapshots, { pages: (...given: Parameters<typeof pages>) => (reads++, pages(...given)) });
    await home.start();
    await turns(home, 20);
    expect(reads).toBe(2);
    const { expiresAt = 0 } = (await inventoryOf(home)).checks.find(({ check }) => check === "snapshot") ?? {};
    home.clock.advance(expiresAt - home.clock.now() - 1_000);
    await turns(home, 4);
    expect(reads).toBe(4);
    expect((await inventoryOf(home)).open).toMatchObject([{ check: "dispositions:topics", verdict: "hold" }]);
  });

  it("is not let go by what was judged of snapshots that cannot be read any more", async () => {
    const home = await startHome({ estate }, { snapshots: found(payments) });
    Object.assign(home.deps.snapshots, { pages: () => Promise.reject(new Error("2 of 3 chunks are there")) });
    await home.start();
    await turns(home);
    expect(await home.row()).toMatchObject({ phase: "planned" });
    const { open } = await inventoryOf(home);
    expect(open).toHaveLength(INVENTORY_CHECKS.length);
    expect(open[0]?.reason).toBe("could not be judged: 2 of 3 chunks are there");
  });
});

describe("a migration of which a wave was started", () => {
  it("is still decided about, and nothing else of it changes", async () => {
    const home = await startHome({ estate }, { snapshots: () => [] });
    const first = await home.store.postedMigration("shop");
    await home.start();
    home.clock.advance(HOUR);
    const without = { ...home.migration, people: home.migration.people.slice(0, 2) };
    expect(await post(home, without)).toMatchObject({
      kind: "conflict",
      because: expect.stringContaining("payments"),
      cure: expect.stringContaining("nothing but its estate"),
    });
    expect(await post(home, { estate: accepted })).toMatchObject({
      outcome: "replaced",
      posting: { by: "olga", at: home.clock.now(), plannedAt: first?.posting.at },
    });
    expect(await home.row()).toMatchObject({ run: 1, phase: "planned" });
  });
});
