/** What the API answers, as schemas: for the OpenAPI document, and for the tests that hold real answers against it. */
import { z } from "zod";
import { ALL_GATES } from "#core/gate/gates.ts";
import { checkResultSchema, verdictSchema } from "#core/gate/verdict.ts";
import { journalEntrySchema } from "#core/journal/entry.ts";
import { migrationSchema } from "#core/migration/migration.ts";
import { postingSchema } from "#core/people/posting.ts";
import { type GateName, LIFECYCLE, type StepName } from "#core/wave/lifecycle.ts";
import { waveRowSchema } from "#core/wave/wave.ts";

const instant = z.number().int().describe("Milliseconds since the epoch");
const count = z.number().int().min(0);
const gateName = z.enum(ALL_GATES as [GateName, ...GateName[]]);
const steps = LIFECYCLE.map(({ step }) => step) as [StepName, ...StepName[]];

const { gate: openGate, ...shownOfRow } = waveRowSchema.omit({ version: true }).shape;

/** A wave as it is stored, without what only the state machine may know. */
export const waveStateSchema = z.strictObject({
  ...shownOfRow,
  gate: openGate.unwrap().omit({ token: true }).optional(),
  nextStep: z.enum(steps).nullable().describe("The step that the wave waits for or is doing"),
});

export const wayBackSchema = z
  .strictObject({
    kind: z.enum(["clean", "lossy", "impossible", "unknown"]),
    reasons: z.array(z.string()),
    knownUntil: instant.optional(),
    forced: z.strictObject({ loses: count, repeats: z.record(z.string(), count) }).optional(),
  })
  .describe("Whether the wave can still go back, and at what cost");

export const waveSchema = waveStateSchema.extend({ wayBack: wayBackSchema });

export const commandAnswerSchema = z.strictObject({
  wave: waveSchema,
  already: z.string().optional().describe("Why nothing was written: the command's effect already held"),
});

export const postedSchema = z.strictObject({
  outcome: z.enum(["created", "unchanged", "replaced"]),
  migration: migrationSchema,
  posting: postingSchema,
  waves: z.array(waveStateSchema),
});

export const migrationAnswerSchema = z.strictObject({ migration: migrationSchema, posting: postingSchema });

export const migrationListSchema = z.strictObject({
  migrations: z.array(z.strictObject({ name: z.string(), waves: z.array(z.string()), posting: postingSchema })),
});

export const waveListSchema = z.strictObject({ waves: z.array(waveSchema) });

export const gateSchema = z.strictObject({
  gate: gateName,
  verdict: verdictSchema,
  checks: z.array(checkResultSchema),
  evidenceHash: z.string().optional().describe("What an approval of this gate must name"),
  approvals: z.array(z.strictObject({ person: z.string(), at: instant })).optional(),
  step: z.enum(steps).describe("The step that it stands before"),
  isOpen: z.boolean().describe("The wave waits for it now"),
});

export const gateListSchema = z.strictObject({ gates: z.array(gateSchema) });

export const journalPageSchema = z.strictObject({
  entries: z.array(journalEntrySchema),
  nextFrom: z.number().int().optional().describe("Where the next page begins; absent on the last"),
  head: z.strictObject({ sequence: z.number().int(), hash: z.string() }),
  brokenAt: z.number().int().nullable().describe("First sequence at which the chain is broken; null: unbroken"),
});

/** RFC 9457. */
export const problemSchema = z.object({
  type: z.string(),
  title: z.string(),
  status: z.number().int(),
  detail: z.string(),
  cure: z.string().optional().describe("What would help"),
  who: z.array(z.string()).optional().describe("Who may do it instead"),
  errors: z
    .array(z.strictObject({ path: z.string(), value: z.unknown().optional(), message: z.string() }))
    .optional()
    .describe("What is wrong with which field of the request"),
  requestId: z.string().optional().describe("Under which the log tells more"),
});
