import { type FunctionEntry, NIGHTLY_AT } from "#functions/manifest.ts";
import { logLine } from "../host/log-line.ts";
import type { InvokeFunction } from "./invoke-function.ts";

export type Timer = { end(): Promise<void> };

/**
 * Runs each `minute-timer` function now and then every `tickSeconds`, and each `nightly-timer` function at the first tick after
 * its hour; a run is left out while the last one is under way. A night in which nothing ran here is not made up for.
 */
export function startTimer(o: {
  readonly functions: ReadonlyMap<string, FunctionEntry>;
  readonly invoke: InvokeFunction;
  readonly tickSeconds: number;
}): Timer {
  const timed = (kind: "minute-timer" | "nightly-timer"): readonly FunctionEntry[] =>
    [...o.functions.values()].filter((entry) => entry.invokedBy.kind === kind);
  const everyTick = timed("minute-timer");
  const everyNight = timed("nightly-timer");
  const underWay = new Map<string, Promise<void>>();
  const run = async (entry: FunctionEntry): Promise<void> => {
    const invoked = await o.invoke(entry, { source: "aws.scheduler", time: new Date().toISOString() });
    if (invoked.kind === "result") return;
    // Not tried again: the next tick, or the next night, does the same work.
    const reason = invoked.kind === "error" ? invoked.error.errorType : invoked.reason;
    logLine({ event: "timer-run-failed", function: entry.name, requestId: invoked.requestId, reason });
  };
  let night = lastNight(Date.now());
  const tick = (): void => {
    const before = night;
    night = lastNight(Date.now());
    // A clock that is set back brings no night again.
    for (const entry of night > before ? [...everyTick, ...everyNight] : everyTick) {
      if (underWay.has(entry.name)) continue;
      underWay.set(
        entry.name,
        run(entry).finally(() => underWay.delete(entry.name)),
      );
    }
    night = Math.max(night, before);
  };
  tick();
  const interval = setInterval(tick, o.tickSeconds * 1000);
  return {
    async end() {
      clearInterval(interval);
      await Promise.all(underWay.values());
    },
  };
}

/** When the nightly hour struck last, in ms. */
function lastNight(now: number): number {
  const { hour, minute } = NIGHTLY_AT;
  const today = new Date(now).setUTCHours(hour, minute, 0, 0);
  return today <= now ? today : today - 86_400_000;
}
