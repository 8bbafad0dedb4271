import type { Verdict } from "#core/gate/verdict.ts";
import type { Migration, WavePlan } from "#core/migration/migration.ts";
import type { WaveRef, WaveRow } from "#core/wave/wave.ts";
import type { Deps, Estate } from "./ports/deps.ts";
import type { TickLook } from "./tick-look.ts";

/** What a measurement works with. */
export type Measuring = {
  readonly deps: Deps;
  readonly ref: WaveRef;
  readonly row: WaveRow;
  readonly migration: Migration;
  readonly plan: WavePlan;
  readonly estate: Estate;
  readonly look: TickLook;
  /** When it began, in ms: taken before anything was read. */
  readonly at: number;
};
export type Finding = { readonly check: string; readonly verdict: Verdict; readonly reason: string };
/** A check that could not be made is no evidence: unknown, with the fault's own sentence. */
export const unlessItFails = async (check: string, measure: () => Promise<Finding>): Promise<Finding> => {
  try {
    return await measure();
  } catch (error) {
    return { check, verdict: "unknown", reason: error instanceof Error ? error.message : String(error) };
  }
};
