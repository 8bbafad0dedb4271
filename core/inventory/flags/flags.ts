import type { FlagFacts } from "./flag-facts.ts";
import { FLAG_IDS, type FlagId } from "./flag-id.ts";
import type { Look } from "./look.ts";
import { FLAGS } from "./table.ts";

export type Flag = {
  readonly id: FlagId;
  readonly asks: string;
  readonly answer: true | false | "unknown";
  /** Beginning with the first found. */
  readonly found: Look["found"];
  readonly foundCount: number;
  readonly unknowns: Look["unknowns"];
  readonly unknownCount: number;
  readonly lookedAt: number;
  readonly judgedBy: string;
  /** How to close it. */
  readonly cure: string;
  /** The accepted risk: by whom, until which day, and why. */
  readonly waiver?: { readonly by: string; readonly until: string; readonly reason: string };
};

const MOST_SIGHTS = 20;

/** A risk that was found is true whatever else could not be seen; one that was not is false only where all was seen. */
export function raiseFlags(facts: FlagFacts, now: number): readonly Flag[] {
  return FLAG_IDS.map((id) => {
    const { asks, evidence, cure, look } = FLAGS[id];
    const { found, unknowns, lookedAt } = look(facts);
    const waiver = waiverOf(facts, id, now);
    return {
      id,
      asks,
      answer: found.length > 0 ? true : unknowns.length > 0 ? ("unknown" as const) : false,
      found: found.slice(0, MOST_SIGHTS),
      foundCount: found.length,
      unknowns: unknowns.slice(0, MOST_SIGHTS),
      unknownCount: unknowns.length,
      lookedAt,
      judgedBy: evidence,
      cure: found.length > 0 ? cure : (unknowns.find((one) => one.cure !== undefined)?.cure ?? cure),
      ...(waiver === undefined ? {} : { waiver }),
    };
  });
}

/** Of one wave a waiver for it or for all; of the whole estate one for all. The last day counts whole, in UTC. */
function waiverOf({ migration, waves }: FlagFacts, id: FlagId, now: number): Flag["waiver"] {
  const found = migration.estate?.waivers.find(
    ({ flag, wave, until }) =>
      flag === id && (wave === undefined || waves.every(({ name }) => name === wave)) && now < endOfDay(until),
  );
  return found === undefined ? undefined : { by: found.by, until: found.until, reason: found.reason };
}

export const endOfDay = (date: string): number => Date.parse(`${date}T00:00:00Z`) + 86_400_000;
