import type { LabWaveRun } from "./wave-lab.ts";

/** Measuring journals these at any time, and moves nothing. */
const JUDGEMENTS = ["GateJudged", "RollbackJudged"];

/** All that an effect too many of a wave at rest would change: its journal, its fences, and where its clients are told to be. */
export async function whatStands(wave: LabWaveRun): Promise<Readonly<Record<string, unknown>>> {
  const { producers, liveGroups } = wave.declared;
  const { phase, run } = await wave.row();
  return {
    phase,
    run,
    journal: (await wave.journal()).filter(({ event }) => !JUDGEMENTS.includes(event)),
    fences: [await wave.fence("source"), await wave.fence("target")],
    positions: await Promise.all([...producers, ...liveGroups].map((client) => wave.position(client))),
  };
}
