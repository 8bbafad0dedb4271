import { InvokeStore, InvokeStoreBase } from "@aws/lambda-invoke-store";
import type { FunctionEntry } from "#functions/manifest.ts";
import { asInvocation } from "./invoked.ts";
import type { Handler, LambdaContext } from "./load-handler.ts";
import { attributingRejections } from "./stray-rejections.ts";

export type FunctionError = {
  readonly errorType: string;
  readonly errorMessage: string;
  readonly trace: readonly string[];
};

/** As on the wire between the host and the edge: `{ result }` holds JSON text, or `{ error }`. */
export type Outcome = { readonly resultJson: string } | { readonly error: FunctionError };

const errorOf = (thrown: unknown): FunctionError =>
  thrown instanceof Error
    ? { errorType: thrown.name, errorMessage: thrown.message, trace: (thrown.stack ?? "").split("\n") }
    : { errorType: typeof thrown, errorMessage: JSON.stringify(thrown) ?? String(thrown), trace: [] };

/**
 * Runs one invocation within the function's time. Never rejects.
 * A handler that is late goes on in this process, where Lambda would have ended it: what keeps it from acting is
 * the end of its lease, the same as for a handler that Lambda froze. `onLate` is told when it ends after all.
 */
export async function runInvocation(o: {
  readonly entry: FunctionEntry;
  readonly load: () => Promise<Handler>;
  readonly event: unknown;
  readonly requestId: string;
  readonly onLate: () => void;
}): Promise<Outcome> {
  const timeoutMillis = o.entry.timeoutSeconds * 1000;
  const deadline = performance.now() + timeoutMillis;
  const context: LambdaContext = {
    functionName: o.entry.name,
    awsRequestId: o.requestId,
    getRemainingTimeInMillis: () => Math.max(0, Math.floor(deadline - performance.now())),
  };
  const { promise: decided, resolve: decide } = Promise.withResolvers<Outcome>();
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    const seconds = o.entry.timeoutSeconds.toFixed(2);
    const errorMessage = `RequestId: ${o.requestId} Error: Task timed out after ${seconds} seconds`;
    decide({ error: { errorType: "Sandbox.Timedout", errorMessage, trace: [] } });
  }, timeoutMillis);
  const onStray = (reason: unknown): void => {
    const { errorMessage, trace } = errorOf(reason);
    decide({ error: { errorType: "Runtime.UnhandledPromiseRejection", errorMessage, trace } });
  };
  const run = async (): Promise<Outcome> => {
    try {
      const handler = await o.load();
      const of = { name: o.entry.name, event: o.event };
      return { resultJson: toJson(await asInvocation(of, () => handler(o.event, context))) };
    } catch (thrown) {
      return { error: errorOf(thrown) };
    }
  };
  // Invocations of all functions share this process: what one says of itself, its log's wave among it, is no other's.
  const scopes = await InvokeStore.getInstanceAsync();
  const scope = { [InvokeStoreBase.PROTECTED_KEYS.REQUEST_ID]: o.requestId };
  void attributingRejections(onStray, () => scopes.run(scope, run)).then((outcome) => {
    if (isLate) o.onLate();
    decide(outcome);
  });
  const outcome = await decided;
  clearTimeout(timer);
  return outcome;
}

class MarshalError extends Error {
  override readonly name: string = "Runtime.MarshalError";
}

function toJson(value: unknown): string {
  try {
    return JSON.stringify(value ?? null) ?? "null";
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new MarshalError(`Unable to stringify response body: ${reason}`, { cause });
  }
}
