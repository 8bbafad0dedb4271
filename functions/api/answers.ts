/** What the API answers, as schemas: for the OpenAPI document, and for the tests that hold real answers against it. */

import { ALL_GATES } from "#core/gate/gates.ts";
import { checkResultSchema, verdictSchema } from "#core/gate/verdict.ts";
import { journalEntrySchema } from "#core/journal/entry.ts";
import { storedMigrationSchema } from "#core/migration/migration.ts";
import { postingSchema } from "#core/people/posting.ts";
import * as z from "#core/schema.ts";
import { type GateName, LIFECYCLE, type StepName } from "#core/wave/lifecycle.ts";
import { waveRowSchema } from "#core/wave/wave.ts";

const instant = z.int().check(z.describe("Milliseconds since the epoch"));
const count = z.int().check(z.minimum(0));
const gateName = z.enum(ALL_GATES as [GateName, ...GateName[]]);
const steps = LIFECYCLE.map(({ step }) => step) as [StepName, ...StepName[]];

const { gate: openGate, ...shownOfRow } = z.omit(waveRowSchema, { version: true }).shape;

/** A wave as it is stored, without what only the state machine may know. */
export const waveStateSchema = z.strictObject({
  ...shownOfRow,
  gate: z.optional(z.omit(openGate.def.innerType, { token: true })),
  nextStep: z.nullable(z.enum(steps)).check(z.describe("The step that the wave waits for or is doing")),
});

export const wayBackSchema = z
  .strictObject({
    kind: z.enum(["clean", "lossy", "impossible", "unknown"]),
    reasons: z.array(z.string()),
    knownUntil: z.optional(instant),
    forced: z.optional(z.strictObject({ loses: count, repeats: z.record(z.string(), count) })),
  })
  .check(z.describe("Whether the wave can still go back, and at what cost"));

export const waveSchema = z.extend(waveStateSchema, { wayBack: wayBackSchema });

export const commandAnswerSchema = z.strictObject({
  wave: waveSchema,
  already: z.optional(z.string()).check(z.describe("Why nothing was written: the command's effect already held")),
});

export const postedSchema = z.strictObject({
  outcome: z.enum(["created", "unchanged", "replaced"]),
  migration: storedMigrationSchema,
  posting: postingSchema,
  waves: z.array(waveStateSchema),
});

export const migrationAnswerSchema = z.strictObject({ migration: storedMigrationSchema, posting: postingSchema });

export const migrationListSchema = z.strictObject({
  migrations: z.array(z.strictObject({ name: z.string(), waves: z.array(z.string()), posting: postingSchema })),
});

export const waveListSchema = z.strictObject({ waves: z.array(waveSchema) });

export const gateSchema = z.strictObject({
  gate: gateName,
  verdict: verdictSchema,
  checks: z.array(checkResultSchema),
  evidenceHash: z.optional(z.string()).check(z.describe("What an approval of this gate must name")),
  approvals: z.optional(z.array(z.strictObject({ person: z.string(), at: instant }))),
  step: z.enum(steps).check(z.describe("The step that it stands before")),
  isOpen: z.boolean().check(z.describe("The wave waits for it now")),
});

export const gateListSchema = z.strictObject({ gates: z.array(gateSchema) });

export const journalPageSchema = z.strictObject({
  entries: z.array(journalEntrySchema),
  nextFrom: z.optional(z.int()).check(z.describe("Where the next page begins; absent on the last")),
  head: z.strictObject({ sequence: z.int(), hash: z.string() }),
  brokenAt: z.nullable(z.int()).check(z.describe("First sequence at which the chain is broken; null: unbroken")),
});

/** RFC 9457. */
export const problemSchema = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  cure: z.optional(z.string()).check(z.describe("What would help")),
  who: z.optional(z.array(z.string())).check(z.describe("Who may do it instead")),
  errors: z
    .optional(z.array(z.strictObject({ path: z.string(), value: z.optional(z.unknown()), message: z.string() })))
    .check(z.describe("What is wrong with which field of the request")),
  requestId: z.optional(z.string()).check(z.describe("Under which the log tells more")),
});
