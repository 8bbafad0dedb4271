/** Routes of the plan: what moves together, in which order, why, and who said go. */

import { planHeaderSchema } from "#core/planning/kept-plan.ts";
import * as z from "#core/schema.ts";
import { waveStateSchema } from "./answers.ts";
import { contract, migrationPath } from "./contract.ts";
import { planSchema } from "./plan.ts";

const ANY_ID = "2026-01-02T03:04:05.000Z";
const EXAMPLE_HASH = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
const id = z
  .string()
  .check(z.regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/, `expected a plan's id such as ${ANY_ID}`));
const idOrNewest = z.union([z.literal("newest"), id], `expected newest, or a plan's id such as ${ANY_ID}`);
const texts = z.array(z.string());

const { piece: _piece, version: _version, file: _file, ...header } = planHeaderSchema.shape;
const shown = {
  ...header,
  accepted: z
    .optional(z.strictObject({ by: z.string(), at: z.int() }))
    .check(z.describe("Its waves are those of the migration")),
};
const already = z.optional(z.string()).check(z.describe("Why nothing was written: the command's effect already held"));

export const proposedSchema = z.strictObject({ ...shown, outcome: z.enum(["proposed", "unchanged"]) });

export const proposePlanContract = contract({
  summary: "Propose the waves of a migration from its newest snapshots",
  description:
    "What must move together stays together; the file's section `planning` says what the estate does not. The same snapshots and the same file give the same plan.",
  who: { may: "role", roles: ["operator"] },
  path: migrationPath,
  answers: {
    201: { schema: proposedSchema, description: "Proposed" },
    200: { schema: proposedSchema, description: "The newest plan says just the same" },
  },
  refusals: [404],
  example: { status: 404 },
});

export const planAnswerSchema = z.strictObject({
  ...shown,
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
    format: z
      ._default(z.enum(["json", "markdown"]), "json")
      .check(z.meta({ description: "markdown is one page for a meeting", examples: ["json"] })),
  }),
  answers: {
    200: { schema: planAnswerSchema, description: "Its `hash` is what an approval names", alsoAs: "text/markdown" },
  },
  refusals: [404],
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

const named = z.strictObject({
  hash: z.string().check(z.minLength(1), z.describe("`hash` of the plan, as GET …/plan shows it")),
});

export const approvePlanContract = contract({
  summary: "Approve exactly the plan that was read",
  description:
    "Drift since its snapshot voids the approval, and GET …/plan says by what; so does another plan or file.",
  who: { may: "role", roles: ["cutover-approver"] },
  path: migrationPath,
  body: named,
  answers: { 200: { schema: z.strictObject({ ...shown, already }), description: "Approved, or it already was" } },
  refusals: [404, 409],
  example: { body: { hash: EXAMPLE_HASH }, status: 404 },
});

export const acceptPlanContract = contract({
  summary: "Make the waves of the approved plan the waves of the migration",
  description:
    "They take the place of waves that nobody has started; those that were started stay. The journal of each names who approved and who accepted.",
  who: { may: "role", roles: ["operator"] },
  path: migrationPath,
  body: named,
  answers: {
    200: {
      schema: z.strictObject({ ...shown, already, waves: z.array(waveStateSchema) }),
      description: "Accepted, or it already was: the plan's waves",
    },
  },
  refusals: [404, 409],
  example: { body: { hash: EXAMPLE_HASH }, status: 404 },
});
