import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import type { Snapshot } from "#core/inventory/snapshot.ts";
import { canonicalJson } from "#core/journal/canonical-json.ts";
import type { Plan, Undecided } from "#core/planning/plan.ts";
import { acceptPlan } from "#use-cases/accept-plan.ts";
import { approvePlan } from "#use-cases/approve-plan.ts";
import { fileHash } from "#use-cases/plan-standing.ts";
import { postMigration } from "#use-cases/post-migration.ts";
import { comparePlansOf, readPlan } from "#use-cases/read-plan.ts";
import { partition, snapshot, topic } from "../core/inventory/snapshots.ts";
import { plannedGroup, planOf } from "../core/planning/plans.ts";
import { standingClock } from "../in-memory/clock.ts";
import { migration, waveFile } from "../in-memory/migration.ts";
import { inMemoryPlanStore } from "../in-memory/plan-store.ts";
import { snapshotReader } from "../in-memory/snapshot-reader.ts";
import { inMemoryWaveStore } from "../in-memory/wave-store.ts";

const NOON = Date.UTC(2026, 5, 1, 12);
const HOUR = 3_600_000;
const FIRST = new Date(NOON).toISOString();
const hash = (text: string): string => createHash("sha256").update(text).digest("hex");
const [payments, orders] = [waveFile("payments"), waveFile("orders")];
const clientsOf = (wave: typeof payments) =>
  wave.clients.map((client) => ({ ...client, name: `${wave.name}-${client.name}` }));

/** A file that leaves its waves to a plan, and says of their groups and clients what a wave must know. */
const fileOf = (changes: Readonly<Record<string, unknown>> = {}) =>
  migration({
    waves: [],
    planning: {
      groups: [...payments.groups, ...orders.groups].map((group) => ({ ...group, replaySafe: true })),
      clients: [...clientsOf(payments), ...clientsOf(orders)].map((client) => ({ ...client, sideEffects: false })),
    },
    ...changes,
  });

const planned = (name: string, o: object = {}) => ({
  name,
  topics: [name],
  groups: [plannedGroup(`${name}-ledger`)],
  // The last is no client of the file.
  clients: [`${name}-api`, `${name}-ledger`, `${name}-idle-reader`],
  principals: [`User:${name}-api`, `User:${name}-ledger`],
  ...o,
});
const PLAN = planOf([planned("orders"), planned("payments")], { basis: { source: FIRST } });

const snapshotAt = (at: number, partitions = 1): Snapshot =>
  snapshot(
    {
      topics: ["payments", "orders", "beside"].map((name) =>
        topic(name, { partitions: Array.from({ length: name === "orders" ? partitions : 1 }, (_, n) => partition(n)) }),
      ),
    },
    { id: new Date(at).toISOString(), startedAt: at, endedAt: at },
  );

async function world(file = fileOf(), plan: Plan = PLAN) {
  const taken = [snapshotAt(NOON)];
  const clock = standingClock(NOON + HOUR);
  const store = inMemoryWaveStore();
  const plans = inMemoryPlanStore();
  const access = { posters: ["jwt:olga"], readers: [], ssoRoles: new Set<string>() };
  const post = (posted = file) =>
    postMigration({ store, clock, access, hash }, { migration: posted, caller: "jwt:olga" });
  await post();
  const keep = async (kept: Plan, of = file, id = new Date(clock.now()).toISOString()) => {
    const counts = { waves: kept.waves.length, findings: 0, undecided: 0, blocking: 0 };
    const header = {
      id,
      by: "olga",
      hash: hash(canonicalJson(kept)),
      basis: kept.basis,
      file: fileHash(hash, of),
      counts,
    };
    await plans.save("shop", header, kept);
    return header.hash;
  };
  const deps = {
    store,
    plans,
    clock,
    hash,
    // A later one is seen from then on.
    snapshots: {
      headers: (of: Parameters<ReturnType<typeof snapshotReader>["headers"]>[0]) => snapshotReader(taken).headers(of),
      header: (ref: Parameters<ReturnType<typeof snapshotReader>["header"]>[0]) => snapshotReader(taken).header(ref),
      pages: (...given: Parameters<ReturnType<typeof snapshotReader>["pages"]>) =>
        snapshotReader(taken).pages(...given),
    },
  };
  const shown = await keep(plan);
  return {
    deps,
    store,
    clock,
    taken,
    post,
    keep,
    shown,
    approve: (person = "carl", of = shown) => approvePlan(deps, "shop", { person, hash: of }),
    accept: (person = "olga", of = shown) => acceptPlan(deps, "shop", { person, hash: of }),
    read: (wave?: string) => readPlan(deps, "shop", { plan: "newest", wave }),
    async start(wave: string) {
      const row = await store.wave({ migration: "shop", wave });
      if (row === undefined) throw new Error(`no wave ${wave}`);
      await store.write(row, { ...row, run: 1 }, [{ event: "WaveStarted", by: "olga" }], clock.now());
    },
  };
}

