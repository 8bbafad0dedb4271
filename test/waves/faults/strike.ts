import { type Phase, THAW } from "#core/wave/lifecycle.ts";
import type { WaveRow } from "#core/wave/wave.ts";
import type { MigrationFile } from "#local/demo/migration-file.ts";
import { readCursors } from "#use-cases/mirror-cursors.ts";
import { killIn, orderThaw } from "../kill-each-phase.ts";
import type { LabWaveRun, WaveLab } from "../wave-lab.ts";
import { FAULTS, type FaultName } from "./faults.ts";

/** What became of a wave that was struck in the midst of a phase. */
export type Struck = {
  readonly fault: FaultName;
  readonly phase: Phase;
  /** Where the phase led, and what a person was told where it held. */
  readonly outcome: string;
  /** From the strike until the wave had left the phase for good, or was held. */
  readonly seconds: number;
};

/** Groups take what a mirror's restarted worker repeats: with none allowed, the offset plan keeps those that lag before it. */
export const takingRepeats = (file: MigrationFile): MigrationFile => ({
  ...file,
  waves: file.waves.map((wave) => ({
    ...wave,
    groups: wave.groups.map((group) => ({ ...group, maxDuplicates: 1_000_000 })),
  })),
});

/** From planned to sealed, each fault in the midst of its phase, in this order. A thaw to be struck in is ordered by a person. */
export async function strikeInPhases(
  lab: WaveLab,
  wave: LabWaveRun,
  strikes: readonly (readonly [Phase, FaultName])[],
): Promise<readonly Struck[]> {
  const ended = new AbortController();
  const driving = wave.follow({
    until: (row) => row.phase === "sealed",
    seconds: 400,
    resumes: () => true,
    signal: ended.signal,
  });
  const all: Struck[] = [];
  const striking = async (): Promise<void> => {
    for (const [phase, fault] of strikes) {
      let at = 0;
      const strike = async (): Promise<number> => {
        at = await FAULTS[fault](lab);
        return at;
      };
      const ordered = phase === THAW.doing ? orderThaw(wave) : Promise.resolve();
      await Promise.all([killIn(wave, phase, strike, ended.signal), ordered]);
      all.push({ fault, phase, ...(await ending(wave, phase, at)) });
    }
  };
  try {
    await Promise.all([driving, striking()]);
  } finally {
    ended.abort();
    await driving.catch(() => undefined);
  }
  return all;
}

/** A hold is resumed by whoever follows the wave, so that it is read from the journal. */
async function ending(wave: LabWaveRun, phase: Phase, at: number): Promise<Pick<Struck, "outcome" | "seconds">> {
  const isOver = (row: WaveRow): boolean => row.phase !== phase && row.phase !== THAW.doing;
  await wave.seen(`beyond ${phase}`, 120, (row) => isOver(row) || row.hold !== undefined);
  const since = (await wave.journal()).filter((entry) => entry.at >= at);
  const hold = since.find(({ event }) => event === "WaveHeld" || event === "ThawClaimed");
  const left = since.find((entry) => entry.phase !== phase && entry.phase !== THAW.doing);
  const last = hold ?? left;
  const reason = hold?.details["reason"];
  const outcome =
    hold === undefined
      ? `goes on to ${left?.phase}`
      : `${hold.event === "WaveHeld" ? "held" : "thawed"}: ${typeof reason === "string" ? reason : "?"}`;
  return { outcome, seconds: Math.round((last?.at ?? Date.now()) - at) / 1000 };
}

/** What a wave that was struck has lost and repeated; trouble is a sentence each, repeats that the product counted not among it. */
export type Harm = {
  readonly lost: number;
  /** On the target, by the checker; and by the product's own count. */
  readonly repeated: number;
  readonly counted: number;
  readonly troubles: readonly string[];
};

export async function harmDone(lab: WaveLab, wave: LabWaveRun): Promise<Harm> {
  const { records, findings } = await wave.judged();
  const counted = await repeatsCounted(lab, wave);
  const { lost, repeated } = records.onWhole;
  const troubles = findings.filter((finding) => !ONLY_REPEATS.test(finding));
  if (repeated !== counted)
    troubles.push(`${repeated} records stand twice on the target, and the product counts ${counted}`);
  return { lost: lost + records.groups.reduce((sum, group) => sum + group.lost, 0), repeated, counted, troubles };
}

/** Of a log that a mirror writes, or of a group that had moved before: what at-least-once means. */
const ONLY_REPEATS = /^(?:(?:source|target) log of|group) \S+: \d+ repeated$/;

/** Records that a restarted worker carried twice onto the target, as the product counted them. */
async function repeatsCounted(lab: WaveLab, wave: LabWaveRun): Promise<number> {
  const cursors = await readCursors(lab.store.items, await wave.row(), "forward");
  return [...(cursors ?? new Map()).values()].reduce((sum, { repeated }) => sum + repeated, 0);
}
