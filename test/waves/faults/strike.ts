import { ENDS, type Phase, ROLL_BACK, THAW } from "#core/wave/lifecycle.ts";
import type { WaveRow } from "#core/wave/wave.ts";
import type { MigrationFile } from "#local/demo/migration-file.ts";
import { killIn, orderThaw } from "../kill-each-phase.ts";
import type { LabWaveRun, WaveLab } from "../wave-lab.ts";
import { FAULTS, type FaultName } from "./faults.ts";
import { AT_GATES, type Strike } from "./phases.ts";

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

/**
 * From planned to sealed, each fault in the midst of its phase, in this order. A thaw to be struck in is ordered by a person. While
 * an outage lasts nobody closes a gate, so that no phase behind one is over before it is struck.
 */
export async function strikeInPhases(
  lab: WaveLab,
  wave: LabWaveRun,
  strikes: readonly Strike[],
): Promise<readonly Struck[]> {
  const ended = new AbortController();
  let isStruck = false;
  const driving = wave.follow({
    until: (row) => row.phase === "sealed",
    seconds: 400,
    resumes: () => true,
    areAway: () => isStruck,
    signal: ended.signal,
  });
  const all: Struck[] = [];
  const striking = async (): Promise<void> => {
    for (const [phase, fault] of strikes) {
      const strike = async (): Promise<number> => {
        isStruck = true;
        try {
          return await FAULTS[fault](lab);
        } finally {
          isStruck = false;
        }
      };
      const ordered = phase === THAW.doing ? orderThaw(wave) : Promise.resolve();
      const [struck] = await Promise.all([struckIn(wave, [phase, fault], strike, ended.signal), ordered]);
      all.push(struck);
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

/** Strikes once the phase is half done, or its gate is open, and sees where that leads. */
export async function struckIn(
  wave: LabWaveRun,
  [phase, fault]: Strike,
  strike: () => Promise<number>,
  signal?: AbortSignal,
): Promise<Struck> {
  if (AT_GATES.includes(phase)) return { fault, phase, ...(await struckAtGate(wave, phase, strike, signal)) };
  let at = 0;
  const struckAt = async (): Promise<number> => {
    at = await strike();
    return at;
  };
  await killIn(wave, phase, struckAt, signal);
  return { fault, phase, ...(await ending(wave, phase, at)) };
}

type Ending = Pick<Struck, "outcome" | "seconds">;

/** With its token the execution is gone: another run must take the wave up. */
async function struckAtGate(
  wave: LabWaveRun,
  phase: Phase,
  strike: () => Promise<number>,
  signal?: AbortSignal,
): Promise<Ending> {
  const before = await wave.seen(`waiting at a gate in ${phase}`, 120, (row) => {
    signal?.throwIfAborted();
    if (ENDS.includes(row.phase))
      throw new Error(`wave ${row.wave} was ${row.phase} before its gate in ${phase} opened`);
    return row.phase === phase && row.gate !== undefined && row.gate.passedAt === undefined;
  });
  const at = await strike();
  const taken = await wave.seen(`taken up by another run in ${phase}`, 120, ({ run }) => run > before.run);
  return { outcome: `goes on in run ${taken.run}`, seconds: (Date.now() - at) / 1000 };
}

const TELLS_A_PERSON = { WaveHeld: "held", ThawClaimed: "thawed", WithdrawalClaimed: "withdrawn" } as const;
const tellsAPerson = (event: string): event is keyof typeof TELLS_A_PERSON => event in TELLS_A_PERSON;

/** A hold is resumed by whoever follows the wave, so that it is read from the journal. */
async function ending(wave: LabWaveRun, phase: Phase, at: number): Promise<Ending> {
  const isOver = (row: Pick<WaveRow, "phase">): boolean => row.phase !== phase && row.phase !== THAW.doing;
  // What is thawed or withdrawn is held from its beginning, and goes on.
  const isHeld = (row: WaveRow): boolean =>
    row.hold !== undefined && row.phase !== THAW.doing && row.phase !== ROLL_BACK.withdrawing;
  await wave.seen(`beyond ${phase}`, 120, (row) => isOver(row) || isHeld(row));
  const since = (await wave.journal()).filter((entry) => entry.at >= at);
  const told = since.find(({ event }) => tellsAPerson(event));
  const left = since.find((entry) => isOver({ phase: entry.phase as Phase }));
  const last = told ?? left;
  const reason = told?.details["reason"];
  const outcome =
    told !== undefined && tellsAPerson(told.event)
      ? `${TELLS_A_PERSON[told.event]}: ${typeof reason === "string" ? reason : "?"}`
      : `goes on to ${left?.phase}`;
  return { outcome, seconds: Math.round((last?.at ?? Date.now()) - at) / 1000 };
}
