import { describe, expect, it } from "vitest";
import { judgeLoosenedReaders } from "#core/gate/loosened-readers.ts";
import { planOf } from "#core/migration/migration.ts";
import type { Phase } from "#core/wave/lifecycle.ts";
import { migration, waveFile } from "../../in-memory/migration.ts";

const said = {
  kind: "group",
  name: "orders-ledger",
  topic: "payments",
  by: "olga",
  until: "2026-12-31",
  reason: "later",
};

const judged = (loosened: readonly object[], orders: Phase = "replicating") => {
  const file = migration({
    waves: [waveFile("payments"), waveFile("orders")],
    planning: { loosened: loosened.map((one) => ({ ...said, ...one })) },
  });
  const wave = planOf(file, "payments");
  if (wave === undefined) throw new Error("the file has no wave payments");
  const rows = [
    { wave: "payments", phase: "producers-moved" as const },
    { wave: "orders", phase: orders },
  ];
  return judgeLoosenedReaders(file, wave, rows);
};

describe("readers that were loosened from a wave's topics", () => {
  it("hold its seal until their own wave's clients have moved, whatever day was agreed on", () => {
    expect(judged([{}])).toEqual([
      {
        check: "loosened-readers",
        verdict: "hold",
        reason:
          "group orders-ledger may read payments on the source (loosened by olga until 2026-12-31) and moves with wave orders: the seal would end its reverse mirror; move it first, or take it out of planning.loosened once it reads there no more, and post the file",
      },
    ]);
    for (const phase of ["moving-producers", "rolled-back", "planned"] as const)
      expect(judged([{}], phase)[0]?.verdict, phase).toBe("hold");
    for (const phase of ["producers-moved", "sealing", "sealed"] as const)
      expect(judged([{}], phase)[0]?.verdict, phase).toBe("pass");
    expect(judged([{ until: "2020-01-01" }])[0]?.verdict).toBe("hold");
  });

  it("hold it for good where no wave moves them: a person takes them out of the file", () => {
    const nobodys = { name: "crm" };
    expect(judged([nobodys], "sealed")).toMatchObject([
      { verdict: "hold", reason: expect.stringMatching(/^group crm may/) },
    ]);
    const sink = { kind: "connector", name: "http://connect:8083/s3" };
    expect(judged([sink], "sealed")[0]?.verdict).toBe("hold");
    expect(judged([{ name: "crm", topic: undefined }])[0]?.verdict).toBe("hold");
  });

  it("are no check where nothing reads behind the mirror: writers, others' topics, the wave's own groups", () => {
    expect(judged([])).toEqual([]);
    expect(judged([{ kind: "principal", name: "User:x" }, { topic: "orders" }, { name: "payments-ledger" }])).toEqual(
      [],
    );
  });
});
