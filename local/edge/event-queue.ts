import { setTimeout as sleep } from "node:timers/promises";
import type { FunctionEntry } from "#functions/manifest.ts";
import { logLine } from "../host/log-line.ts";
import type { InvokeFunction } from "./invoke-function.ts";

const ATTEMPTS = 3;
/** An event that found no handler host is kept as long as Lambda keeps one it cannot run. */
const MAX_AGE_MILLIS = 6 * 3600 * 1000;

export type EventQueue = {
  accept(entry: FunctionEntry, event: unknown): void;
  /** Resolves when nothing is under way, or after the bound; then nothing more is tried. */
  end(withinSeconds: number): Promise<void>;
};

/** Asynchronous invocations: in memory only, tried three times, a second and then two apart. */
export function eventQueue(invoke: InvokeFunction, waitSeconds: readonly number[] = [1, 2]): EventQueue {
  const underWay = new Set<Promise<void>>();
  const ended = new AbortController();
  const deliver = async (entry: FunctionEntry, event: unknown): Promise<void> => {
    const acceptedAt = Date.now();
    for (let attempt = 1; !ended.signal.aborted; ) {
      const invoked = await invoke(entry, event);
      if (invoked.kind === "result") return;
      const reason = invoked.kind === "error" ? invoked.error.errorType : invoked.reason;
      const line = { function: entry.name, requestId: invoked.requestId, attempt, reason };
      if (invoked.kind === "error" && attempt++ === ATTEMPTS) return logLine({ event: "event-given-up", ...line });
      if (Date.now() - acceptedAt > MAX_AGE_MILLIS) return logLine({ event: "event-too-old", ...line });
      logLine({ event: "event-tried-again", ...line });
      await sleep((waitSeconds[attempt - 2] ?? 1) * 1000, undefined, { signal: ended.signal }).catch(ifAborted);
    }
    logLine({ event: "event-dropped-at-the-end", function: entry.name });
  };
  return {
    accept(entry, event) {
      const delivery = deliver(entry, event).finally(() => underWay.delete(delivery));
      underWay.add(delivery);
    },
    async end(withinSeconds) {
      const over = new AbortController();
      const bound = sleep(withinSeconds * 1000, undefined, { signal: over.signal }).catch(ifAborted);
      await Promise.race([Promise.all(underWay), bound]);
      over.abort();
      ended.abort();
    },
  };
}

function ifAborted(error: unknown): void {
  if (!(error instanceof Error && error.name === "AbortError")) throw error;
}
