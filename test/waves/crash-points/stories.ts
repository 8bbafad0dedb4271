import type { WaveRow } from "#core/wave/wave.ts";
import type { LabWave } from "../lab-declaration.ts";
import { leash } from "../leash.ts";
import { seenAtWork } from "../stand-still.ts";
import type { LabWaveRun, WaveLab } from "../wave-lab.ts";
import { command } from "./orders.ts";
import { type Place, STORIES, type StoryName } from "./places.ts";

/** Of a wave whose handler host dies again and again; an idle machine needs a small part of it. */
const PATIENCE_SECONDS = 240;
/** It follows its switch until the roll-back, which waits for it in vain. */
const DEAF = "back-live-1";
const SMALL = { partitions: 1, recordsPerSecond: 30 };

/** A wave for each, named after it. */
export const STORY_WAVES: readonly LabWave[] = [
  { name: "onward", hasProcessor: true },
  { ...SMALL, name: "back" },
  { ...SMALL, name: "aborted" },
];
/** A roll-back that waits in vain is given up soon. */
export const STORY_POLICY = { rollBackDeadlineSeconds: 25, groupStopSeconds: 6 };

/** Deaths of the other stories, and a machine that is busy, may take until its deadline again. */
const MOST_ORDERS = 4;

/** A thaw is told only where a freeze dies. */
export const DIES_FREEZING: Place = {
  story: "onward",
  phase: "freezing",
  by: "steps-cutover",
  point: "source-fence/AccessRights.add/after",
};

const following = (wave: LabWaveRun, phase: string): Promise<unknown> =>
  wave.follow({ until: (row) => row.phase === phase, seconds: PATIENCE_SECONDS, resumes: () => true });
const seen = (wave: LabWaveRun, phase: string): Promise<unknown> =>
  wave.seen(phase, PATIENCE_SECONDS, (row) => row.phase === phase);

const TOLD: Readonly<Record<StoryName, (lab: WaveLab, wave: LabWaveRun) => Promise<void>>> = {
  async onward(_lab, wave) {
    await command(wave, "start");
  },
  async back(lab, wave) {
    const leashed = leash(lab, wave, DEAF);
    try {
      await command(wave, "start");
      await following(wave, "producers-moved");
      await seenAtWork(wave, "target");
    } finally {
      await leashed.cut();
    }
    await command(wave, "roll-back", { reason: "to see whether it can" });
    await wave.seen("withdrawn", PATIENCE_SECONDS, isWithdrawn);
    await wave.mend(DEAF);
    await seenAtWork(wave, "target");
    for (let order = 1; order === 1 || isWithdrawn(await wave.row()); order++) {
      if (order > MOST_ORDERS) throw new Error(`${wave.declared.name} was withdrawn ${MOST_ORDERS} times`);
      await command(wave, "roll-back", { reason: "now that everybody follows" });
      await wave.seen("rolled back", PATIENCE_SECONDS, (row) => row.phase === "rolled-back" || isWithdrawn(row));
    }
    await seenAtWork(wave, "source");
    await command(wave, "retry");
  },
  async aborted(_lab, wave) {
    await command(wave, "start");
    await following(wave, "replicating");
    await command(wave, "abort", { reason: "not today", deleteTargetTopics: true });
    await seen(wave, "aborted");
    await command(wave, "retry");
  },
};

function isWithdrawn({ phase, hold }: WaveRow): boolean {
  return phase === "producers-moved" && hold !== undefined;
}

export type StoryWaves = Readonly<Record<StoryName, LabWaveRun>>;

export const startStories = async (lab: WaveLab): Promise<StoryWaves> => {
  const waves: StoryWaves = { onward: lab.wave("onward"), back: lab.wave("back"), aborted: lab.wave("aborted") };
  await Promise.all(STORIES.map((story) => waves[story].startApplications({ deaf: story === "back" ? [DEAF] : [] })));
  await lab.post(lab.file(STORY_POLICY));
  return waves;
};

/** Each beside the others, to its seal. */
export const tellStories = async (lab: WaveLab, waves: StoryWaves): Promise<void> => {
  await Promise.all(
    STORIES.map(async (story) => {
      await TOLD[story](lab, waves[story]);
      await following(waves[story], "sealed");
    }),
  );
};
