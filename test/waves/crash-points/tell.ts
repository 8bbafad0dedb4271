import type { Crash } from "#local/host/crash-orders.ts";
import { startWaveLab, type WaveLab } from "../wave-lab.ts";
import { type Outcome, orderCrash, outcomeOf } from "./orders.ts";
import { type Place, placesReached, STORIES, textOf } from "./places.ts";
import { STORY_WAVES, type StoryWaves, startStories, tellStories } from "./stories.ts";

export type Died = Crash & Outcome;

export type Told = {
  /** In their order. */
  readonly crashes: readonly Died[];
  readonly notReached: readonly Place[];
  readonly records: number;
  readonly lost: number;
  readonly repeated: number;
  /** All that the independent checker finds wrong, and all that was left behind. */
  readonly findings: readonly string[];
  /** Where the host came by, if that is kept. */
  readonly reached: readonly Place[];
};

/** A lab of its own: the stories are told once, and the handler host dies at each of these places. */
export const toldWithCrashes = async (
  places: readonly Place[],
  o: { readonly keepsReached?: boolean; readonly say: (line: string) => void },
): Promise<Told> => {
  const lab = await startWaveLab({ waves: STORY_WAVES, hasCrashPoints: true, say: o.say });
  try {
    if (o.keepsReached === true) lab.crashes.reached.keep();
    const orders = new Map(places.map((place) => [orderCrash(lab, place.story, place), place]));
    const waves = await startStories(lab);
    await tellStories(lab, waves);
    return await judged(lab, waves, orders);
  } finally {
    await lab.stop();
  }
};

const judged = async (lab: WaveLab, waves: StoryWaves, orders: ReadonlyMap<string, Place>): Promise<Told> => {
  const happened = lab.crashes.crashes.all();
  const crashes: Died[] = [];
  const findings: string[] = [];
  const count = { records: 0, lost: 0, repeated: 0 };
  for (const story of STORIES) {
    const wave = waves[story];
    const journal = await wave.journal();
    const own = happened.filter((crash) => crash.wave === story);
    crashes.push(...own.map((crash, index) => ({ ...crash, ...outcomeOf(crash, own[index + 1], journal) })));
    const { findings: wrong, records } = await wave.judged();
    findings.push(...wrong.map((finding) => `${story}: ${finding}`));
    count.records += records.acknowledged;
    for (const difference of [records.onWhole, ...records.groups]) {
      count.lost += difference.lost;
      count.repeated += difference.repeated;
    }
  }
  const died = new Set(happened.map((crash) => crash.id));
  return {
    crashes: crashes.sort((a, b) => a.at - b.at),
    notReached: [...orders].filter(([id]) => !died.has(id)).map(([, place]) => place),
    findings,
    ...count,
    reached: placesReached(lab.crashes.reached.all()),
  };
};

/** For people: what it died of and what became of it, a line each. */
export const tableOf = ({ crashes, notReached }: Told): string => {
  const rows = crashes.map(({ wave, phase, by, point, became, seconds, end }) => [
    `${wave}: ${phase}`,
    by,
    point,
    `${seconds.toFixed(1)} s`,
    became,
    end,
  ]);
  const head = ["wave and phase", "function", "died", "next entry", "then", "attempt ended"];
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ");
  return [line(head), ...rows.map(line), ...notReached.map((place) => `not reached: ${textOf(place)}`)]
    .map((one) => `${one.trimEnd()}\n`)
    .join("");
};
