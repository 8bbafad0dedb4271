/** Waves share workers and rights: the last one takes them along, also where two end at once or one begins meanwhile. */
import { expect, it } from "vitest";
import type { AclEntry } from "#core/kafka/acl.ts";
import type { Phase } from "#core/wave/lifecycle.ts";
import type { WaveRef } from "#core/wave/wave.ts";
import { loadWave } from "#use-cases/decide-and-write.ts";
import { releaseWorkersIfUnused } from "#use-cases/release-workers.ts";
import { loadPlan } from "#use-cases/run-step.ts";
import { type StepContext, startTurn } from "#use-cases/step-context.ts";
import { writeFact } from "#use-cases/wave-facts.ts";
import { type Home, REF, startHome } from "../in-memory/home.ts";
import { waveFile } from "../in-memory/migration.ts";

const ORDERS: WaveRef = { migration: REF.migration, wave: "orders" };
const groupRight: AclEntry = {
  resourceType: "GROUP",
  resourceName: "sluice-forward",
  pattern: "LITERAL",
  principal: "User:mirror-forward",
  host: "*",
  operation: "READ",
  permission: "ALLOW",
};

const twoWaves = (): Promise<Home> => startHome({ waves: [waveFile("payments"), waveFile("orders")] });

/** As if its own runs had brought the wave there, a handler's claim standing. */
async function put({ store, clock }: Home, ref: WaveRef, phase: Phase): Promise<StepContextOf> {
  const row = await loadWave(store, ref);
  const run = row.run + 1;
  const claim = { step: "seal" as const, id: `claim of ${ref.wave}`, run, leaseUntil: clock.now() + 60_000 };
  const written = await store.write(row, { ...row, phase, run, claim }, [{ event: "Put", by: "sluice" }], clock.now());
  if (!written.written) throw new Error("not written");
  return { ref, claimId: claim.id };
}
type StepContextOf = Pick<StepContext, "ref" | "claimId">;

async function contextOf({ deps, store }: Home, { ref, claimId }: StepContextOf): Promise<StepContext> {
  const { migration, plan } = await loadPlan(deps, ref);
  const row = await loadWave(store, ref);
  const estate = await deps.estate(migration);
  const given = { ref, row, claimId, migration, plan, estate, endsAt: deps.clock.now() + 60_000 };
  return startTurn(deps, given).context;
}

it("two waves that end at once: at least one sees that nobody is left", async () => {
  const home = await twoWaves();
  const [payments, orders] = [await put(home, REF, "sealing"), await put(home, ORDERS, "returning")];
  const contexts = await Promise.all([payments, orders].map((one) => contextOf(home, one)));
  home.estate.workers.add("forward").add("reverse");
  const answers = await Promise.all(contexts.map((context) => releaseWorkersIfUnused(home.deps, context)));
  expect(answers).toContain(true);
  expect([...home.estate.workers]).toEqual([]);
});

it("a wave that is being sealed but still has its connectors keeps the workers, and takes them along when it ends", async () => {
  const home = await twoWaves();
  const [payments, orders] = [await put(home, REF, "sealing"), await put(home, ORDERS, "sealing")];
  home.estate.workers.add("forward").add("reverse");
  expect(await releaseWorkersIfUnused(home.deps, await contextOf(home, payments))).toBe(false);
  expect([...home.estate.workers]).toEqual(["forward", "reverse"]);
  expect(await releaseWorkersIfUnused(home.deps, await contextOf(home, orders))).toBe(true);
  expect([...home.estate.workers]).toEqual([]);
});

it("what an earlier attempt said of its connectors is not true of this one", async () => {
  const home = await twoWaves();
  await writeFact(home.store.items, ORDERS, "mirrors-gone", { attempt: 0 });
  const payments = await put(home, REF, "sealing");
  await put(home, ORDERS, "aborting");
  home.estate.workers.add("forward");
  expect(await releaseWorkersIfUnused(home.deps, await contextOf(home, payments))).toBe(false);
  expect([...home.estate.workers]).toEqual(["forward"]);
});

it("a wave that begins while the last one ends finds its workers and the rights that all share", async () => {
  const home = await twoWaves();
  home.estate.target.acls = [...home.estate.target.acls, groupRight];
  await writeFact(home.store.items, REF, "mirror-rights", { source: [], target: [groupRight] });
  let begun = false;
  home.estate.around = {
    before: async (call) => {
      if (call.name !== "workers.release" || begun) return;
      begun = true;
      await put(home, ORDERS, "preparing");
      await writeFact(home.store.items, ORDERS, "mirror-rights", { source: [], target: [] });
    },
  };
  await home.reach("sealed");
  expect(begun).toBe(true);
  expect([...home.estate.workers].sort()).toEqual(["forward", "reverse"]);
  expect(home.estate.target.acls).toContainEqual(groupRight);
});

it("and it finds them where it begins while the rights are being taken away", async () => {
  const home = await twoWaves();
  home.estate.target.acls = [...home.estate.target.acls, groupRight];
  await writeFact(home.store.items, REF, "mirror-rights", { source: [], target: [groupRight] });
  home.estate.around = {
    before: async (call) => {
      if (call.name !== "target.rights.remove" || (await loadWave(home.store, ORDERS)).phase !== "planned") return;
      if ((await home.row()).phase === "sealing") await put(home, ORDERS, "preparing");
    },
  };
  await home.reach("sealed");
  expect((await loadWave(home.store, ORDERS)).phase).toBe("preparing");
  expect(home.estate.target.acls).toContainEqual(groupRight);
});
