import { z } from "zod";
import type { Entry } from "#local/demo/wave-api.ts";

const laps = z.object({ milliseconds: z.record(z.string(), z.number()) });

export const BETWEEN = "between";
const TO_ORDER = "alarm to order";
const TO_CLAIM = "order to claim";
/** As they follow one another; the journal keeps laps by name. */
export const PARTS = [
  TO_ORDER,
  TO_CLAIM,
  ...["brake", "fence", "content", "stop", "pin", "groups"].map((lap) => `back: ${lap}`),
  ...["fence", "consumers", "producers", "seen", "taken down"].map((lap) => `return: ${lap}`),
  BETWEEN,
];
/** Parts in which a client stops, joins or writes: the control plane can only wait for them. */
export const WAITING_FOR_CLIENTS = ["back: brake", "back: groups", "return: seen"];

export type RollBackShare = {
  readonly milliseconds: number;
  /** The same, part by part; what lies between the parts (claims, completions) is under `between`. */
  readonly parts: ReadonlyMap<string, number>;
};

/** From the moment that the alarm was set, in ms since the epoch, to rolled-back. undefined: the journal tells of no roll-back since. */
export const rollBackShare = (entries: readonly Entry[], alarmAt: number): RollBackShare | undefined => {
  const since = entries.filter((entry) => entry.at >= alarmAt);
  const ordered = since.find((entry) => entry.event === "RollBackOrdered");
  const claimed = since.find((entry) => entry.event === "StepClaimed" && entry.details["step"] === "roll-back");
  const rolledBack = since.findLast((entry) => entry.event === "WaveRolledBack");
  if (ordered === undefined || claimed === undefined || rolledBack === undefined) return undefined;
  const parts = new Map([
    [TO_ORDER, ordered.at - alarmAt],
    [TO_CLAIM, claimed.at - ordered.at],
  ]);
  for (const [event, turn] of [
    ["ReturnClaimed", "back"],
    ["WaveRolledBack", "return"],
  ]) {
    const entry = since.findLast((one) => one.event === event);
    if (entry === undefined) continue;
    for (const [lap, milliseconds] of Object.entries(laps.parse(entry.details).milliseconds))
      if (lap !== "total") parts.set(`${turn}: ${lap}`, milliseconds);
  }
  const milliseconds = rolledBack.at - alarmAt;
  const inParts = [...parts.values()].reduce((sum, part) => sum + part, 0);
  parts.set(BETWEEN, Math.max(0, milliseconds - inParts));
  return { milliseconds, parts };
};