describe("approving a plan", () => {
  it("of more waves than a migration can have is refused with what would make them fewer", async () => {
    const many = planOf(
      Array.from({ length: 100 }, (_, n) => planned(`wave-${n}`)),
      { basis: { source: FIRST } },
    );
    const { approve } = await world(fileOf(), many);
    expect(await approve()).toMatchObject({
      because: "the plan has 100 waves, and a migration at most 99",
      cure: expect.stringContaining("planning.limits"),
    });
  });

  it("is for who runs the migration, and for exactly the newest plan", async () => {
    const { approve, read, shown, clock, keep } = await world();
    expect(await approve("olga")).toMatchObject({ kind: "missing-role", who: ["carl"] });
    expect(await approve("carl", "another")).toMatchObject({
      kind: "conflict",
      because: expect.stringMatching(new RegExp(`another.*${shown}`)),
      cure: expect.stringContaining("GET /migrations/shop/plan"),
    });
    expect(await approve()).toMatchObject({ hash: shown, approval: { by: "carl", at: clock.now() } });
    expect(await approve()).toMatchObject({ already: "carl has approved it" });
    expect(await read()).toMatchObject({ approval: { by: "carl" }, voids: [], earlier: [], plan: PLAN });
    clock.advance(HOUR);
    const newer = await keep(planOf([planned("orders")], { basis: { source: FIRST } }));
    expect(await approve()).toMatchObject({ because: expect.stringMatching(new RegExp(`${shown}.*${newer}`)) });
  });

  it("is void by drift that concerns what the plan moves, which says by what, until a person reviews it", async () => {
    const { approve, accept, read, taken, deps } = await world();
    await approve();
    taken.push(snapshotAt(NOON + HOUR / 2));
    expect(await read()).toMatchObject({ voids: [] });
    taken.push(snapshotAt(NOON + HOUR, 3));
    expect(await read()).toMatchObject({
      voids: [{ because: "drift", says: expect.stringContaining("orders"), rule: "partitions-changed" }],
    });
    expect(await accept()).toMatchObject({
      kind: "conflict",
      because: expect.stringMatching(/approved by carl, is void: .*orders.*was 1 and is 3 \(partitions-changed\)/),
      cure: expect.stringContaining("POST /migrations/shop/plan"),
    });
    expect(await approve()).toMatchObject({ because: expect.stringContaining("partitions-changed") });
    expect(await deps.store.waves("shop")).toEqual([]);
  });

  it("is void when the file says something else, and when its snapshot is gone", async () => {
    const { approve, accept, read, post, taken } = await world();
    await approve();
    await post(fileOf({ policy: { drainSeconds: 30 } }));
    expect(await read()).toMatchObject({ voids: [{ because: "file-changed" }] });
    expect(await accept()).toMatchObject({ because: expect.stringContaining("posted with other content") });
    taken.splice(0, 1, snapshotAt(NOON + HOUR));
    expect(await read()).toMatchObject({ voids: [{ because: "file-changed" }, { because: "snapshot-gone" }] });
  });

  it("waits for what the waves need to be decided, by name and with whom to ask", async () => {
    const open: Undecided = {
      what: { kind: "client", name: "User:till" },
      wave: "orders",
      who: "team-shop",
      says: "nobody tells how it is stopped",
      cure: "declare it under planning.clients",
      blocks: true,
    };
    const { approve, accept } = await world(fileOf(), { ...PLAN, undecided: [open, { ...open, blocks: false }] });
    for (const act of [approve, accept])
      expect(await act()).toMatchObject({
        kind: "conflict",
        because: expect.stringMatching(/^1 .*User:till.*team-shop.*planning\.clients/),
        who: ["team-shop"],
      });
  });
});

