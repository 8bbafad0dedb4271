import type { Verdict } from "#core/gate/verdict.ts";
import type { Policy } from "#core/migration/defaults.ts";
import * as z from "#core/schema.ts";

const instant = z.int().check(z.nonnegative());

/** A bounded time in which samples are judged, as a fold that is kept as JSON: no history is read again. */
export const observationWindowSchema = z.strictObject({
  /** First sample of the unbroken run of good ones; null: the last sample was not good, or none was taken. */
  goodSince: z.nullable(instant),
  /** Good samples in that run. */
  samples: z.int().check(z.nonnegative()),
  lastAt: z.nullable(instant),
  /** Why the last sample was not good. */
  trouble: z.nullable(z.strictObject({ kind: z.enum(["bad", "missing"]), reason: z.string() })),
  /** How often a good run ended, and why the last one did. */
  restarts: z.int().check(z.nonnegative()),
  lastRestart: z.nullable(z.strictObject({ at: instant, reason: z.string() })),
});
export type ObservationWindow = z.output<typeof observationWindowSchema>;

export const emptyWindow: ObservationWindow = {
  goodSince: null,
  samples: 0,
  lastAt: null,
  trouble: null,
  restarts: 0,
  lastRestart: null,
};

export type Reading =
  | { readonly at: number; readonly kind: "good" }
  /** `bad`: measured, and not as it should be. `missing`: not measured. */
  | { readonly at: number; readonly kind: "bad" | "missing"; readonly reason: string };

export type WindowLimits = {
  readonly windowMilliseconds: number;
  readonly minSamples: number;
  readonly sampleGapMilliseconds: number;
};

export type Judgement = { readonly verdict: Verdict; readonly reason: string };

export const windowLimits = (policy: Policy, window: "replication" | "keepUp" | "observation"): WindowLimits => ({
  windowMilliseconds: policy[`${window}WindowSeconds`] * 1000,
  minSamples: policy.windowMinSamples,
  sampleGapMilliseconds: policy.sampleGapSeconds * 1000,
});

/** Takes one reading in. One that is not newer than the last (delivered twice, or late) changes nothing. */
export const foldWindow = (
  window: ObservationWindow,
  reading: Reading,
  limits: Pick<WindowLimits, "sampleGapMilliseconds">,
): ObservationWindow => {
  if (window.lastAt !== null && reading.at <= window.lastAt) return window;
  if (reading.kind !== "good")
    return {
      ...restarted(window, reading.at, reading.reason),
      lastAt: reading.at,
      trouble: { kind: reading.kind, reason: reading.reason },
    };
  const gap = window.lastAt === null ? 0 : reading.at - window.lastAt;
  const kept =
    gap > limits.sampleGapMilliseconds
      ? restarted(
          window,
          reading.at,
          `no sample for ${seconds(gap)}, more than ${seconds(limits.sampleGapMilliseconds)}`,
        )
      : window;
  return {
    ...kept,
    goodSince: kept.goodSince ?? reading.at,
    samples: kept.samples + 1,
    lastAt: reading.at,
    trouble: null,
  };
};

/** Only samples prove: the window has lasted from the first good sample to the last, not to now. */
export const judgeWindow = (window: ObservationWindow, now: number, limits: WindowLimits): Judgement => {
  if (window.lastAt === null) return { verdict: "unknown", reason: "no sample was taken yet" };
  const age = now - window.lastAt;
  if (age > limits.sampleGapMilliseconds)
    return { verdict: "unknown", reason: `the last sample is ${seconds(age)} old; expected one each tick` };
  if (window.trouble !== null)
    return { verdict: window.trouble.kind === "missing" ? "unknown" : "hold", reason: window.trouble.reason };
  const lasted = window.goodSince === null ? 0 : window.lastAt - window.goodSince;
  const restart = window.lastRestart === null ? "" : `; it started again because ${window.lastRestart.reason}`;
  const progress = `good for ${seconds(lasted)} of ${seconds(limits.windowMilliseconds)}, ${window.samples} samples of at least ${limits.minSamples}`;
  if (window.samples < limits.minSamples)
    return { verdict: "unknown", reason: `too few samples: ${progress}${restart}` };
  if (lasted < limits.windowMilliseconds) return { verdict: "hold", reason: `${progress}${restart}` };
  return { verdict: "pass", reason: progress };
};

const restarted = (window: ObservationWindow, at: number, reason: string): ObservationWindow => ({
  ...window,
  goodSince: null,
  samples: 0,
  ...(window.goodSince === null ? {} : { restarts: window.restarts + 1, lastRestart: { at, reason } }),
});

const seconds = (milliseconds: number): string => `${Math.round(milliseconds / 100) / 10} s`;
