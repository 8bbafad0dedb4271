import * as z from "#core/schema.ts";
import { holdSchema } from "./holds.ts";
import { type GateName, LIFECYCLE, PHASES, type Phase, type StepName, TURNS, type TurnName } from "./lifecycle.ts";

export type WaveRef = { readonly migration: string; readonly wave: string };

const stepNames = LIFECYCLE.map((row) => row.step) as [StepName, ...StepName[]];
const turnNames = Object.values(TURNS) as [TurnName, ...TurnName[]];
const phaseSchema = z.enum(PHASES as [Phase, ...Phase[]]);
const gateNames = LIFECYCLE.flatMap((row) => [...row.gates]) as unknown as [GateName, ...GateName[]];
/** Milliseconds since the epoch. */
const instant = z.int().check(z.nonnegative());

export const approvalSchema = z.strictObject({
  gate: z.enum(gateNames),
  person: z.string(),
  evidenceHash: z.string(),
  at: instant,
  /** The claim that this approval let pass; an approval is used once. */
  usedBy: z.optional(z.string()),
});
export type Approval = z.output<typeof approvalSchema>;

/** Why a wave goes back: a person's command, an alarm, or a rule of the policy. */
export const rollBackOrderSchema = z.strictObject({
  by: z.string(),
  cause: z.enum(["person", "alarm", "rule"]),
  reason: z.string(),
  at: instant,
  /** How long its first turn may take before it is withdrawn, in seconds. */
  deadlineSeconds: z.number().check(z.positive()),
});
export type RollBackOrder = z.output<typeof rollBackOrderSchema>;

const rollBackSchema = z.extend(rollBackOrderSchema, {
  id: z.string(),
  /** Where it began; a withdrawal leads back there. */
  from: phaseSchema,
  /** Whether producers may have written on the target: only then the source lacks anything. */
  hasMovedProducers: z.boolean(),
  deadlineAt: instant,
  /** Ordered because the target is not there to be asked: it works from what the ticks have stored. */
  isForced: z.optional(z.boolean()),
});
export type RollBack = z.output<typeof rollBackSchema>;

/** One wave as stored. The row is authoritative; a state machine's token only resumes an execution. */
export const waveRowSchema = z.strictObject({
  migration: z.string(),
  wave: z.string(),
  /** An unknown stored phase fails to parse, and nothing is touched. */
  phase: phaseSchema,
  /** Raised by every write; a write names the version it read. */
  version: z.int().check(z.nonnegative()),
  attempt: z.int().check(z.positive()),
  /** When this attempt was started; an alarm that has not changed since is no news. Absent: not started. */
  attemptStartedAt: z.optional(instant),
  attemptStartedBy: z.optional(z.string()),
  /** Whose turn it is to act: raised by every write that starts an execution or changes who may act. 0: never started. */
  run: z.int().check(z.nonnegative()),
  /** The claimed step. `id` names the claim; `leaseUntil` is when another may take it up. */
  claim: z.optional(
    z.strictObject({
      step: z.enum([...stepNames, "thaw", ...turnNames]),
      id: z.string(),
      run: z.int(),
      leaseUntil: instant,
      /** What its handler waited for when its own time was over: a bound longer than one invocation counts from here. */
      waiting: z.optional(z.strictObject({ for: z.string(), since: instant })),
    }),
  ),
  freeze: z.optional(
    z.strictObject({
      id: z.string(),
      startedAt: instant,
      deadlineAt: instant,
      /** Set with the claim of move-producers: only from then on a client can have written on the target. */
      mayHaveMovedProducers: z.optional(z.boolean()),
    }),
  ),
  /** Ordered while the wave is frozen: its thaw leads on to it. */
  rollBackOrder: z.optional(rollBackOrderSchema),
  rollBack: z.optional(rollBackSchema),
  /** Target topics are kept unless the person who aborted asked otherwise. */
  abort: z.optional(z.strictObject({ by: z.string(), at: instant, deletesTargetTopics: z.boolean() })),
  /** The gates before a step, open in this run: the token that resumes the execution, and when they passed. */
  gate: z.optional(
    z.strictObject({
      step: z.enum(stepNames),
      run: z.int(),
      token: z.string(),
      openedAt: instant,
      passedAt: z.optional(instant),
    }),
  ),
  hold: z.optional(holdSchema),
  approvals: z.array(approvalSchema),
  /** Sequence and hash of the last journal entry. */
  journal: z.strictObject({ sequence: z.int().check(z.nonnegative()), hash: z.string() }),
  updatedAt: instant,
});
export type WaveRow = z.output<typeof waveRowSchema>;
export type Claim = NonNullable<WaveRow["claim"]>;
export type Waiting = NonNullable<Claim["waiting"]>;
