import { afterAll, beforeAll, expect, test } from "vitest";
import { commitSeed } from "./crash-points/sample.ts";
import { harmDone, harmOnTheWayBack } from "./faults/harm.ts";
import { sampledStrikes } from "./faults/sample.ts";
import { strikeInPhases, takingRepeats } from "./faults/strike.ts";
import { BACK_POLICY, beginWayBack, leadAhead, strikeOnTheWayBack } from "./faults/way-back.ts";
import { startWaveLab, type WaveLab } from "./wave-lab.ts";

const seed = commitSeed();
const { forward, givenUp, comesBack } = sampledStrikes(seed);
const strikes = [...forward, givenUp, comesBack];

let lab: WaveLab;
beforeAll(async () => {
  const small = { partitions: 1, recordsPerSecond: 40 };
  lab = await startWaveLab({
    waves: [{ name: "onward" }, { ...small, name: "given-up" }, { ...small, name: "back" }],
  });
  await lab.post(takingRepeats(lab.file(BACK_POLICY)));
});
afterAll(() => lab?.stop());

test(`waves that meet an outage in ${strikes.map((strike) => strike.join(" ")).join(", ")} (SLUICE_CRASH_SEED=${seed}) end sealed, aborted and rolled back, nothing lost, and what a mirror repeated is counted`, async () => {
  const onward = lab.wave("onward");
  const [gone, back] = await Promise.all([
    beginWayBack(lab, "given-up", [givenUp]),
    beginWayBack(lab, "back", [comesBack]),
    onward.startApplications(),
  ]);
  await onward.command("start");
  const [struck] = await Promise.all([strikeInPhases(lab, onward, forward), leadAhead(gone), leadAhead(back)]);
  const struckBack = [...(await strikeOnTheWayBack(lab, gone)), ...(await strikeOnTheWayBack(lab, back))];
  const all = [...struck, ...struckBack];
  for (const { phase, fault, outcome, seconds } of all)
    process.stdout.write(`${phase}, ${fault}: ${outcome}, after ${seconds} s\n`);
  expect(all.map(({ phase, fault }) => [phase, fault])).toEqual(strikes);
  const harms = await Promise.all([
    harmDone(lab, onward, false),
    ...[gone, back].map(({ wave }) => harmOnTheWayBack(lab, wave)),
  ]);
  for (const harm of harms) expect(harm).toMatchObject({ lost: 0, troubles: [] });
});
