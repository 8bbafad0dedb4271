import { expect, it } from "vitest";
import { plannedRow } from "#core/wave/planned-row.ts";
import type { ClusterRef } from "#use-cases/ports/snapshot-store.ts";
import { requestAllSnapshots, requestSnapshots } from "#use-cases/request-snapshots.ts";
import { migration, POSTING } from "../in-memory/migration.ts";
import { inMemoryWaveStore } from "../in-memory/wave-store.ts";

async function lab() {
  const store = inMemoryWaveStore();
  for (const name of ["shop", "bank"])
    await store.createMigration(
      migration({ name }),
      [plannedRow({ migration: name, wave: "payments" }, 1), plannedRow({ migration: name, wave: "orders" }, 1)],
      POSTING,
    );
  const asked: ClusterRef[] = [];
  const requester = { requestSnapshot: async (of: ClusterRef) => void asked.push(of) };
  return { deps: { store, requester }, asked };
}

it("both clusters of every migration are asked for in a night", async () => {
  const { deps, asked } = await lab();
  const told = await requestAllSnapshots(deps);
  expect(told).toEqual(asked);
  expect(asked.map(({ migration: name, side }) => `${name} ${side}`).toSorted()).toEqual([
    "bank source",
    "bank target",
    "shop source",
    "shop target",
  ]);
});

it("an operator asks for both clusters of a migration or for one; of a migration that is not there, or as anybody else, for none", async () => {
  const { deps, asked } = await lab();
  expect(await requestSnapshots(deps, "shop", { person: "olga" })).toEqual({ asked: ["source", "target"] });
  expect(await requestSnapshots(deps, "bank", { person: "olga", side: "target" })).toEqual({ asked: ["target"] });
  expect(asked).toHaveLength(3);
  expect(await requestSnapshots(deps, "moon", { person: "olga" })).toMatchObject({
    because: "there is no migration moon",
  });
  expect(await requestSnapshots(deps, "shop", { person: "carl" })).toMatchObject({
    because: "carl is no operator of migration shop; taking a snapshot needs one",
    who: ["olga"],
  });
  expect(asked).toHaveLength(3);
});
