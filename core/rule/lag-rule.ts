import * as z from "#core/schema.ts";
import type { RollbackJudgement } from "./judgement.ts";

/** A moved group is further behind on the target than this, for this long. */
export const lagRuleSchema = z.strictObject({
  kind: z.literal("lag"),
  maxLagRecords: z.int().check(z.minimum(0)),
  forSeconds: z.number().check(z.positive(), z.maximum(86_400)),
  /** Groups with a client, by id; every such group of a wave unless given. */
  groups: z.optional(z.array(z.string().check(z.minLength(1))).check(z.minLength(1))),
});
export type LagRule = z.output<typeof lagRuleSchema>;

const instant = z.int().check(z.nonnegative());

/** What the rule remembers of one group between ticks: a fold, kept with the wave. */
export const lagWindowSchema = z.strictObject({
  /** The last reading, measured or not. */
  lastAt: z.nullable(instant),
  /** The last one that was measured, and what it was. */
  measured: z.nullable(z.strictObject({ at: instant, lagRecords: z.string().check(z.regex(/^\d+$/)) })),
  /** First reading of the unbroken run above the threshold. */
  aboveSince: z.nullable(instant),
  /** Why the last reading could not be taken. */
  missing: z.nullable(z.string()),
});
export type LagWindow = z.output<typeof lagWindowSchema>;

export const emptyLagWindow: LagWindow = { lastAt: null, measured: null, aboveSince: null, missing: null };

export type LagReading =
  | { readonly at: number; readonly lagRecords: bigint }
  | { readonly at: number; readonly missing: string };

/** Takes one reading in. One that is not newer than the last (delivered twice, or late) changes nothing. */
export const foldLag = (
  window: LagWindow,
  reading: LagReading,
  rule: Pick<LagRule, "maxLagRecords">,
  sampleGapMilliseconds: number,
): LagWindow => {
  const { at } = reading;
  if (window.lastAt !== null && at <= window.lastAt) return window;
  if ("missing" in reading) return { ...window, lastAt: at, missing: reading.missing };
  // Nobody knows what the lag was in a gap: the duration begins anew.
  const isUnbroken = window.measured !== null && at - window.measured.at <= sampleGapMilliseconds;
  const isAbove = reading.lagRecords > BigInt(rule.maxLagRecords);
  return {
    lastAt: at,
    measured: { at, lagRecords: String(reading.lagRecords) },
    aboveSince: isAbove ? ((isUnbroken ? window.aboveSince : null) ?? at) : null,
    missing: null,
  };
};

/** Only readings prove: the breach has lasted from the first above the threshold to the last, not to now. */
export const judgeLag = (
  window: LagWindow,
  group: string,
  rule: LagRule,
  now: number,
  sampleGapMilliseconds: number,
): RollbackJudgement => {
  const { measured, missing, aboveSince } = window;
  if (missing !== null) return { verdict: "unknown", reason: `the lag of group ${group} is not known: ${missing}` };
  if (measured === null) return { verdict: "unknown", reason: `the lag of group ${group} was not measured yet` };
  if (now - measured.at > sampleGapMilliseconds)
    return {
      verdict: "unknown",
      reason: `the lag of group ${group} was last measured ${seconds(now - measured.at)} ago`,
    };
  const lag = `group ${group} is ${measured.lagRecords} records behind on the target`;
  if (aboveSince === null) return { verdict: "clear", reason: `${lag}, at most ${rule.maxLagRecords}` };
  const above = `${lag}, and has been more than ${rule.maxLagRecords} behind since ${new Date(aboveSince).toISOString()}`;
  if (measured.at - aboveSince < rule.forSeconds * 1000)
    return { verdict: "clear", reason: `${above}, not yet for ${rule.forSeconds} s` };
  return { verdict: "breached", reason: `${above}, for ${rule.forSeconds} s and more`, since: aboveSince };
};

const seconds = (milliseconds: number): string => `${Math.round(milliseconds / 100) / 10} s`;
