import { pieceSchema } from "#core/inventory/kept.ts";
import * as z from "#core/schema.ts";

const count = z.int().check(z.minimum(0));

/** What is written last of a plan: without it there is none. */
export const planHeaderSchema = z.strictObject({
  /** When it was proposed (ISO 8601, to the millisecond), so that ids sort as times do. */
  id: z.string(),
  /** The person who had it proposed. */
  by: z.string(),
  /** SHA-256 of the plan as canonical JSON: what an approval names. */
  hash: z.string(),
  /** Snapshots that it was made of. */
  basis: z.strictObject({ source: z.string(), target: z.optional(z.string()) }),
  /** SHA-256 of the migration file that it was made of, as canonical JSON. */
  file: z.string(),
  counts: z.strictObject({ waves: count, findings: count, undecided: count, blocking: count }),
  approval: z.optional(z.strictObject({ by: z.string(), at: z.int() })),
  piece: pieceSchema,
  /** Raised by each write, so that nobody writes over what they did not read. */
  version: count,
});
export type PlanHeader = z.output<typeof planHeaderSchema>;

/** That a snapshot is kept for a plan, as its header says. */
export const keptForPlan = (id: string): string => `plan ${id}`;
