import { randomUUID } from "node:crypto";
import { z } from "zod";
import type { Phase } from "#core/wave/lifecycle.ts";

export type Answer = { readonly status: number; readonly body: unknown };

/** One call of the HTTP API as one person. */
export async function callApi(
  o: { readonly url: string; readonly token: string },
  method: "GET" | "POST",
  path: string,
  body?: unknown,
): Promise<Answer> {
  const response = await fetch(`${o.url}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${o.token}`,
      "content-type": "application/json",
      // Whatever lies in between may send it again: a command is done once.
      ...(method === "POST" && { "idempotency-key": randomUUID() }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(35_000),
  });
  const text = await response.text();
  if (response.headers.get("content-type")?.startsWith("text/markdown")) return { status: response.status, body: text };
  return { status: response.status, body: text === "" ? undefined : JSON.parse(text) };
}

const wave = z.object({ wave: z.string(), phase: z.string().transform((phase) => phase as Phase) });
const waves = z.union([z.array(wave), z.object({ waves: z.array(wave) }).transform((answer) => answer.waves)]);

export const wavesIn = (body: unknown): readonly { readonly wave: string; readonly phase: Phase }[] =>
  waves.parse(body);
