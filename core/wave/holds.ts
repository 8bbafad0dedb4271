import * as z from "#core/schema.ts";

/** Every way in which a wave comes to be held, in the order in which a wave meets them; each has its section in the runbooks. */
export const HOLD_KINDS = [
  /** A person held it. */
  "by-person",
  /** A step met something that a person must change. */
  "step-stopped",
  /** A step failed however often its state tried. */
  "step-failed",
  /** The abort met something that a person must change. */
  "abort-stopped",
  /** The go was given, and nothing was frozen: what was measured once more, or the deadline's schedule, did not allow it. */
  "freeze-not-begun",
  /** Freeze, drain or the move of producers failed, and it thawed. */
  "freeze-failed",
  /** The freeze's deadline came, and it thawed. */
  "freeze-deadline",
  /** Nobody worked on the freeze any more, and it thawed. */
  "freeze-abandoned",
  /** A handler of an earlier freeze, late by a thaw and a resume, has changed something: it is undone. */
  "late-effect",
  /** A person lifted the freeze. */
  "thawed-by-person",
  /** A roll-back was ordered of a frozen wave: it thaws first, and goes on by itself. */
  "thawed-to-roll-back",
  /** Clients had written on the target before the thaw could take its turn. */
  "thaw-refused",
  /** The move of producers stopped after a client's first write on the target. */
  "move-producers-stopped",
  /** Somebody who was forgotten writes to the source after the producers moved. */
  "late-writer",
  /** A roll-back did not end in time or failed, and was given up. */
  "roll-back-withdrawn",
  /** Giving it up is stuck: clients stand still until it goes on. */
  "withdrawal-stuck",
  /** The roll-back is past its last turn, or forced, and stuck: clients stand still until it goes on. */
  "return-stuck",
] as const;

export type HoldKind = (typeof HOLD_KINDS)[number];

export const holdSchema = z.strictObject({
  kind: z.enum(HOLD_KINDS),
  by: z.string(),
  at: z.int().check(z.nonnegative()),
  reason: z.string(),
  cure: z.string(),
});
export type Hold = z.output<typeof holdSchema>;
/** Why a wave is held, before it is told by whom and when. */
export type HoldCause = Pick<Hold, "kind" | "reason" | "cure">;
