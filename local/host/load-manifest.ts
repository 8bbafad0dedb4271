import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { z } from "zod";
import type { FunctionEntry, RecordPattern } from "#functions/manifest.ts";

const route = z.templateLiteral([z.enum(["GET", "POST"]), " /", z.string()]);

const pattern: z.ZodType<RecordPattern> = z.record(
  z.string(),
  z.union([z.array(z.union([z.string(), z.strictObject({ prefix: z.string() })])), z.lazy(() => pattern)]),
);
const streamRecords = z.strictObject({ filter: pattern, oldestSeconds: z.number().positive() });

const manifestModule = z.object({
  FUNCTIONS: z.array(
    z.object({
      name: z.string().regex(/^[a-zA-Z0-9-_]{1,64}$/),
      file: z.string().endsWith(".ts"),
      timeoutSeconds: z.number().min(0.1).max(900),
      invokedBy: z.discriminatedUnion("kind", [
        z.object({ kind: z.literal("http"), route }),
        z.object({ kind: z.literal("state-machine") }),
        z.object({ kind: z.literal("minute-timer") }),
        z.object({ kind: z.literal("nightly-timer") }),
        z.object({ kind: z.literal("function") }),
        z.object({ kind: z.literal("one-shot-schedule") }),
        z.object({ kind: z.literal("table-stream"), records: streamRecords }),
        z.object({ kind: z.literal("alarm-event") }),
      ]),
    }),
  ),
});

/** The functions that a manifest module lists, by name. */
export async function loadManifest(path: string): Promise<ReadonlyMap<string, FunctionEntry>> {
  const parsed = manifestModule.safeParse(await import(pathToFileURL(resolve(path)).href));
  if (!parsed.success) throw new Error(`The function manifest ${path}: ${z.prettifyError(parsed.error)}`);
  return new Map(parsed.data.FUNCTIONS.map((entry) => [entry.name, entry]));
}
