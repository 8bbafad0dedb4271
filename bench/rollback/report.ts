import { GROUPS, LIVE_GROUPS, PARTITIONS, PRODUCERS, RECORD_BYTES } from "../waves/declaration.ts";
import type { Records } from "../waves/records.ts";
import { roundedSpread, type Spread } from "../waves/spread.ts";
import { limitRow, millisecondsRow, seconds, table } from "../waves/table.ts";
import { type Figures, LIMITS, ratiosOf } from "./figures.ts";
import { WAITING_FOR_CLIENTS } from "./roll-back-share.ts";

export const asText = (figures: Figures, records: Records, troubles: readonly string[]): string => {
  const ratios = ratiosOf(figures);
  const row = (name: string, of: Spread): readonly string[] => [
    name,
    seconds(of.median),
    seconds(of.p95),
    seconds(of.max),
  ];
  return [
    "",
    `The roll-back of a caught-up wave by an alarm, ${figures.times} times: each time another wave of one migration, one topic of ${PARTITIONS} partitions,`,
    `${PRODUCERS} kafkajs producers that follow an SSM parameter, ${figures.recordsPerSecond.median.toFixed(0)} records/s acknowledged on the target before the alarm (least ${figures.recordsPerSecond.least.toFixed(0)}), ${RECORD_BYTES.least} to ${RECORD_BYTES.most} bytes each;`,
    `${GROUPS} consumer groups come back: ${LIVE_GROUPS} with a live member that reads every record, ${GROUPS - LIVE_GROUPS} idle ones with commits. Nothing is warmed up or left out.`,
    "",
    table([
      ["seconds", "median", "p95", "max", "limit", "p95 / limit"],
      limitRow(
        "alarm to rolled back",
        figures.alarmToRolledBack,
        LIMITS.alarmToRolledBack,
        ratios.alarmToRolledBackP95ToLimit,
      ),
      row("alarm to all clients back", figures.alarmToClientsBack),
      row("consumers stand still", figures.consumersStoodStill),
      row("producers stand still", figures.producersStoodStill),
    ]),
    "",
    "alarm: the moment in which CloudWatch is told the state ALARM; rolled back: by the journal, with all that the attempt had put up taken down",
    "all clients back: the first write or record on the source of the client that came back last; stand-still: from a client's last act on the target to its first on the source,",
    "by the applications' journals; of each wave the client that stood still longest",
    "",
    table([
      ["parts of alarm to rolled back", "median ms", "p95 ms", "max ms", ""],
      ...[...figures.parts].map(([name, part]) =>
        millisecondsRow(name, part, WAITING_FOR_CLIENTS.includes(name) ? "clients stop or start" : ""),
      ),
    ]),
    "",
    table([
      ["floor: the bare calls, in the same run", "median ms", "p95 ms", "max ms"],
      ...(["stop", "fence", "commit"] as const).map((name) =>
        millisecondsRow(FLOOR_NAMES[name], figures.floorParts[name]),
      ),
      millisecondsRow("together", figures.floor),
    ]),
    `alarm to rolled back is ${ratios.alarmToRolledBackToFloor.toFixed(1)} times the floor, the producers' stand-still ${ratios.producersStoodStillToFloor.toFixed(1)} times (medians); the floor waits for no client, and proves nothing`,
    "",
    `records: ${records.acknowledged} acknowledged, ${records.lost} lost, ${records.repeated} repeated (both logs whole, and what the live groups processed there, on the target and back)`,
    troubles.length === 0 ? "VERDICT: every roll-back succeeded, nothing lost or repeated" : "VERDICT: FAILED",
    ...troubles.map((sentence) => `  - ${sentence}`),
    "",
  ].join("\n");
};

const FLOOR_NAMES = {
  stop: "PUT stop until STOPPED without tasks",
  fence: "one ACL added and listed",
  commit: "one group's offsets committed and read back",
} as const;

export const asJson = (figures: Figures, records: Records) => ({
  name: "rollback",
  figures: {
    times: figures.times,
    recordsPerSecond: roundedSpread(figures.recordsPerSecond),
    alarmToRolledBackMilliseconds: roundedSpread(figures.alarmToRolledBack),
    alarmToClientsBackMilliseconds: roundedSpread(figures.alarmToClientsBack),
    consumersStoodStillMilliseconds: roundedSpread(figures.consumersStoodStill),
    producersStoodStillMilliseconds: roundedSpread(figures.producersStoodStill),
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
