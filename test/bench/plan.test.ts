import { expect, it } from "vitest";
import { measurePlan } from "../../bench/plan/measure-plan.ts";

it("plans a generated estate whole, and tells its waves and what loosening would gain", () => {
  const { text, json, troubles } = measurePlan({ topics: 400, groups: 400, principals: 100 }, 1);
  expect(troubles).toEqual([]);
  expect(json.figures).toMatchObject({ topics: 400, groups: 400, principals: 100 });
  expect(json.figures["waves"]).toBeGreaterThan(20);
  expect(json.figures["gainOfEdge1"]).toBeGreaterThan(json.figures["gainOfEdge3"] ?? Number.NaN);
  expect(text).toContain("400 topics, 400 groups and 100 principals become");
  expect(text).toMatch(/With \d+ edges of topic reference\.currencies loosened, the \d+ topics/);
});
