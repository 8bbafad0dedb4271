import * as z from "#core/schema.ts";

export const verdictSchema = z.enum(["pass", "hold", "unknown", "fail"]);
export type Verdict = z.output<typeof verdictSchema>;

/** From best to worst. No evidence is unknown, and unknown never passes. */
const ORDER: readonly Verdict[] = ["pass", "hold", "unknown", "fail"];

/** The worst verdict wins; nothing to judge is unknown, never pass. */
export const worst = (verdicts: readonly Verdict[]): Verdict => {
  if (verdicts.length === 0) return "unknown";
  return ORDER[Math.max(...verdicts.map((v) => ORDER.indexOf(v)))] ?? "unknown";
};

/** One check's evidence: kept with its age and its expiry. Instants in ms. */
export const checkResultSchema = z.strictObject({
  check: z.string(),
  verdict: verdictSchema,
  /** A sentence a person can act on; may carry readings. */
  reason: z.string(),
  at: z.int(),
  expiresAt: z.int(),
});
export type CheckResult = z.output<typeof checkResultSchema>;

/** Evidence past its expiry says nothing any more. */
export const asOf = (result: CheckResult, now: number): CheckResult =>
  result.expiresAt > now
    ? result
    : {
        ...result,
        verdict: "unknown",
        reason: `evidence of ${new Date(result.at).toISOString()} has expired (it said: ${result.reason})`,
      };
