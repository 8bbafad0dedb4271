import type { OutgoingHttpHeaders, ServerResponse } from "node:http";

export type Reply = { readonly status: number; readonly headers: OutgoingHttpHeaders; readonly body: Buffer };

export const jsonReply = (status: number, body: unknown, headers: OutgoingHttpHeaders = {}): Reply => ({
  status,
  headers: { "content-type": "application/json", ...headers },
  body: Buffer.from(JSON.stringify(body)),
});

export function sendReply(response: ServerResponse, reply: Reply): void {
  response.writeHead(reply.status, { ...reply.headers, "content-length": reply.body.length });
  response.end(reply.body);
}
