import fc from "fast-check";
import { expect, it } from "vitest";
import { executionName } from "#adapters/sfn/execution-name.ts";

const identifier = fc.stringMatching(/^[a-z0-9][a-z0-9-]{0,39}$/);
const run = fc.record({ migration: identifier, wave: identifier, attempt: fc.nat(), run: fc.nat() });

it("names migration, wave, attempt and run", () => {
  expect(executionName({ migration: "shop", wave: "payments", attempt: 1, run: 7 })).toBe("shop_payments_1_7");
});

it("is a legal name, and another one for another run", () => {
  fc.assert(
    fc.property(run, run, (a, b) => {
      expect(executionName(a)).toMatch(/^[a-zA-Z0-9_-]{1,80}$/);
      expect(executionName(a) === executionName(b)).toBe(JSON.stringify(a) === JSON.stringify(b));
    }),
  );
});

it("keeps waves apart whose names only differ in where they are split", () => {
  const name = (migration: string, wave: string) => executionName({ migration, wave, attempt: 1, run: 1 });
  expect(name("a", "b-c")).not.toBe(name("a-b", "c"));
});

it("keeps long names apart that share their beginning", () => {
  const name = (end: string) =>
    executionName({ migration: "m".repeat(40), wave: `${"w".repeat(38)}-${end}`, attempt: 1, run: 1 });
  expect(name("a")).toHaveLength(80);
  expect(name("a")).not.toBe(name("b"));
});
