import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { asOf, type CheckResult, type Verdict, worst } from "#core/gate/verdict.ts";

const verdict = fc.constantFrom<Verdict>("pass", "hold", "unknown", "fail");

describe("the worst verdict", () => {
  it.each([
    [["pass", "pass"], "pass"],
    [["pass", "hold"], "hold"],
    [["hold", "unknown", "pass"], "unknown"],
    [["fail", "unknown"], "fail"],
    [["unknown", "fail"], "fail"],
    [[], "unknown"],
  ] as const)("of %j is %s", (verdicts, expected) => {
    expect(worst(verdicts)).toBe(expected);
  });

  it("is the same in any order, and one more verdict never makes it better", () => {
    fc.assert(
      fc.property(fc.array(verdict, { minLength: 1 }), verdict, (verdicts, more) => {
        expect(worst([...verdicts].reverse())).toBe(worst(verdicts));
        expect(worst([worst(verdicts), more])).toBe(worst([...verdicts, more]));
        if (worst([...verdicts, more]) === "pass") expect(worst(verdicts)).toBe("pass");
      }),
    );
  });
});

describe("evidence", () => {
  const result: CheckResult = { check: "delay", verdict: "pass", reason: "0.2 s", at: 1_000, expiresAt: 2_000 };

  it("counts until the millisecond before it expires", () => {
    expect(asOf(result, 1_999)).toEqual(result);
    expect(asOf(result, 2_000)).toMatchObject({ check: "delay", verdict: "unknown" });
  });

  it("that has expired says when it was taken and what it said", () => {
    expect(asOf(result, 3_000).reason).toBe("evidence of 1970-01-01T00:00:01.000Z has expired (it said: 0.2 s)");
  });
});
