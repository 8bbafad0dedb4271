/** Routes that tell the plan: what moves together, in which order, and why. */

import * as z from "#core/schema.ts";
import { contract, migrationPath } from "./contract.ts";
import { planSchema } from "./plan.ts";
import { shownOfPlan } from "./plan-commands.ts";

const ANY_ID = "2026-01-02T03:04:05.000Z";
const id = z
  .string()
  .check(z.regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/, `expected a plan's id such as ${ANY_ID}`));
const idOrNewest = z.union([z.literal("newest"), id], `expected newest, or a plan's id such as ${ANY_ID}`);
const texts = z.array(z.string());

export const planAnswerSchema = z.strictObject({
  ...shownOfPlan,
  voids: z
    .array(
      z.strictObject({
        because: z.enum(["newer-plan", "file-changed", "snapshot-gone", "drift", "not-comparable"]),
        says: z.string(),
        rule: z.optional(z.string()),
      }),
    )
    .check(z.describe("Why an approval of it counts no more, or would not; empty: the plan stands")),
  earlier: texts.check(z.describe("Ids of the plans before it, the newest first")),
  plan: planSchema,
});

export const readPlanContract = contract({
  summary: "Read the plan: which waves, in which order and why, what is undecided, and who must answer",
  who: { may: "readers" },
  path: migrationPath,
  query: z.object({
    plan: z
      ._default(idOrNewest, "newest")
      .check(z.meta({ description: "A plan's id, or newest", examples: ["newest"] })),
    wave: z
      .optional(z.string().check(z.minLength(1)))
      .check(z.meta({ description: "Only what is about this wave of it", examples: ["payments"] })),
    format: z
      ._default(z.enum(["json", "markdown"]), "json")
      .check(z.meta({ description: "markdown is one page for a meeting", examples: ["json"] })),
  }),
  answers: {
    200: { schema: planAnswerSchema, description: "Its `hash` is what an approval names", alsoAs: "text/markdown" },
  },
  refusals: [404, 409],
  example: { query: { plan: "newest", format: "json" }, status: 404 },
});

const difference = z.strictObject({ added: texts, gone: texts });
export const plansComparedSchema = z.strictObject({
  from: z.string(),
  to: z.string(),
  isSame: z.boolean(),
  waves: difference,
  order: z.array(z.strictObject({ wave: z.string(), from: z.int(), to: z.int() })),
  moved: z.array(
    z.strictObject({
      kind: z.enum(["topic", "group"]),
      name: z.string(),
      from: z.optional(z.string()).check(z.describe("Absent: it was in no wave")),
      to: z.optional(z.string()).check(z.describe("Absent: it is in no wave")),
    }),
  ),
  findings: difference,
  undecided: difference,
  loosened: difference,
});

export const comparePlansContract = contract({
  summary: "Compare two plans: waves that came or went, and what moved between them",
  who: { may: "readers" },
  path: migrationPath,
  query: z.object({
    from: z
      .optional(id)
      .check(z.meta({ description: "A plan's id; the one before the other unless given", examples: [ANY_ID] })),
    to: z._default(idOrNewest, "newest").check(z.meta({ description: "A plan's id, or newest", examples: ["newest"] })),
  }),
  answers: { 200: { schema: plansComparedSchema, description: "By name" } },
  refusals: [404],
  example: { query: { from: ANY_ID, to: "newest" }, status: 404 },
});
