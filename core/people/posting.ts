import * as z from "#core/schema.ts";

/** Who posted a migration as it is stored now, and when. */
export const postingSchema = z.strictObject({
  /** The id of the file's person who did, or the identity of somebody whom it does not name. */
  by: z.string(),
  /** The identity that the caller signed in with. */
  signedInAs: z.string(),
  /** Milliseconds since the epoch. */
  at: z.int().check(z.nonnegative()),
  /** When the plan was posted, in ms, where what people decide about the estate was posted anew since then. */
  plannedAt: z.optional(z.int().check(z.nonnegative())),
});
export type Posting = z.output<typeof postingSchema>;

export const plannedAtOf = ({ at, plannedAt }: Posting): number => plannedAt ?? at;
