import { GROUPS, LIVE_GROUPS, PARTITIONS, PRODUCERS, RECORD_BYTES } from "../waves/declaration.ts";
import type { Records } from "../waves/records.ts";
import { roundedSpread } from "../waves/spread.ts";
import { limitRow, millisecondsRow, table } from "../waves/table.ts";
import { type Figures, LIMITS, ratiosOf } from "./figures.ts";

export const asText = (figures: Figures, records: Records, troubles: readonly string[]): string => {
  const ratios = ratiosOf(figures);
  const sum = [...figures.parts.values()].reduce((total, part) => total + part.median, 0);
  return [
    "",
    `The freeze of a caught-up wave, ${figures.times} times: each time another wave of one migration, one topic of ${PARTITIONS} partitions,`,
    `${PRODUCERS} kafkajs producers that follow an SSM parameter, ${figures.recordsPerSecond.median.toFixed(0)} records/s acknowledged before the freeze (least ${figures.recordsPerSecond.least.toFixed(0)}), ${RECORD_BYTES.least} to ${RECORD_BYTES.most} bytes each;`,
    `${GROUPS} consumer groups moved beforehand: ${LIVE_GROUPS} with a live member that reads every record, ${GROUPS - LIVE_GROUPS} idle ones with commits. Nothing is warmed up or left out.`,
    "",
    table([
      ["seconds", "median", "p95", "max", "limit", "p95 / limit"],
      limitRow("control plane's share", figures.controlPlane, LIMITS.controlPlane, ratios.controlPlaneP95ToLimit),
      limitRow("producers' view", figures.producersView, LIMITS.producersView, ratios.producersViewP95ToLimit),
    ]),
    "",
    "control plane's share: from the claim of the freeze to the order that starts producers on the target, by the journal, without the time in which clients stopped",
    "producers' view: last acknowledged write on the source to first on the target, by the applications' journals; of each wave the producer that stood still longest",
    "",
    table([
      ["parts of the control plane's share", "median ms", "p95 ms", "max ms", "share of the median"],
      ...[...figures.parts].map(([name, part]) =>
        millisecondsRow(name, part, `${((100 * part.median) / sum).toFixed(0)} %`),
      ),
    ]),
    "",
    table([
      ["floor: the bare calls, in the same run", "median ms", "p95 ms", "max ms", ""],
      ...(["fence", "stop", "offsets"] as const).map((name) =>
        millisecondsRow(FLOOR_NAMES[name], figures.floorParts[name]),
      ),
      millisecondsRow("together", figures.floor),
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
    recordsPerSecond: roundedSpread(figures.recordsPerSecond),
    controlPlaneMilliseconds: roundedSpread(figures.controlPlane),
    producersViewMilliseconds: roundedSpread(figures.producersView),
    partsMilliseconds: Object.fromEntries([...figures.parts].map(([name, part]) => [name, roundedSpread(part)])),
    floorMilliseconds: {
      ...roundedSpread(figures.floor),
      parts: Object.fromEntries(Object.entries(figures.floorParts).map(([name, part]) => [name, roundedSpread(part)])),
    },
    recordsAcknowledged: records.acknowledged,
    recordsLost: records.lost,
    recordsRepeated: records.repeated,
  },
  ratios: ratiosOf(figures),
});
