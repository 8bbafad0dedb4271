import { afterAll, beforeAll, expect, test } from "vitest";
import { killHandlerHost, killInEachPhase } from "./kill-each-phase.ts";
import { startWaveLab, type WaveLab } from "./wave-lab.ts";

let lab: WaveLab;
beforeAll(async () => {
  lab = await startWaveLab({ waves: [{ name: "host" }, { name: "whole", liveGroups: 2, partitions: 3 }] });
  await lab.post(lab.file());
});
afterAll(() => lab?.stop());

test("a wave whose handler host is killed midway in each doing-phase ends sealed, each record processed exactly once", async () => {
  const wave = lab.wave("host");
  await wave.startApplications();
  await wave.command("start");
  await killInEachPhase(wave, () => killHandlerHost(lab));
  expect(await wave.findings()).toEqual([]);
}, 180_000);

test("a wave whose whole control plane is killed midway in each doing-phase ends sealed, each record processed exactly once", async () => {
  const wave = lab.wave("whole");
  await wave.startApplications();
  await wave.command("start");
  await killInEachPhase(wave, () => lab.restartControlPlane(), { ordersThaw: true });
  expect(await wave.findings()).toEqual([]);
}, 240_000);
