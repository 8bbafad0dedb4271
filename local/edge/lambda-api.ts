import { randomUUID } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import type { FunctionEntry } from "#functions/manifest.ts";
import type { EventQueue } from "./event-queue.ts";
import type { InvokeFunction } from "./invoke-function.ts";
import { jsonReply, type Reply } from "./reply.ts";

const PATH = /^\/2015-03-31\/functions\/([^/?]+)\/invocations(?:\?|$)/;
const PAYLOAD_LIMIT_BYTES = { RequestResponse: 6 * 1024 * 1024, Event: 1024 * 1024 };

/** The function's name in the path of Invoke, from a name, an ARN, or either with a qualifier; undefined for other paths. */
export function invokedFunction(path: string): string | undefined {
  const given = PATH.exec(path)?.[1];
  if (given === undefined) return undefined;
  const decoded = decodeURIComponent(given);
  const name = /^(?:arn:[^:]+:lambda:[^:]+:)?(?:\d{12}:)?(?:function:)?([\w-]+)(?::[\w$-]+)?$/.exec(decoded)?.[1];
  return name ?? decoded;
}

/** Lambda's Invoke: RequestResponse, Event and DryRun. */
export type LambdaApi = (name: string, headers: IncomingHttpHeaders, body: Buffer) => Promise<Reply>;

export function lambdaApi(o: {
  readonly functions: ReadonlyMap<string, FunctionEntry>;
  readonly invoke: InvokeFunction;
  readonly events: EventQueue;
}): LambdaApi {
  return async (name, headers, body) => {
    const entry = o.functions.get(name);
    if (entry === undefined) return fault(404, "ResourceNotFoundException", `Function not found: ${name}`);
    const type = [headers["x-amz-invocation-type"]].flat()[0] ?? "RequestResponse";
    if (type === "DryRun") return { status: 204, headers: {}, body: Buffer.alloc(0) };
    if (type !== "RequestResponse" && type !== "Event") {
      return fault(400, "InvalidParameterValueException", `Unknown invocation type ${type}`);
    }
    if (body.length > PAYLOAD_LIMIT_BYTES[type]) {
      return fault(413, "RequestTooLargeException", `${body.length} bytes exceed ${PAYLOAD_LIMIT_BYTES[type]}`);
    }
    let event: unknown;
    try {
      event = body.length === 0 ? {} : JSON.parse(body.toString());
    } catch (error) {
      return fault(400, "InvalidRequestContentException", `Could not parse request body into json: ${String(error)}`);
    }
    if (type === "Event") {
      o.events.accept(entry, event);
      return { status: 202, headers: { "x-amzn-requestid": randomUUID() }, body: Buffer.alloc(0) };
    }
    const invoked = await o.invoke(entry, event);
    const ran = { "x-amzn-requestid": invoked.requestId, "x-amz-executed-version": "$LATEST" };
    if (invoked.kind === "unavailable") return fault(500, "ServiceException", invoked.reason);
    if (invoked.kind === "error") return jsonReply(200, invoked.error, { ...ran, "x-amz-function-error": "Unhandled" });
    return jsonReply(200, invoked.value ?? null, ran);
  };
}

const fault = (status: number, name: string, message: string): Reply =>
  jsonReply(status, { Type: status < 500 ? "User" : "Service", Message: message }, { "x-amzn-errortype": name });
