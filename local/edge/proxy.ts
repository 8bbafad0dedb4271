import { Agent, type IncomingHttpHeaders, request } from "node:http";
import { messageOf } from "../host/log-line.ts";
import { jsonReply, type Reply } from "./reply.ts";

const agent = new Agent({ keepAlive: true, maxSockets: 256 });

/** Of one connection, not of the message that crosses it. */
const HOP_BY_HOP = new Set(["connection", "keep-alive", "transfer-encoding", "expect", "content-length"]);

export type Passed = {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
};

/** Sends a request on as it came and gives the backend's answer; 503 when the backend does not answer, which SDKs retry. */
export async function passOn(backend: URL, passed: Passed): Promise<Reply> {
  try {
    return await exchange(backend, passed);
  } catch (error) {
    // A kept connection that the backend closed while it was idle: the request never arrived.
    const again = error instanceof StaleConnection ? await exchange(backend, passed).catch((e: unknown) => e) : error;
    if (!(again instanceof Error)) return again as Reply;
    const message = `${backend.host} does not answer: ${messageOf(again)}`;
    return jsonReply(503, { __type: "ServiceUnavailable", message }, { "x-amzn-errortype": "ServiceUnavailable" });
  }
}

class StaleConnection extends Error {}

function exchange(backend: URL, passed: Passed): Promise<Reply> {
  const headers = Object.fromEntries(Object.entries(passed.headers).filter(([name]) => !HOP_BY_HOP.has(name)));
  return new Promise((resolve, reject) => {
    const outgoing = request(
      {
        host: backend.hostname,
        port: backend.port,
        method: passed.method,
        path: passed.path,
        headers: { ...headers, "content-length": passed.body.length },
        agent,
      },
      (incoming) => {
        const parts: Buffer[] = [];
        incoming.on("data", (part: Buffer) => parts.push(part));
        incoming.on("error", reject);
        incoming.on("end", () => {
          const kept = Object.entries(incoming.headers).filter(([name]) => !HOP_BY_HOP.has(name));
          resolve({
            status: incoming.statusCode ?? 502,
            headers: Object.fromEntries(kept),
            body: Buffer.concat(parts),
          });
        });
      },
    );
    outgoing.on("error", (error) => {
      const isStale = outgoing.reusedSocket && "code" in error && error.code === "ECONNRESET";
      reject(isStale ? new StaleConnection(error.message) : error);
    });
    outgoing.end(passed.body);
  });
}
