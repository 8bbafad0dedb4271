import { afterAll, beforeAll, expect, test } from "vitest";
import { LIFECYCLE, THAW } from "#core/wave/lifecycle.ts";
import { harmDone, strikeInPhases, takingRepeats } from "./faults/strike.ts";
import { startWaveLab, type WaveLab } from "./wave-lab.ts";

/** One phase each, so that none is missed because a fault before it let the wave through. `npm run bench:faults` strikes each with each. */
const STRIKES = [
  ["preparing", "target paused"],
  ["moving-consumers", "source paused"],
  ["preparing-cutover", "table killed"],
  ["thawing", "table paused"],
  ["draining", "forward worker killed"],
  ["moving-producers", "target killed"],
  ["sealing", "engine loses everything"],
] as const;
/** What is struck here may end the freeze, or let it through. */
const IN_FREEZE = [["freezing", "source killed"]] as const;

let lab: WaveLab;
beforeAll(async () => {
  lab = await startWaveLab({ waves: [{ name: "struck" }, { name: "frozen", partitions: 1, recordsPerSecond: 40 }] });
  await lab.post(takingRepeats(lab.file({ quietMilliseconds: 1500 })));
});
afterAll(() => lab?.stop());

test("a wave that meets another outage in each phase is sealed, nothing lost, and what a mirror repeated is counted", async () => {
  const struck = new Set<string>([...STRIKES, ...IN_FREEZE].map(([phase]) => phase));
  expect(struck).toEqual(new Set<string>([...LIFECYCLE.map(({ doing }) => doing), THAW.doing]));
  const [wave, frozen] = [lab.wave("struck"), lab.wave("frozen")];
  await Promise.all([wave, frozen].map((one) => one.startApplications()));
  await Promise.all([wave, frozen].map((one) => one.command("start")));
  const ahead = frozen.follow({ until: ({ phase }) => phase === "replicating", seconds: 120, resumes: () => true });
  const [told] = await Promise.all([strikeInPhases(lab, wave, STRIKES), ahead]);
  expect(told.map(({ phase }) => phase)).toEqual(STRIKES.map(([phase]) => phase));
  await strikeInPhases(lab, frozen, IN_FREEZE);
  for (const one of [wave, frozen]) expect(await harmDone(lab, one)).toMatchObject({ lost: 0, troubles: [] });
});
