import { setTimeout as sleep } from "node:timers/promises";
import { OperatorFault, RetryableFault } from "#core/fault.ts";
import * as z from "#core/schema.ts";
import type { Direction } from "#use-cases/ports/replicator.ts";

/** Where a direction's worker answers. */
export interface WorkerAddresses {
  /** Such as `http://10.0.1.7:8083`. No worker running: a RetryableFault that says why. */
  restUrl(direction: Direction): Promise<string>;
  /** Called where the address did not answer; the next `restUrl` looks it up again. */
  forget(direction: Direction): void;
  /** What ended the worker that ran before, in words; undefined where none ended. Asked where one does not answer. */
  lastEnd?(direction: Direction): Promise<string | undefined>;
}

export type ConnectAnswer = { readonly status: number; readonly body: unknown };

export type ConnectRequest = {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Begins with `/`; names in it are already encoded. */
  readonly path: string;
  readonly json?: string;
  /** Statuses besides 2xx that the caller takes as answers. */
  readonly expects?: readonly number[];
};

/** Workers say so before they have done anything, while they agree on who runs what: the same request is right a moment later. */
const MOMENTARY = /rebalanc|momentarily|stale config/i;
const ASK_AGAIN_MILLISECONDS = 100;

/**
 * One request to a direction's Connect worker, asked again for `patienceMilliseconds` where the worker only waits for its group:
 * another wave's connector that comes or goes must not end a freeze. Unexpected answers are faults: 409, 5xx and no answer are
 * retryable; any other 4xx is the operator's, with Connect's own message.
 */
export const connectRest =
  (addresses: WorkerAddresses, { timeoutMilliseconds = 10_000, patienceMilliseconds = 6_000 } = {}) =>
  async (direction: Direction, request: ConnectRequest): Promise<ConnectAnswer> => {
    const what = `${request.method} ${request.path} of the ${direction} worker`;
    const answered = async (): Promise<ConnectAnswer> => {
      const url = (await addresses.restUrl(direction)) + request.path;
      try {
        const response = await fetch(url, {
          method: request.method,
          signal: AbortSignal.timeout(timeoutMilliseconds),
          ...(request.json === undefined
            ? {}
            : { headers: { "content-type": "application/json" }, body: request.json }),
        });
        const { status } = response;
        return { status, body: parseJson(await response.text(), what) };
      } catch (error) {
        if (error instanceof RetryableFault) throw error;
        addresses.forget(direction);
        const end = await addresses.lastEnd?.(direction).catch(() => undefined);
        throw new RetryableFault(
          `${what} at ${url} got no answer: ${reasonOf(error)}${end === undefined ? "" : `; ${end}`}`,
          { cause: error },
        );
      }
    };
    for (const begun = performance.now(); ; await sleep(ASK_AGAIN_MILLISECONDS)) {
      const answer = await answered();
      const { status, body } = answer;
      if (status >= 200 && status < 300) return answer;
      const message = messageOf(body);
      const isMomentary = (status === 409 || status === 500) && MOMENTARY.test(message);
      if (isMomentary && performance.now() - begun < patienceMilliseconds) continue;
      if (request.expects?.includes(status)) return answer;
      if (status === 409) throw new RetryableFault(`${what} must wait: ${message}`);
      if (status >= 500) throw new RetryableFault(`${what} failed with ${status}: ${message}`);
      throw new OperatorFault(`${what} was refused with ${status}: ${message}`);
    }
  };

const errorSchema = z.object({ message: z.string() });

export const messageOf = (body: unknown): string => {
  const parsed = errorSchema.safeParse(body);
  return parsed.success ? parsed.data.message : "Connect gave no message";
};

/** Whole numbers beyond 2^53 stay exact, as bigint: offsets are 64-bit. */
const parseJson = (text: string, what: string): unknown => {
  if (text === "") return undefined;
  try {
    return JSON.parse(text, exactIntegers);
  } catch (error) {
    throw new RetryableFault(`${what} answered something other than JSON: ${text.slice(0, 200)}`, { cause: error });
  }
};

const exactIntegers = (_key: string, value: unknown, context?: { readonly source?: string }): unknown =>
  typeof value === "number" && !Number.isSafeInteger(value) && /^-?\d+$/.test(context?.source ?? "")
    ? BigInt(context?.source ?? "")
    : value;

const reasonOf = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error && error.cause.message !== "" ? error.cause.message : error.message;
};
