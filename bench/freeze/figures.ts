import { BETWEEN, type FreezeShare } from "#local/demo/freeze-share.ts";
import type { Floor } from "./floor.ts";

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

export type Spread = { readonly median: number; readonly p95: number; readonly max: number };

/** The limits of the freeze of a caught-up wave, at the 95th percentile. */
export const LIMITS = { controlPlane: 2000, producersView: 4000 };

export const spread = (values: readonly number[]): Spread => {
  const sorted = values.toSorted((a, b) => a - b);
  // Nearest rank: a value that was measured, never one between two.
  const at = (share: number): number => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
  return { median: at(0.5), p95: at(0.95), max: at(1) };
};

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
const STEPS = ["freeze", "drain", "move", BETWEEN];
const LAPS = [
  ...["order", "silence", "fence", "proof", "content", "stop", "flat", "watermarks"],
  ...["facts", "offsets", "offsets and fence", "rights", "start"],
];
const inOrder = (names: readonly string[]): readonly string[] => {
  const place = (name: string): number => {
    const [step = "", ...lap] = name.split(" ");
    return STEPS.indexOf(step) * 100 + LAPS.indexOf(lap.join(" "));
  };
  return names.toSorted((a, b) => place(a) - place(b));
};

const floorOf = (floor: Floor): number => floor.fence + floor.stop + floor.offsets;

export const figuresOf = (repetitions: readonly Repetition[]): Figures => {
  const names = new Set(repetitions.flatMap((one) => [...one.controlPlane.parts.keys()]));
  const rates = spread(repetitions.map((one) => one.recordsPerSecond));
  const part = (name: keyof Floor): Spread => spread(repetitions.map((one) => one.floor[name]));
  return {
    times: repetitions.length,
    controlPlane: spread(repetitions.map((one) => one.controlPlane.milliseconds)),
    producersView: spread(repetitions.map((one) => one.producersView)),
    recordsPerSecond: { median: rates.median, least: Math.min(...repetitions.map((one) => one.recordsPerSecond)) },
    parts: new Map(
      inOrder([...names]).map((name) => [
        name,
        spread(repetitions.map((one) => one.controlPlane.parts.get(name) ?? 0)),
      ]),
    ),
    floor: spread(repetitions.map((one) => floorOf(one.floor))),
    floorParts: { fence: part("fence"), stop: part("stop"), offsets: part("offsets") },
  };
};

/** Below 1: within the limit. `controlPlaneToFloor` says how many times the bare calls the whole freeze takes. */
export const ratiosOf = (figures: Figures) => ({
  controlPlaneP95ToLimit: rounded(figures.controlPlane.p95 / LIMITS.controlPlane),
  producersViewP95ToLimit: rounded(figures.producersView.p95 / LIMITS.producersView),
  controlPlaneToFloor: rounded(figures.controlPlane.median / figures.floor.median),
});

const rounded = (value: number): number => Number(value.toFixed(3));
