import { expect } from "vitest";
import type { JournalEntry } from "#core/journal/entry.ts";
import { LIFECYCLE, type Phase, THAW } from "#core/wave/lifecycle.ts";
import type { WaveRow } from "#core/wave/wave.ts";
import { isBeingDone, type LabWaveRun, stateLine } from "./wave-lab.ts";

/** Each phase in which a handler is at work, in the order in which one wave meets them when each freeze but the last is killed. */
export const DOING_PHASES: readonly Phase[] = LIFECYCLE.flatMap((row): Phase[] =>
  row.doing === "freezing" ? [row.doing, THAW.doing] : [row.doing],
);

/** Kills, and answers when it was dead, in ms, at the latest when whatever it was may be up again. */
export type Kill = () => Promise<number>;

const ATTEMPTS = 3;
const BOUND_SECONDS = 90;

/**
 * Drives a wave from planned to sealed and kills once in each doing-phase, proved by the journal: the claim that was seen
 * before the kill was not completed by its own handler. What moved on too fast is tried again where the wave comes by once
 * more, and fails the test where it does not. The wave is resumed only where it thawed or says that it holds for the kill.
 */
export async function killInEachPhase(wave: LabWaveRun, kill: Kill): Promise<readonly JournalEntry[]> {
  const ended = new AbortController();
  const driving = wave.follow({
    until: (row) => row.phase === "sealed",
    seconds: 300,
    resumes: isHeldByKill,
    signal: ended.signal,
  });
  const killing = async (): Promise<void> => {
    for (const phase of DOING_PHASES) await killIn(wave, phase, kill, ended.signal);
  };
  try {
    await Promise.all([driving, killing()]);
  } finally {
    ended.abort();
    await driving.catch(() => undefined);
  }
  return wave.journal();
}

/** Holds that a kill may end in: a freeze that was lifted, or producers that moved although their handler was lost. */
const isHeldByKill = (row: WaveRow): boolean => row.phase === THAW.to || row.phase === "moving-producers";

async function killIn(wave: LabWaveRun, phase: Phase, kill: Kill, signal: AbortSignal): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const isWanted = isBeingDone(phase);
    const before = await wave.seen(`${phase} with a handler at work`, BOUND_SECONDS, (row) => {
      signal.throwIfAborted();
      if (row.phase === "sealed") throw new Error(`wave ${row.wave} was sealed before anything was killed in ${phase}`);
      return isWanted(row);
    });
    const deadAt = await kill();
    const after = (await wave.journal()).filter((entry) => entry.sequence > before.journal.sequence);
    if (isUnfinishedAt(deadAt, before, after)) return;
    expect(
      attempt,
      `nothing was killed in ${phase} in ${ATTEMPTS} tries; now ${stateLine(await wave.row())}`,
    ).toBeLessThan(ATTEMPTS);
  }
}

/** Whether the claim that stood before the kill was still neither completed nor given up when everything was dead. */
const isUnfinishedAt = (deadAt: number, before: WaveRow, after: readonly JournalEntry[]): boolean =>
  after.every((entry) => entry.at > deadAt || (entry.phase === before.phase && !ENDS_A_CLAIM.has(entry.event)));

const ENDS_A_CLAIM = new Set(["StepYielded", "WaveHeld", "StepTakenUp"]);
