import { z } from "zod";
import type { Entry } from "./wave-api.ts";

const laps = z.object({ milliseconds: z.record(z.string(), z.number()) });

/** Laps in which the control plane waits for clients: to stop, and to write their first record. */
const CLIENTS_OWN = new Set(["brake", "written"]);
/** Laps after the producers' first record on the target: no client waits for them. */
const AFTERWARDS = new Set(["reverse"]);
const STEPS: Readonly<Record<string, string>> = {
  WaveFrozen: "freeze",
  DrainProved: "drain",
  ProducersMoved: "move",
};
export const BETWEEN = "between";

export type FreezeShare = {
  /** The control plane's own time of the freeze. */
  readonly milliseconds: number;
  /** The same, part by part ("drain stop"); what lies between the parts (claims, completions) is under `between`. */
  readonly parts: ReadonlyMap<string, number>;
};

/**
 * The control plane's own share of the last freeze, in ms: from the claim of the freeze to the order that starts producers
 * on the target, without the time that it waited for them to stop. undefined: there was no freeze.
 */
export const freezeShare = (entries: readonly Entry[]): FreezeShare | undefined => {
  const moved = entries.findLast((entry) => entry.event === "ProducersMoved");
  const claimed = entries.findLast((entry) => entry.event === "StepClaimed" && entry.details["step"] === "freeze");
  if (moved === undefined || claimed === undefined) return undefined;
  const parts = new Map<string, number>();
  let others = 0;
  for (const entry of entries) {
    const step = STEPS[entry.event];
    if (step === undefined || entry.sequence <= claimed.sequence || entry.sequence > moved.sequence) continue;
    for (const [lap, milliseconds] of Object.entries(laps.parse(entry.details).milliseconds)) {
      if (lap === "total") continue;
      if (CLIENTS_OWN.has(lap) || AFTERWARDS.has(lap)) others += milliseconds;
      else parts.set(`${step} ${lap}`, milliseconds);
    }
  }
  const milliseconds = Math.max(0, moved.at - claimed.at - others);
  const inParts = [...parts.values()].reduce((sum, part) => sum + part, 0);
  parts.set(BETWEEN, Math.max(0, milliseconds - inParts));
  return { milliseconds, parts };
};
