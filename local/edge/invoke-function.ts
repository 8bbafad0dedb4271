import { randomUUID } from "node:crypto";
import { request } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import type { FunctionEntry } from "#functions/manifest.ts";

export type FunctionError = {
  readonly errorType: string;
  readonly errorMessage: string;
  readonly trace?: readonly string[] | undefined;
};

export type Invoked = { readonly requestId: string } & (
  | { readonly kind: "result"; readonly value: unknown }
  | { readonly kind: "error"; readonly error: FunctionError }
  /** The function did not run: no handler host came up in time. */
  | { readonly kind: "unavailable"; readonly reason: string }
);

/** Invokes a function once with an event; never rejects for what the function or its host does. */
export type InvokeFunction = (entry: FunctionEntry, event: unknown) => Promise<Invoked>;

const answered = z.union([
  z.object({
    error: z.object({ errorType: z.string(), errorMessage: z.string(), trace: z.array(z.string()).optional() }),
  }),
  z.object({ result: z.unknown() }),
]);

/** As long as a cold start may take, for a host that is being started again. */
const COLD_START_SECONDS = 20;
/** The host ends an invocation itself; this is for a host that has stopped answering. */
const HOST_GRACE_SECONDS = 5;

/** Once `ended`, an invocation no longer waits for a host that is not up: at the end of everything none will come. */
export function invokeOn(hostUrl: URL, ended: AbortSignal, coldStartSeconds = COLD_START_SECONDS): InvokeFunction {
  return async (entry, event) => {
    const requestId = randomUUID();
    const body = Buffer.from(JSON.stringify(event ?? null));
    const begun = performance.now();
    for (;;) {
      const attempt = await post(hostUrl, entry, requestId, body);
      if (attempt.kind !== "not-up") return { requestId, ...attempt };
      if (ended.aborted || performance.now() - begun > coldStartSeconds * 1000) {
        return { requestId, kind: "unavailable", reason: `the handler host at ${hostUrl.host} is not up` };
      }
      await sleep(50);
    }
  };
}

type Attempt =
  | { readonly kind: "not-up" }
  | { readonly kind: "result"; readonly value: unknown }
  | { readonly kind: "error"; readonly error: FunctionError };

function post(hostUrl: URL, entry: FunctionEntry, requestId: string, body: Buffer): Promise<Attempt> {
  return new Promise((resolve) => {
    const fail = (errorType: string, message: string): void =>
      resolve({
        kind: "error",
        error: { errorType, errorMessage: `RequestId: ${requestId} Error: ${message}`, trace: [] },
      });
    const seconds = entry.timeoutSeconds;
    // A connection of its own: on a kept one, a host that died long ago looks like one that died just now.
    const outgoing = request(
      {
        host: hostUrl.hostname,
        port: hostUrl.port,
        method: "POST",
        path: `/invoke/${entry.name}`,
        headers: { "content-type": "application/json", "content-length": body.length, "x-request-id": requestId },
        agent: false,
        signal: AbortSignal.timeout((seconds + HOST_GRACE_SECONDS) * 1000),
      },
      (incoming) => {
        const parts: Buffer[] = [];
        incoming.on("data", (part: Buffer) => parts.push(part));
        incoming.on("error", died);
        incoming.on("end", () => {
          if (!incoming.complete) return;
          try {
            resolve(attemptOf(incoming.statusCode ?? 0, Buffer.concat(parts).toString()));
          } catch (error) {
            fail("Runtime.Unknown", `the handler host's answer is not understood: ${String(error)}`);
          }
        });
      },
    );
    const died = (error: Error): void => {
      if ("code" in error && error.code === "ECONNREFUSED") return resolve({ kind: "not-up" });
      if (error.name === "AbortError" || error.name === "TimeoutError") {
        return fail("Sandbox.Timedout", `Task timed out after ${seconds.toFixed(2)} seconds`);
      }
      fail("Runtime.ExitError", "Runtime exited with error: signal: killed");
    };
    outgoing.on("error", died);
    outgoing.end(body);
  });
}

function attemptOf(status: number, text: string): Attempt {
  if (status !== 200) throw new Error(`${status} ${text.slice(0, 200)}`);
  const parsed = answered.parse(JSON.parse(text));
  return "error" in parsed ? { kind: "error", error: parsed.error } : { kind: "result", value: parsed.result };
}
