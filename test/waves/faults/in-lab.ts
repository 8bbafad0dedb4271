import type { Phase } from "#core/wave/lifecycle.ts";
import type { Tell } from "#local/demo/tell.ts";
import { AWS_TROUBLES, driveThroughTrouble } from "../aws-troubles.ts";
import { lyingEdge } from "../lying-edge.ts";
import { startWaveLab, type WaveLab } from "../wave-lab.ts";
import { FAULTS, type FaultName } from "./faults.ts";
import { type Harm, harmDone, harmOnTheWayBack } from "./harm.ts";
import { AT_GATES, isAnythingThere, type Strike } from "./phases.ts";
import { type Struck, strikeInPhases, takingRepeats } from "./strike.ts";
import { BACK_POLICY, beginWayBack, leadAhead, strikeOnTheWayBack } from "./way-back.ts";

type Waves = Readonly<Record<string, readonly Phase[]>>;
export type TroubleName = keyof typeof AWS_TROUBLES;

/**
 * Each wave of a lab is struck in these phases by the lab's fault. Phases that come within one another's outage are struck on waves of their own: a
 * fault that ends a freeze, or lets it through, must not hide the next phase.
 */
const FORWARD_WAVES: Waves = {
  first: ["preparing", "moving-consumers", "thawing", "freezing"],
  second: ["preparing-cutover", "draining", "sealing"],
  third: ["moving-producers"],
};
/** In this order: as long as the others are on the target their reverse mirror can be struck. */
const BACK_WAVES: Waves = {
  aborted: ["aborting"],
  "given-up": ["withdrawing", "returning"],
  back: ["rolling-back"],
};
/** Only the engine knows of an execution that waits. */
const LOSES_TOKENS: FaultName = "engine loses everything";
const WAITING: Waves = { waiting: AT_GATES };

export const STRUCK_PHASES: readonly Phase[] = [FORWARD_WAVES, BACK_WAVES, WAITING].flatMap((waves) =>
  Object.values(waves).flat(),
);

export type Told = { readonly name: string; readonly struck: readonly Struck[]; readonly seconds: number } & Harm;

const NO_HARM: Harm = { lost: 0, repeated: 0, counted: 0, troubles: [] };

export const isFault = (name: string): name is FaultName => name in FAULTS;
export const isTrouble = (name: string): name is TroubleName => name in AWS_TROUBLES;

/** In a lab for the waves that go forward, and one for those that come back. */
export async function struckBy(fault: FaultName, phases: readonly Phase[], tell: Tell): Promise<Told> {
  const forward = { ...FORWARD_WAVES, ...(fault === LOSES_TOKENS && WAITING) };
  const labs = [
    { waves: strikesOn(forward, fault, phases), drive: driveForward },
    { waves: strikesOn(BACK_WAVES, fault, phases), drive: driveBack },
  ];
  const all: Told[] = [];
  for (const { waves, drive } of labs)
    if (Object.keys(waves).length > 0)
      all.push(await inLab(fault, Object.keys(waves), tell, (lab) => drive(lab, waves, tell)));
  if (all.length === 0) throw new Error(`${fault} strikes nothing in ${phases.join(", ")}`);
  return { name: fault, ...sumOf(all), struck: all.flatMap(({ struck }) => struck), seconds: secondsOf(all) };
}

/** A wave from planned to sealed while AWS is in trouble. */
export const troubledBy = (trouble: TroubleName, tell: Tell): Promise<Told> =>
  inLab(trouble, ["troubled"], tell, async (lab) => {
    const wave = lab.wave("troubled");
    await wave.startApplications();
    await driveThroughTrouble(wave, lyingEdge(lab), AWS_TROUBLES[trouble]);
    return { struck: [], harms: [await harmDone(lab, wave)] };
  });

export const failed = (name: string, error: unknown): Told => ({
  name,
  struck: [],
  seconds: 0,
  ...NO_HARM,
  troubles: [error instanceof Error ? error.message : String(error)],
});

type Strikes = Readonly<Record<string, readonly Strike[]>>;
type Driven = { readonly struck: readonly Struck[]; readonly harms: readonly Harm[] };

/** Of waves that are struck at all. */
const strikesOn = (waves: Waves, fault: FaultName, phases: readonly Phase[]): Strikes =>
  Object.fromEntries(
    Object.entries(waves).flatMap(([name, ofWave]) => {
      const strikes = ofWave
        .filter((phase) => phases.includes(phase))
        .map((phase): Strike => [phase, fault])
        .filter(isAnythingThere);
      return strikes.length === 0 ? [] : [[name, strikes]];
    }),
  );

async function inLab(
  name: string,
  waves: readonly string[],
  tell: Tell,
  drive: (lab: WaveLab) => Promise<Driven>,
): Promise<Told> {
  const small = { partitions: 2, recordsPerSecond: 60 };
  const lab = await startWaveLab({ waves: waves.map((wave) => ({ ...small, name: wave })), canLie: true, say: tell });
  const begun = Date.now();
  try {
    await lab.post(takingRepeats(lab.file(BACK_POLICY)));
    const { struck, harms } = await drive(lab);
    return { name, struck, seconds: (Date.now() - begun) / 1000, ...sumOf(harms) };
  } finally {
    await lab.stop();
  }
}

/** One wave after the other. */
async function driveForward(lab: WaveLab, waves: Strikes, tell: Tell): Promise<Driven> {
  const struck: Struck[] = [];
  for (const [name, strikes] of Object.entries(waves)) {
    const wave = lab.wave(name);
    await wave.startApplications();
    await wave.command("start");
    struck.push(...told(await strikeInPhases(lab, wave, strikes), tell));
  }
  const harms: Harm[] = [];
  for (const name of Object.keys(waves)) harms.push(await harmDone(lab, lab.wave(name)));
  return { struck, harms };
}

/** All of them to where their way back begins, and then one after the other. */
async function driveBack(lab: WaveLab, waves: Strikes, tell: Tell): Promise<Driven> {
  const begun = await Promise.all(Object.entries(waves).map(([name, strikes]) => beginWayBack(lab, name, strikes)));
  await Promise.all(begun.map(leadAhead));
  const struck: Struck[] = [];
  for (const one of begun) struck.push(...told(await strikeOnTheWayBack(lab, one), tell));
  const harms: Harm[] = [];
  for (const { wave } of begun) harms.push(await harmOnTheWayBack(lab, wave));
  return { struck, harms };
}

const told = (struck: readonly Struck[], tell: Tell): readonly Struck[] => {
  for (const { phase, seconds, outcome } of struck) tell(`  ${phase}: ${seconds.toFixed(1)} s, ${outcome}`);
  return struck;
};

const sumOf = (harms: readonly Harm[]): Harm =>
  harms.reduce(
    (all, one) => ({
      lost: all.lost + one.lost,
      repeated: all.repeated + one.repeated,
      counted: all.counted + one.counted,
      troubles: [...all.troubles, ...one.troubles],
    }),
    NO_HARM,
  );

const secondsOf = (all: readonly Told[]): number => all.reduce((sum, { seconds }) => sum + seconds, 0);
