import { GROUPS, LIVE_GROUPS, PARTITIONS, PRODUCERS, RECORD_BYTES } from "./declaration.ts";
import { type Figures, LIMITS, ratiosOf, type Spread } from "./figures.ts";

export type Records = {
  readonly acknowledged: number;
  readonly lost: number;
  readonly repeated: number;
  readonly findings: readonly string[];
};

const seconds = (milliseconds: number): string => (milliseconds / 1000).toFixed(2);
const whole = (milliseconds: number): string => String(Math.round(milliseconds));

export const asText = (figures: Figures, records: Records, troubles: readonly string[]): string => {
  const ratios = ratiosOf(figures);
  const row = (name: string, of: Spread, limit: number, ratio: number): readonly string[] => [
    name,
    seconds(of.median),
    seconds(of.p95),
    seconds(of.max),
    seconds(limit),
    ratio.toFixed(2),
  ];
  const sum = [...figures.parts.values()].reduce((total, part) => total + part.median, 0);
  return [
    "",
    `The freeze of a caught-up wave, ${figures.times} times: each time another wave of one migration, one topic of ${PARTITIONS} partitions,`,
    `${PRODUCERS} kafkajs producers that follow an SSM parameter, ${figures.recordsPerSecond.median.toFixed(0)} records/s acknowledged before the freeze (least ${figures.recordsPerSecond.least.toFixed(0)}), ${RECORD_BYTES.least} to ${RECORD_BYTES.most} bytes each;`,
    `${GROUPS} consumer groups moved beforehand: ${LIVE_GROUPS} with a live member that reads every record, ${GROUPS - LIVE_GROUPS} idle ones with commits. Nothing is warmed up or left out.`,
    "",
    table([
      ["seconds", "median", "p95", "max", "limit", "p95 / limit"],
      row("control plane's share", figures.controlPlane, LIMITS.controlPlane, ratios.controlPlaneP95ToLimit),
      row("producers' view", figures.producersView, LIMITS.producersView, ratios.producersViewP95ToLimit),
    ]),
    "",
    "control plane's share: from the claim of the freeze to the order that starts producers on the target, by the journal, without the time in which clients stopped",
    "producers' view: last acknowledged write on the source to first on the target, by the applications' journals; of each wave the producer that stood still longest",
    "",
    table([
      ["parts of the control plane's share", "median ms", "p95 ms", "max ms", "share of the median"],
      ...[...figures.parts].map(([name, part]) => [
        name,
        whole(part.median),
        whole(part.p95),
        whole(part.max),
        `${((100 * part.median) / sum).toFixed(0)} %`,
      ]),
    ]),
    "",
    table([
      ["floor: the bare calls, in the same run", "median ms", "p95 ms", "max ms", ""],
      ...(["fence", "stop", "offsets"] as const).map((name) => {
        const part = figures.floorParts[name];
        return [FLOOR_NAMES[name], whole(part.median), whole(part.p95), whole(part.max), ""];
      }),
      ["together", whole(figures.floor.median), whole(figures.floor.p95), whole(figures.floor.max), ""],
    ]),
    `the control plane's share is ${ratios.controlPlaneToFloor.toFixed(1)} times the floor (medians); it proves silence, drain and offsets besides`,
    "",
    `records: ${records.acknowledged} acknowledged, ${records.lost} lost, ${records.repeated} repeated (both logs whole, and what the live groups processed)`,
    troubles.length === 0 ? "VERDICT: every freeze succeeded, nothing lost or repeated" : "VERDICT: FAILED",
    ...troubles.map((sentence) => `  - ${sentence}`),
    "",
  ].join("\n");
};

const FLOOR_NAMES = {
  fence: "one ACL added and listed",
  stop: "PUT stop until STOPPED without tasks",
  offsets: "PATCH offsets and read back",
} as const;

export const asJson = (figures: Figures, records: Records) => ({
  name: "freeze",
  figures: {
    times: figures.times,
    recordsPerSecond: rounded(figures.recordsPerSecond),
    controlPlaneMilliseconds: rounded(figures.controlPlane),
    producersViewMilliseconds: rounded(figures.producersView),
    partsMilliseconds: Object.fromEntries([...figures.parts].map(([name, part]) => [name, rounded(part)])),
    floorMilliseconds: {
      ...rounded(figures.floor),
      parts: Object.fromEntries(Object.entries(figures.floorParts).map(([name, part]) => [name, rounded(part)])),
    },
    recordsAcknowledged: records.acknowledged,
    recordsLost: records.lost,
    recordsRepeated: records.repeated,
  },
  ratios: ratiosOf(figures),
});

const rounded = <T extends Readonly<Record<string, number>>>(of: T): Readonly<Record<string, number>> =>
  Object.fromEntries(Object.entries(of).map(([name, value]) => [name, Math.round(value)]));

const table = (rows: readonly (readonly string[])[]): string => {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
};
