import { fileURLToPath } from "node:url";
import { z } from "zod";

const root = new URL("../../", import.meta.url);

const port = z.coerce.number().int().min(1).max(65_535);

const schema = z.object({
  /** Port of the handler host, on 127.0.0.1. */
  SLUICE_HOST_PORT: port,
  /** Path of the module whose `FUNCTIONS` are served; handler files are looked up beside it. */
  SLUICE_MANIFEST: z
    .string()
    .min(1)
    .default(fileURLToPath(new URL("functions/manifest.ts", root))),
  /** Each AWS call of a function is written there: what `npm run record-calls` collects. */
  SLUICE_RECORD_CALLS: z.string().min(1).optional(),
  /** A directory in which tests order this process to die at a crash point; without it none is looked for. */
  SLUICE_CRASH_DIRECTORY: z.string().min(1).optional(),
});

export type HostSettings = {
  readonly port: number;
  readonly manifestPath: string;
  readonly callsFile?: string | undefined;
  readonly crashDirectory?: string | undefined;
};

/** Everything the handler host reads from its environment for itself; handlers read their own variables. */
export function hostSettings(environment: Readonly<Record<string, string | undefined>>): HostSettings {
  const parsed = schema.safeParse(environment);
  if (!parsed.success) throw new Error(`The handler host's environment: ${z.prettifyError(parsed.error)}`);
  return {
    port: parsed.data.SLUICE_HOST_PORT,
    manifestPath: parsed.data.SLUICE_MANIFEST,
    callsFile: parsed.data.SLUICE_RECORD_CALLS,
    crashDirectory: parsed.data.SLUICE_CRASH_DIRECTORY,
  };
}
