import type { EstateDecisions } from "#core/migration/estate.ts";
import type { WaivableCheck } from "./checks.ts";

export type Waiver = { readonly by: string; readonly until: string; readonly reason: string };

/** Of one wave a waiver for it or for all; of several one for all. */
export function waiverOf(
  estate: EstateDecisions | undefined,
  check: WaivableCheck,
  waves: readonly { readonly name: string }[],
  now: number,
): Waiver | undefined {
  const found = estate?.waivers.find(
    (waiver) =>
      waiver.check === check &&
      (waiver.wave === undefined || waves.every(({ name }) => name === waiver.wave)) &&
      now < endOfDay(waiver.until),
  );
  return found === undefined ? undefined : { by: found.by, until: found.until, reason: found.reason };
}

/** The last day counts whole, in UTC. */
export const endOfDay = (date: string): number => Date.parse(`${date}T00:00:00Z`) + 86_400_000;
