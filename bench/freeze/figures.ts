import { BETWEEN, type FreezeShare } from "#local/demo/freeze-share.ts";
import { roundedRatio, type Spread, spread, spreadOfParts } from "../waves/spread.ts";

/** Milliseconds of the three outside effects that no freeze of this kind can do without, asked for directly. */
export type Floor = { readonly fence: number; readonly stop: number; readonly offsets: number };

/** What one repetition showed; times in milliseconds. */
export type Repetition = {
  readonly wave: string;
  readonly controlPlane: FreezeShare;
  /** Of the producer that stood still longest: its last acknowledged write on the source → its first on the target. */
  readonly producersView: number;
  /** Acknowledged on the source per second, in the seconds before the freeze. */
  readonly recordsPerSecond: number;
  readonly floor: Floor;
};

/** The limits of the freeze of a caught-up wave, at the 95th percentile. */
export const LIMITS = { controlPlane: 2000, producersView: 4000 };
/** Acknowledged while the load is on, or the figures are of a lesser one. */
export const LEAST_RECORDS_PER_SECOND = 3000;

export type Figures = {
  readonly times: number;
  readonly controlPlane: Spread;
  readonly producersView: Spread;
  readonly recordsPerSecond: { readonly median: number; readonly least: number };
  /** In the order in which they happen. */
  readonly parts: ReadonlyMap<string, Spread>;
  readonly floor: Spread;
  readonly floorParts: Readonly<Record<keyof Floor, Spread>>;
};

/** As they follow one another; the journal keeps laps by name. */
const STEPS = ["freeze", "drain", "move"];
const LAPS = [
  ...["order", "silence", "fence", "proof", "content", "stop", "flat", "watermarks"],
  ...["facts", "offsets", "offsets and fence", "rights", "start"],
];
const ORDER = [...STEPS.flatMap((step) => LAPS.map((lap) => `${step} ${lap}`)), BETWEEN];

const floorOf = (floor: Floor): number => floor.fence + floor.stop + floor.offsets;

export const figuresOf = (repetitions: readonly Repetition[]): Figures => {
  const rates = spread(repetitions.map((one) => one.recordsPerSecond));
  const part = (name: keyof Floor): Spread => spread(repetitions.map((one) => one.floor[name]));
  return {
    times: repetitions.length,
    controlPlane: spread(repetitions.map((one) => one.controlPlane.milliseconds)),
    producersView: spread(repetitions.map((one) => one.producersView)),
    recordsPerSecond: { median: rates.median, least: Math.min(...repetitions.map((one) => one.recordsPerSecond)) },
    parts: spreadOfParts(
      repetitions.map((one) => one.controlPlane.parts),
      ORDER,
    ),
    floor: spread(repetitions.map((one) => floorOf(one.floor))),
    floorParts: { fence: part("fence"), stop: part("stop"), offsets: part("offsets") },
  };
};

/** Below 1: within the limit. `controlPlaneToFloor` says how many times the bare calls the whole freeze takes. */
export const ratiosOf = (figures: Figures) => ({
  controlPlaneP95ToLimit: roundedRatio(figures.controlPlane.p95 / LIMITS.controlPlane),
  producersViewP95ToLimit: roundedRatio(figures.producersView.p95 / LIMITS.producersView),
  controlPlaneToFloor: roundedRatio(figures.controlPlane.median / figures.floor.median),
});