describe("reading a plan", () => {
  it("tells of one wave what is about it, under the hash of the whole", async () => {
    const finding = { kind: "limit", wave: "orders", says: "is large", cure: "raise it" } as const;
    const { read, shown } = await world(fileOf(), { ...PLAN, findings: [finding, { ...finding, wave: "payments" }] });
    const { windows: _windows, ...plan } = planOf([planned("orders")], { findings: [finding] });
    expect(await read("orders")).toMatchObject({
      hash: shown,
      plan: { ...plan, basis: PLAN.basis, findings: [finding] },
    });
    expect(await read("moon")).toMatchObject({ kind: "not-found", cure: "its waves: orders, payments" });
  });
});

describe("accepting a plan", () => {
  it("comes after its approval, by an operator", async () => {
    const { accept, shown } = await world();
    expect(await accept("carl")).toMatchObject({ kind: "missing-role", who: ["olga"] });
    expect(await accept()).toMatchObject({ because: expect.stringContaining("nobody has approved"), who: ["carl"] });
    expect(await accept("olga", "another")).toMatchObject({ because: expect.stringContaining(shown) });
  });

  it("makes its waves the migration's, each with its declared groups and clients, and journals who did it", async () => {
    const { approve, accept, store, shown, read } = await world();
    await approve();
    expect(await accept()).toMatchObject({
      accepted: { by: "olga" },
      waves: [
        { wave: "orders", phase: "planned" },
        { wave: "payments", phase: "planned" },
      ],
    });
    const posted = await store.postedMigration("shop");
    expect(posted?.migration.waves.map(({ name }) => name)).toEqual(["orders", "payments"]);
    expect(posted?.migration.waves[1]).toEqual({
      ...migration().waves[0],
      clients: clientsOf(payments).map((client) => expect.objectContaining(client)),
    });
    expect(posted?.posting.accepted).toMatchObject({ hash: shown, snapshot: FIRST, approvedBy: "carl", by: "olga" });
    for (const wave of ["orders", "payments"])
      expect(await store.journal({ migration: "shop", wave })).toMatchObject([
        { event: "WavePlanned", by: "olga", details: { hash: shown, approvedBy: "carl" } },
      ]);
    expect(await accept()).toMatchObject({ already: "olga has accepted it", waves: [{}, {}] });
    expect(await read()).toMatchObject({ accepted: { by: "olga" }, voids: [] });
  });

  it("that was cut off before it journalled all waves is ended by whoever accepts again", async () => {
    const { approve, deps, shown, store } = await world();
    await approve();
    let writes = 0;
    const dying = {
      ...deps,
      store: {
        ...store,
        write: async (...given: Parameters<typeof store.write>) => {
          if (++writes > 1) throw new Error("killed");
          return store.write(...given);
        },
      },
    };
    await expect(acceptPlan(dying, "shop", { person: "olga", hash: shown })).rejects.toThrow("killed");
    await acceptPlan(deps, "shop", { person: "olga", hash: shown });
    const journals = await Promise.all(
      ["orders", "payments"].map((wave) => store.journal({ migration: "shop", wave })),
    );
    expect(journals.map((entries) => entries.map(({ event }) => event))).toEqual([["WavePlanned"], ["WavePlanned"]]);
  });

  it("leaves waves that were started alone, and refuses a plan that does not know of them", async () => {
    const byHand = fileOf({ waves: [{ ...payments, clients: clientsOf(payments) }] });
    const fixed = planOf([planned("orders")], { basis: { source: FIRST }, fixed: ["payments"] });
    const { approve, accept, store, start } = await world(byHand, fixed);
    await start("payments");
    const before = await store.wave({ migration: "shop", wave: "payments" });
    await approve();
    expect(await accept()).toMatchObject({ waves: [{ wave: "orders" }] });
    expect(await store.wave({ migration: "shop", wave: "payments" })).toEqual(before);
    expect((await store.migration("shop"))?.waves.map(({ name }) => name)).toEqual(["payments", "orders"]);

    const late = await world(byHand, PLAN);
    await late.approve();
    await late.start("payments");
    expect(await late.accept()).toMatchObject({ because: expect.stringMatching(/payments was started since/) });
  });

  it("is refused where somebody is not declared, or the file names a wave that the plan does not have", async () => {
    const strange = await world(
      fileOf(),
      planOf([planned("orders", { groups: [plannedGroup("till")] })], { basis: { source: FIRST } }),
    );
    await strange.approve();
    expect(await strange.accept()).toMatchObject({ because: expect.stringContaining("group till of wave orders") });
    const alarmed = await world(fileOf({ policy: { alarms: [{ name: "refund-errors", waves: ["returns"] }] } }));
    await alarmed.approve();
    expect(await alarmed.accept()).toMatchObject({
      because: expect.stringMatching(/policy\.alarms\.0\.waves\.0.*orders, payments/),
    });
  });
});

