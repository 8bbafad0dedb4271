/** A group that stays behind the reverse mirror holds the seal of the wave whose topic it reads: in memory. */
import { expect, it } from "vitest";
import { readGates } from "#use-cases/read-gates.ts";
import { isRefused } from "#use-cases/refused.ts";
import { REF, startHome } from "../in-memory/home.ts";
import { waveFile } from "../in-memory/migration.ts";

it("is measured by the gate before the seal", async () => {
  const loosened = {
    kind: "group",
    name: "orders-ledger",
    topic: "payments",
    by: "olga",
    until: "2030-01-01",
    reason: "later",
  };
  const home = await startHome({
    waves: [waveFile("payments"), waveFile("orders")],
    planning: { loosened: [loosened] },
    policy: { observationWindowSeconds: 3600, wayBackSampleSeconds: 1 },
  });
  await home.reach("producers-moved");
  for (let beats = 0; beats < 3; beats++) home.estate.beat();
  await home.tick();
  const gates = await readGates(home.deps, REF);
  if (isRefused(gates)) throw new Error(gates.because);
  const observation = gates.find(({ gate }) => gate === "observation");
  expect(observation?.checks).toContainEqual(
    expect.objectContaining({
      check: "loosened-readers",
      verdict: "hold",
      reason: expect.stringMatching(/^group orders-ledger may read payments/),
    }),
  );
});
