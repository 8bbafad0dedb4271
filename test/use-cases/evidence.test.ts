import { describe, expect, it } from "vitest";
import type { CheckResult, Verdict } from "#core/gate/verdict.ts";
import { newsOf, readEvidence, withChecks, writeEvidence } from "#use-cases/evidence.ts";
import { REF } from "../in-memory/home.ts";
import { inMemoryWaveStore } from "../in-memory/wave-store.ts";

const LIFE = 300_000;
const check = (name: string, at: number, verdict: Verdict = "pass", reason = "fine"): CheckResult => ({
  check: name,
  verdict,
  reason,
  at,
  expiresAt: at + LIFE,
});

describe("evidence that says the same", () => {
  const known = [check("delay", 1_000), check("content", 1_000)];

  it("is left as it stands for a third of its life, with its own expiry", () => {
    const { news, stored } = newsOf(known, [check("delay", 2_000), check("content", 2_000)]);
    expect(news).toEqual([]);
    expect(stored).toEqual(known);
    const late = 1_000 + LIFE / 3;
    expect(newsOf(known, [check("delay", late - 1)]).news).toEqual([]);
    expect(newsOf(known, [check("delay", late)]).news).toEqual([check("delay", late)]);
  });

  it.each([
    ["a worse verdict", check("delay", 2_000, "unknown", "could not be measured")],
    ["a better one", check("delay", 2_000, "pass", "better")],
    ["a check that is new", check("another", 2_000)],
  ])("is news where it is %s", (_what, now) => {
    const { news, stored } = newsOf(known, [now]);
    expect(news).toEqual([now]);
    expect(stored).toEqual([now]);
  });
});

describe("evidence that a tick keeps in mind", () => {
  it("is what it would read, in the same order, since an approval names a hash over it", async () => {
    const { items } = inMemoryWaveStore();
    const before = [check("delay", 1_000), check("b", 1_000), check("é", 1_000)];
    await writeEvidence(items, REF, "replication", before);
    await writeEvidence(items, REF, "cutover", [check("alarms", 1_000)]);
    const read = await readEvidence(items, REF);
    const now = [check("content", 2_000), check("b", 2_000, "fail", "no")];
    await writeEvidence(items, REF, "replication", now);
    const kept = withChecks(read, "replication", now);
    const anew = await readEvidence(items, REF);
    expect(Object.fromEntries(kept)).toEqual(Object.fromEntries(anew));
    expect(kept.get("replication")?.map((one) => one.check)).toEqual(["b", "content", "delay", "é"]);
    expect(kept.get("cutover")).toHaveLength(1);
  });
});
