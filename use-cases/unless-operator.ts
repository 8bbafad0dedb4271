import { type Migration, planOf } from "#core/migration/migration.ts";
import type { WaveRef } from "#core/wave/wave.ts";
import { missingRole } from "./missing-role.ts";
import { noWave } from "./read-wave.ts";
import type { Refused } from "./refused.ts";

const DEEDS = { thaw: "thawing a wave", "roll-back": "rolling a wave back" } as const;

/** What an operator orders that may have to be done on the clusters while they wait. */
export type OperatorsDeed = keyof typeof DEEDS;

/** A refusal unless the migration's file has this wave, and this person may order that. */
export const unlessOperator = (
  migration: Migration | undefined,
  ref: WaveRef,
  person: string,
  deed: OperatorsDeed,
): Refused | undefined =>
  migration === undefined || planOf(migration, ref.wave) === undefined
    ? noWave(ref)
    : missingRole(migration, person, "operator", DEEDS[deed]);
