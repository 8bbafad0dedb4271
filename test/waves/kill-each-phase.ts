import { setTimeout as sleep } from "node:timers/promises";
import type { JournalEntry } from "#core/journal/entry.ts";
import { ENDS, LIFECYCLE, type Phase, THAW } from "#core/wave/lifecycle.ts";
import type { WaveRow } from "#core/wave/wave.ts";
import { isBeingDone, type LabWaveRun, stateLine } from "./wave-lab.ts";

/** Each phase in which a handler is at work, in the order in which one wave meets them when each freeze but the last is killed. */
export const DOING_PHASES: readonly Phase[] = LIFECYCLE.flatMap((row): Phase[] =>
  row.doing === "freezing" ? [row.doing, THAW.doing] : [row.doing],
);

/** Kills, and answers when it was dead, in ms, when whatever it was is up again. */
export type Kill = () => Promise<number>;

const ATTEMPTS = 3;
const BOUND_SECONDS = 60;

/**
 * Drives a wave from planned to sealed and kills once in each doing-phase, when its effects are half done. The journal proves
 * it: the claim that was seen right before the kill was neither completed nor given up by its own handler. What moved on too
 * fast is tried again where the wave comes by once more, and fails the test where it does not. Only a freeze may end in a
 * hold, and is resumed.
 */
export async function killInEachPhase(
  wave: LabWaveRun,
  kill: Kill,
  /** A start after everything was killed thaws before it serves: the thaw to be killed in is a person's then. */
  o: { readonly ordersThaw: boolean } = { ordersThaw: false },
): Promise<void> {
  const ended = new AbortController();
  const driving = wave.follow({
    until: (row) => row.phase === "sealed",
    seconds: 300,
    resumes: (row) => row.phase === THAW.to || row.phase === "moving-producers",
    signal: ended.signal,
  });
  const killing = async (): Promise<void> => {
    for (const phase of DOING_PHASES) {
      const ordered = o.ordersThaw && phase === THAW.doing ? orderThaw(wave) : Promise.resolve();
      await Promise.all([killIn(wave, phase, kill, ended.signal), ordered]);
    }
  };
  try {
    await Promise.all([driving, killing()]);
  } finally {
    ended.abort();
    await driving.catch(() => undefined);
  }
}

/** Of the next freeze, while it is being done; the answer dies with the control plane. */
export async function orderThaw(wave: LabWaveRun): Promise<void> {
  await wave.seen("freezing with a handler at work", BOUND_SECONDS, isBeingDone("freezing"));
  await wave.command("thaw").catch(() => undefined);
}

/** Kills while a handler is at work in the phase, when its effects are half done; throws where the wave did not wait for it. */
export async function killIn(wave: LabWaveRun, phase: Phase, kill: Kill, signal?: AbortSignal): Promise<void> {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const isWanted = isBeingDone(phase);
    const begun = await wave.seen(`${phase} with a handler at work`, BOUND_SECONDS, (row) => {
      signal?.throwIfAborted();
      if (ENDS.includes(row.phase))
        throw new Error(`wave ${row.wave} was ${row.phase} before anything was killed in ${phase}`);
      return isWanted(row);
    });
    const before = await halfDone(wave, begun);
    if (before === undefined) continue;
    const deadAt = await kill();
    const after = (await wave.journal()).filter((entry) => entry.sequence > before.journal.sequence);
    if (isUnfinishedAt(deadAt, before, after)) return;
  }
  throw new Error(`nothing was killed midway in ${phase} in ${ATTEMPTS} tries; now ${stateLine(await wave.row())}`);
}

/** Whether the claim that stood before the kill was still neither completed nor given up when everything was dead. */
const isUnfinishedAt = (deadAt: number, before: WaveRow, after: readonly JournalEntry[]): boolean =>
  after.every((entry) => entry.at > deadAt || (entry.phase === before.phase && !ENDS_A_CLAIM.has(entry.event)));

const ENDS_A_CLAIM = new Set(["StepYielded", "WaveHeld", "StepTakenUp"]);

/** The row when the phase's effects are half done; undefined where its claim was over before. */
export async function halfDone(wave: LabWaveRun, begun: WaveRow): Promise<WaveRow | undefined> {
  const isHalfDone = SIGNS[begun.phase] ?? after(1000);
  const since = Date.now();
  for (;;) {
    const isReached = await isHalfDone(wave, since);
    const now = await wave.row();
    if (now.claim?.id !== begun.claim?.id) return undefined;
    if (isReached) return now;
    await sleep(5);
  }
}

type Sign = (wave: LabWaveRun, since: number) => Promise<boolean>;

const after =
  (milliseconds: number): Sign =>
  async (_wave, since) =>
    Date.now() - since >= milliseconds;

const lastGroup = (wave: LabWaveRun): string => wave.declared.liveGroups.at(-1) ?? "";

/** What shows that a phase has begun to change the world, and leaves most to those who take it up. */
const SIGNS: Partial<Record<Phase, Sign>> = {
  // Where another wave has the workers running already it is over within a second.
  "preparing-cutover": after(150),
  // Its offsets are committed on the target, and nobody has seen it consume there.
  "moving-consumers": async (wave) => (await wave.position(lastGroup(wave))) === "target",
  // The fence is up, and the proof not made.
  freezing: async (wave) => (await wave.fence()).length > 0,
  // The producer is told to write on the source again.
  thawing: async (wave) => (await wave.position(wave.declared.producer)) === "source",
  // The forward mirror is being stopped.
  draining: after(150),
  // The right to write is given, and the producer is on its way.
  "moving-producers": async (wave) => (await wave.position(wave.declared.producer)) === "target",
  sealing: after(150),
  // Nobody may write on the target any more, and what is there is not all on the source.
  "rolling-back": async (wave) => (await wave.fence("target")).length > 0,
  // Nobody is barred on the source any more, and nothing is taken down.
  returning: async (wave) => (await wave.position(wave.declared.producer)) === "source",
  // Nobody is barred on the target any more, and its mirror stands still.
  withdrawing: async (wave) => (await wave.position(wave.declared.producer)) === "target",
  // The forward mirror is being stopped.
  aborting: after(300),
};
