import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { keepPeriod, replicationOf } from "../../bench/tick/keep-period.ts";
import { startTickLab, type TickLab } from "../../bench/tick/tick-lab.ts";

const PERIOD = 1_000;
const ROUNDS = 10;
const waves = (count: number) =>
  Array.from({ length: count }, (_, n) => ({ wave: `w${n}`, phase: "replicating" as const, partitions: 20 }));

let lab: TickLab;
beforeAll(async () => {
  lab = await startTickLab({
    directory: await mkdtemp(join(tmpdir(), "sluice-ticks-")),
    heapMegabytes: 256,
    migrations: [
      { name: "healthy", waves: waves(8) },
      { name: "silent", waves: waves(2), isOnOther: true },
    ],
  });
});
afterAll(() => lab?.stop());

it("a broker that does not answer keeps no other wave from its period, and its own waves are unknown and say why", async () => {
  const [healthy, silent] = [lab.refs("healthy"), lab.refs("silent")];
  for (const ref of [...healthy, ...silent]) expect(await lab.tick(ref)).toEqual({ outcome: "ticked" });
  for (const ref of silent)
    expect((await replicationOf(lab, ref)).map(({ check, reason }) => `${check}: ${reason}`)).toEqual([
      "content: 60 records equal, in order",
      expect.stringMatching(/^delay: too few samples/),
    ]);

  lab.silenceOther();
  const { kept, ended } = await keepPeriod(lab, [...silent, ...healthy], {
    periodMilliseconds: PERIOD,
    rounds: ROUNDS,
  });
  const ofHealthy = kept.filter(({ ref }) => ref.migration === "healthy");
  expect(ofHealthy).toHaveLength(8);
  for (const one of ofHealthy) {
    // One that waited for the silent broker would end as few ticks as its own waves do; a slow machine costs single ones.
    expect(one.ticked, one.ref.wave).toBeGreaterThan(ROUNDS / 2);
  }
  for (const one of kept.filter(({ ref }) => ref.migration === "silent"))
    expect(one.ticked, one.ref.wave).toBeLessThan(ROUNDS / 2);
  for (const ref of healthy)
    for (const { check, verdict, reason } of await replicationOf(lab, ref))
      expect(reason, `${ref.wave} ${check} ${verdict}`).toMatch(/records equal, in order|too few samples/);

  for (const ref of silent)
    await vi.waitFor(
      async () => {
        const checks = await replicationOf(lab, ref);
        expect(checks.map(({ check, verdict }) => [check, verdict])).toEqual([
          ["content", "unknown"],
          ["delay", "unknown"],
        ]);
        for (const { reason } of checks) expect(reason).toMatch(/127\.0\.0\.1:\d+.*(answer|time)/i);
      },
      { timeout: 30_000, interval: 200 },
    );

  lab.wakeOther();
  await ended;
  for (const ref of silent) {
    expect(await lab.tick(ref)).toEqual({ outcome: "ticked" });
    expect((await replicationOf(lab, ref)).map(({ verdict, reason }) => `${verdict}: ${reason}`)).toEqual([
      "pass: 60 records equal, in order",
      expect.stringMatching(/^unknown: too few samples/),
    ]);
  }
});
