import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type Server } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import type { FunctionEntry } from "#functions/manifest.ts";
import { logLine, messageOf } from "../../host/log-line.ts";
import { BodyTooLarge, readBody } from "../../host/read-body.ts";
import type { Invoked, InvokeFunction } from "../invoke-function.ts";
import { type Reply, sendReply } from "../reply.ts";
import { gatewayEvent } from "./gateway-event.ts";
import { gatewayResponse } from "./gateway-response.ts";
import { problem } from "./problem.ts";
import { matchRoute, routesOf } from "./routes.ts";
import { type CallerOf, callerOf } from "./tokens.ts";

const BODY_LIMIT_BYTES = 10 * 1024 * 1024;
const INTEGRATION_SECONDS = 30;

export type HttpApiOptions = {
  readonly functions: ReadonlyMap<string, FunctionEntry>;
  readonly invoke: InvokeFunction;
  readonly tokensFile: string;
  readonly account: string;
  /** API Gateway's bound on one integration, unless a test wants it shorter. */
  readonly integrationSeconds?: number;
};

/** The routes of the manifest as API Gateway's HTTP API serves them; refusals of its own are problem+json. */
export function httpApi(o: HttpApiOptions): Server {
  const routes = routesOf(o.functions);
  const callers = callerOf(o.tokensFile);
  return createServer((request, response) => {
    const requestId = randomUUID();
    const begun = performance.now();
    answer(o, routes, callers, request, requestId)
      .catch((thrown: unknown) => {
        logLine({ event: "http-failed", requestId, reason: messageOf(thrown) });
        return problem(500, "Internal Server Error", `The gateway failed; its log says why under ${requestId}.`);
      })
      .then((reply) => {
        sendReply(response, { ...reply, headers: { ...reply.headers, "apigw-requestid": requestId } });
        const path = (request.url ?? "").split("?")[0];
        const millis = Math.round(performance.now() - begun);
        logLine({ event: "http", method: request.method, path, status: reply.status, requestId, millis });
      })
      .catch((thrown: unknown) => {
        logLine({ event: "http-not-sent", requestId, reason: messageOf(thrown) });
        response.destroy();
      });
  });
}

async function answer(
  o: HttpApiOptions,
  routes: ReturnType<typeof routesOf>,
  callers: CallerOf,
  request: IncomingMessage,
  requestId: string,
): Promise<Reply> {
  // Read first even when it will be refused: an answer sent into an unread body is lost to many clients.
  const body = await readBody(request, BODY_LIMIT_BYTES).catch((error: unknown) => {
    if (error instanceof BodyTooLarge) return error;
    throw error;
  });
  const method = request.method ?? "";
  const matched = matchRoute(routes, method, (request.url ?? "/").split("?")[0] ?? "/");
  if (matched.kind === "malformed") return problem(400, "Bad Request", "The path is not valid percent-encoding.");
  if (matched.kind === "unknown") return problem(404, "Not Found", "There is no such route.");
  if (matched.kind === "other-method") {
    const allow = matched.allowed.join(", ");
    return problem(405, "Method Not Allowed", `This path takes ${allow}.`, { allow });
  }
  const caller = await callers(request.headers.authorization);
  if (caller === undefined) {
    const detail = "Send `Authorization: Bearer <token>` with a token from the tokens file.";
    return problem(401, "Unauthorized", detail, { "www-authenticate": "Bearer" });
  }
  if (body instanceof BodyTooLarge) return problem(413, "Content Too Large", `The body has ${body.message}.`);
  const { route, pathParameters } = matched;
  const event = gatewayEvent({
    request,
    body,
    route,
    pathParameters,
    caller,
    requestId,
    account: o.account,
    now: new Date(),
  });
  const over = new AbortController();
  const late = sleep((o.integrationSeconds ?? INTEGRATION_SECONDS) * 1000, "late" as const, { signal: over.signal });
  late.catch(() => "the invocation was faster");
  const invoked = await Promise.race([o.invoke(route.entry, event), late]);
  over.abort();
  return replyTo(invoked, route.entry.name);
}

function replyTo(invoked: Invoked | "late", name: string): Reply {
  if (invoked === "late") return problem(504, "Gateway Timeout", `${name} did not answer in time; it may still act.`);
  if (invoked.kind === "unavailable") return problem(503, "Service Unavailable", invoked.reason);
  const { requestId } = invoked;
  if (invoked.kind === "error") {
    const { errorType } = invoked.error;
    logLine({ event: "http-function-error", function: name, requestId, errorType });
    if (errorType === "Sandbox.Timedout") return problem(504, "Gateway Timeout", `${name} timed out (${requestId}).`);
    if (errorType === "Runtime.ExitError") return problem(502, "Bad Gateway", `${name} was ended (${requestId}).`);
    return problem(500, "Internal Server Error", `${name} failed; its log says why under ${requestId}.`);
  }
  try {
    return gatewayResponse(invoked.value);
  } catch (error) {
    logLine({ event: "http-malformed-response", function: name, requestId, reason: messageOf(error) });
    return problem(502, "Bad Gateway", `${name} answered what is no HTTP response (${requestId}).`);
  }
}
