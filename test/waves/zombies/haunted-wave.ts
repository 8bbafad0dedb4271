import assert from "node:assert/strict";
import fc from "fast-check";
import { type Phase, THAW } from "#core/wave/lifecycle.ts";
import type { WaveRow } from "#core/wave/wave.ts";
import { chosenBy } from "../crash-points/sample.ts";
import type { Leash } from "../leash.ts";
import { seenAtWork } from "../stand-still.ts";
import { closingGates, isBeingDone, type LabWaveRun } from "../wave-lab.ts";
import type { Pause, ZombieHost } from "./zombie-host.ts";

const cutover = (phase: Phase, to: Phase, seconds = 4): Pause => ({
  phase,
  functionName: "steps-cutover",
  seconds,
  to,
});
const rollBack = (phase: Phase, to: Phase): Pause => ({ phase, functionName: "steps-roll-back", seconds: 5, to });

/** Each phase in which anything is done, with the time after which its first handler is given up and where its successors lead. */
const PAUSES: readonly Pause[] = [
  { phase: "preparing", functionName: "steps-start", seconds: 4, to: "replicating" },
  { phase: "moving-consumers", functionName: "steps-move-consumers", seconds: 4, to: "cutover-ready" },
  { phase: "preparing-cutover", functionName: "steps-prepare-cutover", seconds: 4, to: "cutover-ready" },
  { phase: THAW.doing, functionName: "commands-thaw-wave", seconds: 4, to: "cutover-ready" },
  // With the fence up: it is thawed meanwhile, and so it is when the forward mirror is about to be stopped.
  cutover("freezing", "cutover-ready"),
  cutover("draining", "cutover-ready", 6),
  cutover("moving-producers", "producers-moved", 8),
  { phase: "sealing", functionName: "steps-seal", seconds: 4, to: "sealed" },
  rollBack("withdrawing", "producers-moved"),
  rollBack("rolling-back", "rolled-back"),
  rollBack("returning", "rolled-back"),
  { phase: "aborting", functionName: "steps-abort", seconds: 4, to: "aborted" },
];
export const HAUNTED_PHASES: ReadonlySet<Phase> = new Set(PAUSES.map(({ phase }) => phase));

/** Which of its handlers are zombies: on its way forward, and then on its way back. */
export type Haunting = { readonly forward: readonly Phase[]; readonly back: readonly Phase[] };

const EARLY: readonly Phase[] = ["preparing", "moving-consumers", "preparing-cutover"];
const LATE: readonly Phase[] = [THAW.doing, "freezing", "draining", "moving-producers", "sealing"];
const BACK: readonly Phase[] = ["aborting", "withdrawing", "rolling-back", "returning"];
const CHOICES = fc.record({
  forward: fc.tuple(fc.constantFrom(...EARLY), fc.constantFrom(...LATE)),
  back: fc.tuple(fc.constantFrom(...BACK)),
});

/** One before the freeze, one in it, or the seal; and one on the way back. The same for the same seed. */
export const sampledHaunting = (seed: number): Haunting => chosenBy(seed, CHOICES);

/** A group of this wave is led until a roll-back is to wait for it in vain. */
export type Led = { readonly leashed: Leash; readonly client: string };

/** On its way back first, and forward from there until it is sealed, each of these phases once by a handler that is a zombie. */
export async function driveAmongZombies(
  wave: LabWaveRun,
  zombie: ZombieHost,
  { forward, back }: Haunting,
  led: Led,
  say: (line: string) => void = () => undefined,
): Promise<void> {
  const haunted = async (phase: Phase, order?: () => Promise<unknown>): Promise<void> => {
    await zombie.pauseIn(wave, pauseOf(phase), order);
    say(`  ${phase}: its zombie did nothing more`);
  };
  const isAborted = back.includes("aborting");
  let begins: "start" | "retry" = "start";
  const begin = async (): Promise<void> => {
    const begun = () => commanded(wave, begins);
    if (forward.includes("preparing") && begins === "start") await haunted("preparing", begun);
    else await begun();
    begins = "retry";
  };

  await begin();
  if (isAborted) {
    await wave.follow({ until: ({ phase }) => phase === "replicating", seconds: 60, resumes: () => true });
    await haunted("aborting", () => commanded(wave, "abort"));
    await begin();
  }
  for (const phase of forward.filter((one) => one !== "preparing" && one !== "sealing")) {
    await resumed(wave);
    await haunted(phase, phase === THAW.doing ? () => thawn(wave) : undefined);
  }
  for (const phase of back.filter((one) => one !== "aborting")) {
    await resumed(wave);
    // Where it is there already the seal's gate may be open, which must not be closed.
    const hasMoved = (row: WaveRow): boolean => row.phase === "producers-moved";
    if (!hasMoved(await wave.row())) await closingGates(wave, () => wave.seen("producers-moved", 120, hasMoved));
    await seenAtWork(wave, "target");
    if (phase === "withdrawing") await led.leashed.cut();
    await haunted(phase, () => commanded(wave, "roll-back"));
    if (phase === "withdrawing") await wave.mend(led.client);
    else await begin();
  }
  await resumed(wave);
  if (forward.includes("sealing")) await haunted("sealing");
  else await wave.follow({ until: ({ phase }) => phase === "sealed", seconds: 120, resumes: () => true });
  // Not before: a retry moves its group once more.
  await led.leashed.cut();
}

const pauseOf = (phase: Phase): Pause => {
  const pause = PAUSES.find((one) => one.phase === phase);
  if (pause === undefined) throw new Error(`no handler is paused in ${phase}`);
  return pause;
};

async function commanded(wave: LabWaveRun, name: "start" | "resume" | "retry" | "abort" | "roll-back"): Promise<void> {
  const reason = name === "abort" || name === "roll-back" ? { reason: "to see whether it can" } : undefined;
  const { status, body } = await wave.command(name, reason);
  assert.equal(status, 200, `${name}: ${JSON.stringify(body)}`);
}

/** Of the next freeze, while it is being done. Its answer is lost with its handler. */
async function thawn(wave: LabWaveRun): Promise<void> {
  // Refused, once it is loaded: a host that meets a function for the first time may take longer for it than a freeze does.
  for (let tries = 1; (await wave.command("thaw")).status !== 409; tries++)
    assert.ok(tries < 10, "a thaw where there is no freeze is not refused");
  await closingGates(wave, () => wave.seen("freezing", 120, isBeingDone("freezing")));
  const { status, body } = await wave.command("thaw");
  assert.notEqual(status, 409, `the thaw came too late: ${JSON.stringify(body)}`);
}

const resumed = async (wave: LabWaveRun): Promise<void> => {
  if ((await wave.row()).hold !== undefined) await commanded(wave, "resume");
};
