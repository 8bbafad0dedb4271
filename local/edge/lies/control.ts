import { z } from "zod";
import { jsonReply, type Reply } from "../reply.ts";
import { type ArmedLies, liesSchema } from "./armed.ts";
import type { LyingDeliveries } from "./lying-deliveries.ts";

const replaySchema = z.strictObject({ functions: z.array(z.string().min(1)).min(1) });

/** Answers a call of the control route, or undefined for any other path. */
export type LiesControl = (method: string, path: string, body: Buffer) => Promise<Reply | undefined>;

/**
 * `POST /_edge/lies` arms what the body names; `GET` tells what became of what was told so far;
 * `POST /_edge/lies/replay` with `{ functions: [name] }` delivers all that they ever got once more, and tells what became of it.
 */
export const liesControl =
  (lies: ArmedLies, deliveries: LyingDeliveries): LiesControl =>
  async (method, path, body) => {
    if (path === "/_edge/lies" && method === "GET") return jsonReply(200, lies.tally);
    if (path === "/_edge/lies" && method === "POST") {
      const parsed = liesSchema.safeParse(parseJson(body));
      if (!parsed.success) return jsonReply(400, { message: z.prettifyError(parsed.error) });
      lies.arm(parsed.data);
      return jsonReply(200, lies.tally);
    }
    if (path === "/_edge/lies/replay" && method === "POST") {
      const parsed = replaySchema.safeParse(parseJson(body));
      if (!parsed.success) return jsonReply(400, { message: z.prettifyError(parsed.error) });
      return jsonReply(200, await deliveries.replay(parsed.data.functions));
    }
    return undefined;
  };

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString());
  } catch {
    return undefined;
  }
}
