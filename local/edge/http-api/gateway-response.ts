import type { OutgoingHttpHeaders } from "node:http";
import { z } from "zod";
import { jsonReply, type Reply } from "../reply.ts";

const full = z.object({
  statusCode: z.coerce.number().int().min(200).max(599),
  headers: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).nullish(),
  cookies: z.array(z.string()).nullish(),
  body: z.string().nullish(),
  isBase64Encoded: z.boolean().nullish(),
});

/** Format 2.0: an object with `statusCode`, or anything else as the JSON body of a 200. Throws ZodError on a malformed one. */
export function gatewayResponse(result: unknown): Reply {
  if (typeof result !== "object" || result === null || !("statusCode" in result)) {
    if (typeof result !== "string") return jsonReply(200, result ?? null);
    return { status: 200, headers: { "content-type": "application/json" }, body: Buffer.from(result) };
  }
  const parsed = full.parse(result);
  const headers: OutgoingHttpHeaders = {};
  for (const [name, value] of Object.entries(parsed.headers ?? {})) headers[name.toLowerCase()] = String(value);
  if (parsed.cookies?.length) headers["set-cookie"] = parsed.cookies;
  headers["content-type"] ??= "text/plain;charset=UTF-8";
  return {
    status: parsed.statusCode,
    headers,
    body: Buffer.from(parsed.body ?? "", parsed.isBase64Encoded ? "base64" : "utf8"),
  };
}
