import { resolve } from "node:path";
import { z } from "zod";

const schema = z.object({
  SLUICE_GUARD_PORT: z.coerce.number().int().min(1).max(65_535),
  /** Where the edge keeps what it knows of its tasks. */
  SLUICE_STATE_DIRECTORY: z.string().min(1),
  SLUICE_ACCOUNT: z.string().regex(/^\d{12}$/),
  AWS_REGION: z.string().min(1),
});

export type GuardSettings = {
  readonly port: number;
  readonly stateDirectory: string;
  readonly account: string;
  readonly region: string;
};

/** What the guard reads for itself; what it thaws with reads its own variables. */
export function guardSettings(environment: Readonly<Record<string, string | undefined>>): GuardSettings {
  const parsed = schema.safeParse(environment);
  if (!parsed.success) throw new Error(`The guard's environment: ${z.prettifyError(parsed.error)}`);
  return {
    port: parsed.data.SLUICE_GUARD_PORT,
    stateDirectory: resolve(parsed.data.SLUICE_STATE_DIRECTORY),
    account: parsed.data.SLUICE_ACCOUNT,
    region: parsed.data.AWS_REGION,
  };
}
