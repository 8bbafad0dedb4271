/** A person's commands on the plan of a migration. */

import { planHeaderSchema } from "#core/planning/kept-plan.ts";
import * as z from "#core/schema.ts";
import { waveStateSchema } from "./answers.ts";
import { contract, migrationPath } from "./contract.ts";

const EXAMPLE_HASH = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

const { piece: _piece, version: _version, file: _file, ...header } = planHeaderSchema.shape;
/** What is told of a plan beside itself. */
export const shownOfPlan = {
  ...header,
  accepted: z
    .optional(z.strictObject({ by: z.string(), at: z.int() }))
    .check(z.describe("Its waves are those of the migration")),
};
const already = z.optional(z.string()).check(z.describe("Why nothing was written: the command's effect already held"));

export const proposedSchema = z.strictObject({ ...shownOfPlan, outcome: z.enum(["proposed", "unchanged"]) });

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
  answers: { 200: { schema: z.strictObject({ ...shownOfPlan, already }), description: "Approved, or it already was" } },
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
      schema: z.strictObject({ ...shownOfPlan, already, waves: z.array(waveStateSchema) }),
      description: "Accepted, or it already was: the plan's waves",
    },
  },
  refusals: [404, 409],
  example: { body: { hash: EXAMPLE_HASH }, status: 404 },
});
