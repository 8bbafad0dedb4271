import { ABORT, type Phase, ROLL_BACK } from "#core/wave/lifecycle.ts";
import type { WaveRow } from "#core/wave/wave.ts";
import { command } from "../crash-points/orders.ts";
import { type Leash, leash } from "../leash.ts";
import { seenAtWork } from "../stand-still.ts";
import { type LabWaveRun, stateLine, type WaveLab } from "../wave-lab.ts";
import { FAULTS } from "./faults.ts";
import type { Strike } from "./phases.ts";
import { type Struck, struckIn } from "./strike.ts";

/** How long a roll-back waits for a group that does not stop. */
export const BACK_POLICY = { groupStopSeconds: 12, quietMilliseconds: 1500 } as const;
/** Each may be struck again: a wave that does not come back in so many roll-backs never does. */
const ROLL_BACKS = 4;
const BOUND_SECONDS = 150;

/** A wave whose clients work, ready to be led to where its way back begins. */
export type Begun = { readonly wave: LabWaveRun; readonly leashed?: Leash; readonly strikes: readonly Strike[] };

/** A roll-back that is to be withdrawn waits in vain for a group; its client is led until then. */
export async function beginWayBack(lab: WaveLab, name: string, strikes: readonly Strike[]): Promise<Begun> {
  const wave = lab.wave(name);
  const [deaf = ""] = wave.declared.liveGroups;
  const isWithdrawn = strikes.some(([phase]) => phase === ROLL_BACK.withdrawing);
  await wave.startApplications({ deaf: isWithdrawn ? [deaf] : [] });
  return { wave, strikes, ...(isWithdrawn && { leashed: leash(lab, wave, deaf) }) };
}

/** To where its way back begins, whatever happens to others meanwhile. */
export async function leadAhead({ wave, strikes }: Begun): Promise<void> {
  const to: Phase = strikes.some(([phase]) => phase === ABORT.doing) ? "replicating" : "producers-moved";
  await command(wave, "start");
  await wave.follow({ until: ({ phase }) => phase === to, seconds: 240, resumes: () => true });
}

/** Each fault in the midst of its phase, in this order, until the wave is rolled back or aborted. */
export async function strikeOnTheWayBack(lab: WaveLab, { wave, leashed, strikes }: Begun): Promise<readonly Struck[]> {
  const all: Struck[] = [];
  try {
    for (const strike of strikes) {
      const [phase, fault] = strike;
      const isAbort = phase === ABORT.doing;
      if (!isAbort) await seenAtWork(wave, "target");
      if (phase === ROLL_BACK.withdrawing) await leashed?.cut();
      const [struck] = await Promise.all([
        struckIn(wave, strike, () => FAULTS[fault](lab)),
        command(wave, isAbort ? "abort" : "roll-back", { reason: `to be struck in ${phase}` }),
      ]);
      all.push(struck);
      if (phase !== ROLL_BACK.withdrawing) continue;
      await wave.seen("withdrawn", BOUND_SECONDS, isWithdrawn);
      if (leashed !== undefined) await wave.mend(wave.declared.liveGroups[0] ?? "");
    }
    await ended(wave);
  } finally {
    await leashed?.cut();
  }
  return all;
}

const isOver = ({ phase }: WaveRow): boolean => phase === ROLL_BACK.to || phase === ABORT.to;
const isWithdrawn = ({ phase, hold }: WaveRow): boolean => phase === "producers-moved" && hold !== undefined;

/** A person does what each hold says. */
async function ended(wave: LabWaveRun): Promise<void> {
  for (let ordered = 1; ; ordered++) {
    const isStuck = (row: WaveRow): boolean =>
      isWithdrawn(row) || (row.phase === ABORT.doing && row.hold !== undefined);
    const row = await wave.seen("over or held", BOUND_SECONDS, (now) => isOver(now) || isStuck(now));
    if (isOver(row)) return;
    if (ordered > ROLL_BACKS || row.hold === undefined || row.hold.cure === "")
      throw new Error(`wave ${row.wave} does not come back in ${ordered} tries, or is told no cure: ${stateLine(row)}`);
    if (row.phase === ABORT.doing) await command(wave, "resume");
    else await command(wave, "roll-back", { reason: "once more" });
  }
}
