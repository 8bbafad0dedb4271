import type { OutgoingHttpHeaders } from "node:http";
import type { Reply } from "../reply.ts";

/** An answer of the gateway itself, before or instead of a handler's: RFC 9457. */
export const problem = (status: number, title: string, detail: string, headers: OutgoingHttpHeaders = {}): Reply => ({
  status,
  headers: { "content-type": "application/problem+json", ...headers },
  body: Buffer.from(JSON.stringify({ type: "about:blank", status, title, detail })),
});