describe("the file of a migration whose plan was accepted", () => {
  const accepted = async () => {
    const lab = await world();
    await lab.approve();
    await lab.accept();
    return lab;
  };
  const waiver = { check: "super-users", by: "olga", until: "2099-12-31", reason: "known" };
  const names = async ({ store }: Awaited<ReturnType<typeof accepted>>) =>
    (await store.waves("shop")).map(({ wave }) => wave);

  it("keeps the plan's waves when it is posted again, as it is or with other decisions, started or not", async () => {
    const lab = await accepted();
    expect(await lab.post()).toMatchObject({ outcome: "unchanged", posting: { accepted: { by: "olga" } } });
    expect(await lab.post(fileOf({ estate: { waivers: [waiver] } }))).toMatchObject({ outcome: "replaced" });
    await lab.start("orders");
    const { planning, waves } = (await lab.store.migration("shop")) ?? fileOf();
    const limited = { ...planning, limits: { partitions: 10 } };
    expect(await lab.post(fileOf({ planning: limited }))).toMatchObject({ outcome: "replaced" });
    expect(await lab.post(fileOf({ waves }))).toMatchObject({ posting: { accepted: { by: "olga" } } });
    expect(await lab.post()).toMatchObject({ outcome: "unchanged", posting: { accepted: { by: "olga" } } });
    expect(await names(lab)).toEqual(["orders", "payments"]);
    expect(await lab.read()).toMatchObject({ accepted: { by: "olga" } });
  });

  it("that names waves itself takes their place, as long as none was started", async () => {
    const lab = await accepted();
    expect(await lab.post(migration())).toMatchObject({ outcome: "replaced" });
    expect((await lab.store.postedMigration("shop"))?.posting.accepted).toBeUndefined();
    const started = await accepted();
    await started.start("orders");
    expect(await started.post(migration())).toMatchObject({ kind: "conflict" });
  });
});

describe("comparing plans", () => {
  it("names waves that came and went, what moved between them, and what is open no more", async () => {
    const { deps, clock, keep } = await world();
    expect(await comparePlansOf(deps, "shop", { to: "newest" })).toMatchObject({ kind: "not-found" });
    clock.advance(HOUR);
    const groups = [plannedGroup("orders-ledger"), plannedGroup("payments-ledger")];
    await keep(planOf([planned("orders", { topics: ["orders", "payments"], groups })], { basis: { source: FIRST } }));
    expect(await comparePlansOf(deps, "shop", { to: "newest" })).toMatchObject({
      from: new Date(NOON + HOUR).toISOString(),
      isSame: false,
      waves: { added: [], gone: ["payments"] },
      moved: [
        { kind: "topic", name: "payments", from: "payments", to: "orders" },
        { kind: "group", name: "payments-ledger", from: "payments", to: "orders" },
      ],
    });
  });
});
