import { type Waiver, waiverOf } from "../waivers.ts";
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
  readonly waiver?: Waiver;
};

const MOST_SIGHTS = 20;

/** A risk that was found is true whatever else could not be seen; one that was not is false only where all was seen. */
export function raiseFlags(facts: FlagFacts, now: number): readonly Flag[] {
  return FLAG_IDS.map((id) => {
    const { asks, evidence, cure, look } = FLAGS[id];
    const { found, unknowns, lookedAt } = look(facts);
    const waiver = waiverOf(facts.migration.estate, id, facts.waves, now);
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
