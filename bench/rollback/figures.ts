import { roundedRatio, type Spread, spread, spreadOfParts } from "../waves/spread.ts";
import { PARTS, type RollBackShare } from "./roll-back-share.ts";

/** Milliseconds of three outside effects that no roll-back can do without, each asked for once and directly. */
export type Floor = { readonly stop: number; readonly fence: number; readonly commit: number };

/** What one repetition showed; times in milliseconds. */
export type Repetition = {
  readonly wave: string;
  readonly share: RollBackShare;
  /** From the alarm to the first act on the source of whichever client was the last to come back. */
  readonly alarmToClientsBack: number;
  /** Last record processed on the target → first on the source, of the live group that stood still longest. */
  readonly consumersStoodStill: number;
  /** Last acknowledged write on the target → first on the source, of the producer that stood still longest. */
  readonly producersStoodStill: number;
  /** Acknowledged on the target per second, in the seconds before the alarm. */
  readonly recordsPerSecond: number;
  readonly floor: Floor;
  /** One sentence per thing that is not as it should be. */
  readonly findings: readonly string[];
};

export const LIMITS = { alarmToRolledBack: 30_000 };
/** Acknowledged while the load is on, or the figures are of a lesser one. */
export const LEAST_RECORDS_PER_SECOND = 2000;

export type Figures = {
  readonly times: number;
  readonly alarmToRolledBack: Spread;
  readonly alarmToClientsBack: Spread;
  readonly consumersStoodStill: Spread;
  readonly producersStoodStill: Spread;
  readonly recordsPerSecond: { readonly median: number; readonly least: number };
  /** In the order in which they happen. */
  readonly parts: ReadonlyMap<string, Spread>;
  readonly floor: Spread;
  readonly floorParts: Readonly<Record<keyof Floor, Spread>>;
};

export const figuresOf = (repetitions: readonly Repetition[]): Figures => {
  const of = (value: (one: Repetition) => number): Spread => spread(repetitions.map(value));
  return {
    times: repetitions.length,
    alarmToRolledBack: of((one) => one.share.milliseconds),
    alarmToClientsBack: of((one) => one.alarmToClientsBack),
    consumersStoodStill: of((one) => one.consumersStoodStill),
    producersStoodStill: of((one) => one.producersStoodStill),
    recordsPerSecond: {
      median: of((one) => one.recordsPerSecond).median,
      least: Math.min(...repetitions.map((one) => one.recordsPerSecond)),
    },
    parts: spreadOfParts(
      repetitions.map((one) => one.share.parts),
      PARTS,
    ),
    floor: of(({ floor }) => floor.stop + floor.fence + floor.commit),
    floorParts: {
      stop: of(({ floor }) => floor.stop),
      fence: of(({ floor }) => floor.fence),
      commit: of(({ floor }) => floor.commit),
    },
  };
};

/** The first is below 1 within the limit. The others say how many times the bare calls it takes, and clients stand still. */
export const ratiosOf = (figures: Figures) => ({
  alarmToRolledBackP95ToLimit: roundedRatio(figures.alarmToRolledBack.p95 / LIMITS.alarmToRolledBack),
  alarmToRolledBackToFloor: roundedRatio(figures.alarmToRolledBack.median / figures.floor.median),
  producersStoodStillToFloor: roundedRatio(figures.producersStoodStill.median / figures.floor.median),
});
