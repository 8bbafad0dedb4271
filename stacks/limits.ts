/** How many of a function may run at once, and in how much memory. What is not named shares what the account has left. */
import type { FunctionEntry } from "#functions/manifest.ts";

type Reserved = { readonly [name: string]: number };

/** A number keeps that many free for the function and lets no more than that run. */
const RESERVED: Reserved = {
  // The hands of a freeze's deadline: they must never wait for anybody else's burst.
  "steps-cutover": 10,
  "steps-thaw": 10,
  "timer-thaw-at-deadline": 10,
  "http-thaw-wave": 5,
  "commands-thaw-wave": 5,
  // One slow broker must not fill the account with ticks.
  "timer-tick-wave": 25,
  "timer-tick-active-waves": 2,
  "alarms-wake-ticks": 5,
  // A night with many clusters leaves room for waves.
  "inventory-take-snapshot": 5,
};

export const reservedConcurrency = (name: string): number | undefined => RESERVED[name];

const FREEZING: ReadonlySet<string> = new Set([
  "steps-cutover",
  "steps-thaw",
  "timer-thaw-at-deadline",
  "commands-thaw-wave",
]);

/** CPU comes with memory: a freeze is worth a whole one. */
export const memoryMegabytes = ({ name, invokedBy }: FunctionEntry, isInVpc: boolean): number => {
  if (FREEZING.has(name)) return 1792;
  if (isInVpc) return 1024;
  return invokedBy.kind === "http" ? 512 : 256;
};

/** A tick that comes late is worth nothing, since the next one is there; anything else may come within the hour. */
export const oldestEventSeconds = ({ name }: FunctionEntry): number => (name.startsWith("timer-tick-") ? 60 : 3600);
