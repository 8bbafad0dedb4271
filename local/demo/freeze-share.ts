import { z } from "zod";
import type { Entry } from "./wave-api.ts";

const laps = z.object({ milliseconds: z.record(z.string(), z.number()) });

/** Laps of the freeze in which the control plane waits for clients: to stop, and to write their first record. */
const CLIENTS_OWN = new Set(["brake", "written"]);

/**
 * The control plane's own share of the last freeze, in seconds: from the claim of the freeze to the proof that producers
 * write on the target, without the time it waited for the clients to stop and to start. undefined: there was no freeze.
 */
export const controlPlaneSeconds = (entries: readonly Entry[]): number | undefined => {
  const moved = entries.findLast((entry) => entry.event === "ProducersMoved");
  const claimed = entries.findLast((entry) => entry.event === "StepClaimed" && entry.details["step"] === "freeze");
  if (moved === undefined || claimed === undefined) return undefined;
  const clients = entries
    .filter((entry) => entry.sequence > claimed.sequence && entry.sequence <= moved.sequence)
    .flatMap((entry) => Object.entries(laps.safeParse(entry.details).data?.milliseconds ?? {}))
    .reduce((sum, [name, milliseconds]) => (CLIENTS_OWN.has(name) ? sum + milliseconds : sum), 0);
  return Math.max(0, moved.at - claimed.at - clients) / 1000;
};
