import type { FunctionEntry } from "#functions/manifest.ts";
import { logLine } from "../host/log-line.ts";
import type { InvokeFunction } from "./invoke-function.ts";

export type Timer = { end(): Promise<void> };

/** Runs each `minute-timer` function now and then every `tickSeconds`; a run is left out while the last one is under way. */
export function startTimer(o: {
  readonly functions: ReadonlyMap<string, FunctionEntry>;
  readonly invoke: InvokeFunction;
  readonly tickSeconds: number;
}): Timer {
  const timed = [...o.functions.values()].filter((entry) => entry.invokedBy.kind === "minute-timer");
  const underWay = new Map<string, Promise<void>>();
  const run = async (entry: FunctionEntry): Promise<void> => {
    const invoked = await o.invoke(entry, { source: "aws.scheduler", time: new Date().toISOString() });
    if (invoked.kind === "result") return;
    // Not tried again: the next tick does the same work.
    const reason = invoked.kind === "error" ? invoked.error.errorType : invoked.reason;
    logLine({ event: "timer-run-failed", function: entry.name, requestId: invoked.requestId, reason });
  };
  const tick = (): void => {
    for (const entry of timed) {
      if (underWay.has(entry.name)) continue;
      underWay.set(
        entry.name,
        run(entry).finally(() => underWay.delete(entry.name)),
      );
    }
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
