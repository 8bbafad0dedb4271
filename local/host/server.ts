import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { FunctionEntry } from "#functions/manifest.ts";
import { loadHandler } from "./load-handler.ts";
import { logLine, messageOf } from "./log-line.ts";
import { readBody } from "./read-body.ts";
import { type Outcome, runInvocation } from "./run-invocation.ts";

const EVENT_LIMIT_BYTES = 20 * 1024 * 1024;

/**
 * `POST /invoke/<name>` with the event as JSON → `{ result }` or `{ error: { errorType, errorMessage, trace } }`;
 * 404 for a name that the manifest lacks. `GET /health` → 200. The request id is taken from `x-request-id`.
 */
export function hostServer(functions: ReadonlyMap<string, FunctionEntry>, manifestPath: string): Server {
  return createServer((request, response) => {
    answer(functions, manifestPath, request, response).catch((thrown: unknown) => {
      logLine({ event: "request-failed", reason: messageOf(thrown) });
      if (!response.headersSent) send(response, 500, JSON.stringify({ message: messageOf(thrown) }));
      else response.destroy();
    });
  });
}

async function answer(
  functions: ReadonlyMap<string, FunctionEntry>,
  manifestPath: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (request.method === "GET" && request.url === "/health") {
    return send(response, 200, JSON.stringify({ status: "ok", functions: functions.size }));
  }
  const name = /^\/invoke\/([\w-]+)$/.exec(request.url ?? "")?.[1];
  const entry = name === undefined ? undefined : functions.get(name);
  if (request.method !== "POST" || entry === undefined) {
    return send(response, 404, JSON.stringify({ message: `no such function: ${request.url ?? ""}` }));
  }
  const event: unknown = JSON.parse((await readBody(request, EVENT_LIMIT_BYTES)).toString() || "null");
  const requestId = [request.headers["x-request-id"]].flat()[0] ?? randomUUID();
  const begun = performance.now();
  const millis = (): number => Math.round(performance.now() - begun);
  const outcome = await runInvocation({
    entry,
    load: () => loadHandler(manifestPath, entry.file),
    event,
    requestId,
    onLate: () => logLine({ event: "ended-after-its-time", function: entry.name, requestId, millis: millis() }),
  });
  log(entry.name, requestId, millis(), outcome);
  send(
    response,
    200,
    "error" in outcome ? JSON.stringify({ error: outcome.error }) : `{"result":${outcome.resultJson}}`,
  );
}

/** The error's message is logged, since a person needs it; the event never is. */
function log(name: string, requestId: string, millis: number, outcome: Outcome): void {
  const common = { event: "invocation", function: name, requestId, millis };
  if ("error" in outcome) {
    const { errorType, errorMessage } = outcome.error;
    logLine({ ...common, outcome: "error", errorType, errorMessage: errorMessage.slice(0, 2000) });
  } else logLine({ ...common, outcome: "ok" });
}

function send(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, { "content-type": "application/json", "content-length": Buffer.byteLength(body) });
  response.end(body);
}
