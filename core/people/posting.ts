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
  /** Where the waves are those of an accepted plan. */
  accepted: z.optional(
    z.strictObject({
      /** Its id, and its hash as it was approved. */
      plan: z.string(),
      hash: z.string(),
      /** Id of the snapshot of the source that it was made of. */
      snapshot: z.string(),
      approvedBy: z.string(),
      by: z.string(),
      at: z.int().check(z.nonnegative()),
      /** SHA-256 of the waves that the file named itself: one posted with the same again has changed nothing about them. */
      fileWaves: z.string(),
    }),
  ),
});
export type Posting = z.output<typeof postingSchema>;

export const plannedAtOf = ({ at, plannedAt }: Posting): number => plannedAt ?? at;
