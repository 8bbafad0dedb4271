import { afterAll, beforeAll, expect, test } from "vitest";
import { killHandlerHost, killInEachPhase } from "./kill-each-phase.ts";
import { type LabWaveRun, startWaveLab, type WaveLab } from "./wave-lab.ts";

/** Those with a processor have a client that reads a topic and writes another, and dead letters, in kafkajs transactions. */
let lab: WaveLab;
beforeAll(async () => {
  lab = await startWaveLab({
    waves: [
      { name: "host" },
      { name: "whole", liveGroups: 2, partitions: 3 },
      { name: "once", hasProcessor: true },
      { name: "processor-killed", hasProcessor: true },
    ],
  });
  await lab.post(lab.file());
});
afterAll(() => lab?.stop());

test("a wave whose handler host is killed midway in each doing-phase ends sealed, each record processed exactly once", async () => {
  const wave = lab.wave("host");
  await wave.startApplications();
  await wave.command("start");
  await killInEachPhase(wave, () => killHandlerHost(lab));
  expect(await wave.findings()).toEqual([]);
});

test("a wave whose whole control plane is killed midway in each doing-phase ends sealed, each record processed exactly once", async () => {
  const wave = lab.wave("whole");
  await wave.startApplications();
  await wave.command("start");
  await killInEachPhase(wave, () => lab.restartControlPlane(), { ordersThaw: true });
  expect(await wave.findings()).toEqual([]);
});

/** Records that the wave's processor wrote to one of its topics, by side. */
const writtenBy = (wave: LabWaveRun, topic: string, side: "source" | "target"): number =>
  wave.readJournalLines().filter((line) => line.what === "acknowledged" && line.topic === topic && line.on === side)
    .length;

test("a client that reads and writes stays while consumers move, and is moved with the producer: each record processed once, each of its own written once", async () => {
  const wave = lab.wave("once");
  await wave.startApplications({ deaf: ["once-processor"] });
  await wave.command("start");
  // A freeze whose brake it does not follow ends by itself.
  const thawed = await wave.follow({
    until: ({ phase, hold }) => phase === "cutover-ready" && hold !== undefined,
    seconds: 90,
  });
  expect(thawed.hold?.reason).toContain("group once-processor has not stopped");
  expect(await wave.fence()).toEqual([]);
  expect(await wave.position("once-live-1")).toBe("target");
  expect(await wave.position("once-processor")).toBe("source");
  await wave.mend("once-processor");
  await wave.follow({ until: (row) => row.phase === "sealed", seconds: 90, resumes: () => true });
  expect(await wave.findings()).toEqual([]);
  const [, done = "", dead = ""] = wave.declared.topics;
  for (const topic of [done, dead])
    for (const side of ["source", "target"] as const) expect(writtenBy(wave, topic, side)).toBeGreaterThan(0);
});

test("with the handler host killed midway in each doing-phase it is moved just as exactly", async () => {
  const wave = lab.wave("processor-killed");
  await wave.startApplications();
  await wave.command("start");
  await killInEachPhase(wave, () => killHandlerHost(lab));
  expect(await wave.findings()).toEqual([]);
});
