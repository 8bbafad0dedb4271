import { randomInt } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { FunctionEntry } from "#functions/manifest.ts";
import { type Invoked, type InvokeFunction, invokeOn } from "../invoke-function.ts";
import type { ArmedLies, Divert, Tally } from "./armed.ts";

/** So many events are kept, each once, however often it came. */
const KEPT = 5_000;
const REPLAYED_AT_ONCE = 8;

type Delivered = { readonly entry: FunctionEntry; readonly event: unknown };

export type LyingDeliveries = {
  readonly invoke: InvokeFunction;
  /** Delivers once more, shuffled, all that was ever delivered to functions of these names; answers what became of it. */
  replay(names: readonly string[]): Promise<Tally>;
};

/** Every event reaches its function as often and as late as it is armed to; whoever sent it gets the first delivery's answer. */
export function lyingDeliveries(lies: ArmedLies, invoke: InvokeFunction, ended: AbortSignal): LyingDeliveries {
  const kept = new Map<string, Delivered>();

  const keep = (delivered: Delivered): void => {
    const key = `${delivered.entry.name} ${JSON.stringify(delivered.event)}`;
    if (!kept.has(key) && kept.size < KEPT) kept.set(key, delivered);
  };
  const copy = async ({ entry, event }: Delivered, afterMilliseconds: number): Promise<void> => {
    const isOver = await sleep(afterMilliseconds, false, { signal: ended }).catch(() => true);
    if (!isOver) lies.count(entry.name, kindOf(await invoke(entry, event)));
  };

  return {
    async invoke(entry, event) {
      const divert = lies.divertOf(entry.name, event);
      if (divert !== undefined) return diverted(divert, entry, event, ended);
      const { deliveries } = lies;
      if (isRead(entry)) return invoke(entry, event);
      keep({ entry, event });
      if (deliveries?.functions.includes(entry.name) === true)
        for (let n = 0; n < deliveries.copies; n++)
          void copy({ entry, event }, randomInt(deliveries.withinMilliseconds + 1));
      return invoke(entry, event);
    },

    async replay(names) {
      const waiting = shuffled([...kept.values()].filter(({ entry }) => names.includes(entry.name)));
      const tally: Record<string, Record<string, number>> = {};
      const worker = async (): Promise<void> => {
        for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
          const { name } = next.entry;
          const kind = kindOf(await invoke(next.entry, next.event));
          const counts = (tally[name] ??= {});
          counts[kind] = (counts[kind] ?? 0) + 1;
        }
      };
      await Promise.all(Array.from({ length: REPLAYED_AT_ONCE }, worker));
      return tally;
    },
  };
}

/** Who only reads changes nothing, however often. */
const isRead = ({ invokedBy }: FunctionEntry): boolean =>
  invokedBy.kind === "http" && invokedBy.route.startsWith("GET ");

/** The other host's answer is not waited for: as the Lambda service does with an environment that it has frozen. */
async function diverted(divert: Divert, entry: FunctionEntry, event: unknown, ended: AbortSignal): Promise<Invoked> {
  const elsewhere = invokeOn(new URL(divert.hostUrl), ended)(entry, event);
  const late = sleep(divert.timesOutAfterMilliseconds, undefined, { signal: ended }).catch(() => undefined);
  const first = await Promise.race([elsewhere, late]);
  if (first !== undefined) return first;
  const errorMessage = `Task timed out after ${(divert.timesOutAfterMilliseconds / 1000).toFixed(2)} seconds`;
  return { requestId: "diverted", kind: "error", error: { errorType: "Sandbox.Timedout", errorMessage } };
}

/** In one word: a step's outcome, an HTTP status, or an error's name. */
function kindOf(invoked: Invoked): string {
  if (invoked.kind === "error") return invoked.error.errorType;
  if (invoked.kind === "unavailable") return "unavailable";
  const { value } = invoked;
  if (typeof value !== "object" || value === null) return "done";
  if ("outcome" in value) return String(value.outcome);
  return "statusCode" in value ? String(value.statusCode) : "done";
}

function shuffled<T>(list: T[]): T[] {
  for (let last = list.length - 1; last > 0; last--) {
    const other = randomInt(last + 1);
    const [a, b] = [list[last], list[other]] as [T, T];
    list[last] = b;
    list[other] = a;
  }
  return list;
}
