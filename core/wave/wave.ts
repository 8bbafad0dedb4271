import { z } from "zod";
import { type GateName, LIFECYCLE, PHASES, type Phase, type StepName } from "./lifecycle.ts";

export type WaveRef = { readonly migration: string; readonly wave: string };

const stepNames = LIFECYCLE.map((row) => row.step) as [StepName, ...StepName[]];
const gateNames = LIFECYCLE.flatMap((row) => [...row.gates]) as unknown as [GateName, ...GateName[]];
/** Milliseconds since the epoch. */
const instant = z.number().int().nonnegative();

export const approvalSchema = z.strictObject({
  gate: z.enum(gateNames),
  person: z.string(),
  evidenceHash: z.string(),
  at: instant,
  /** The claim that this approval let pass; an approval is used once. */
  usedBy: z.string().optional(),
});
export type Approval = z.output<typeof approvalSchema>;

/** One wave as stored. The row is authoritative; a state machine's token only resumes an execution. */
export const waveRowSchema = z.strictObject({
  migration: z.string(),
  wave: z.string(),
  /** An unknown stored phase fails to parse, and nothing is touched. */
  phase: z.enum(PHASES as [Phase, ...Phase[]]),
  /** Raised by every write; a write names the version it read. */
  version: z.number().int().nonnegative(),
  attempt: z.number().int().positive(),
  /** When this attempt was started: what an alarm says of earlier times is not about it. */
  attemptStartedAt: instant.optional(),
  /** Whose turn it is to act: raised by every write that starts an execution or changes who may act. 0: never started. */
  run: z.number().int().nonnegative(),
  /** The claimed step. `id` names the claim; `leaseUntil` is when another may take it up. */
  claim: z
    .strictObject({
      step: z.enum([...stepNames, "thaw"]),
      id: z.string(),
      run: z.number().int(),
      leaseUntil: instant,
      /** What its handler waited for when its own time was over: a bound longer than one invocation counts from here. */
      waiting: z.strictObject({ for: z.string(), since: instant }).optional(),
    })
    .optional(),
  freeze: z
    .strictObject({
      id: z.string(),
      startedAt: instant,
      deadlineAt: instant,
      /** Set with the claim of move-producers: only from then on a client can have written on the target. */
      mayHaveMovedProducers: z.boolean().optional(),
    })
    .optional(),
  /** The gates before a step, open in this run: the token that resumes the execution, and when they passed. */
  gate: z
    .strictObject({
      step: z.enum(stepNames),
      run: z.number().int(),
      token: z.string(),
      openedAt: instant,
      passedAt: instant.optional(),
    })
    .optional(),
  hold: z.strictObject({ by: z.string(), at: instant, reason: z.string(), cure: z.string() }).optional(),
  approvals: z.array(approvalSchema),
  /** Sequence and hash of the last journal entry. */
  journal: z.strictObject({ sequence: z.number().int().nonnegative(), hash: z.string() }),
  updatedAt: instant,
});
export type WaveRow = z.output<typeof waveRowSchema>;
export type Claim = NonNullable<WaveRow["claim"]>;
export type Waiting = NonNullable<Claim["waiting"]>;
