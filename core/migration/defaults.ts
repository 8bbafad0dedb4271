import { rollbackRuleSchema } from "#core/rule/rollback-rule.ts";
import * as z from "#core/schema.ts";

const seconds = (byDefault: number, max: number) =>
  z._default(z.number().check(z.positive(), z.maximum(max)), byDefault);
const milliseconds = (byDefault: number, max: number) =>
  z._default(z.int().check(z.positive(), z.maximum(max)), byDefault);

/** How long the one invocation of freeze, drain and move-producers may take: no client can be given longer. */
export const cutoverSeconds = 60;

/** A CloudWatch alarm that rolls waves back when it turns to ALARM. */
const alarmSchema = z.strictObject({
  name: z
    .string()
    .check(
      z.regex(/^(?!arn:)[^\p{Cc}]{1,255}$/u, "expected a CloudWatch alarm's name, not its ARN"),
      z.describe("A metric or composite alarm in the control plane's account and region"),
    ),
  waves: z
    .optional(z.array(z.string()).check(z.minLength(1)))
    .check(z.describe("Names of the waves it rolls back; all of them unless given")),
});

/** Every bound and period of a wave: name, default, largest value. A migration file sets them under `policy`. */
export const policySchema = z.strictObject({
  /** Replication gate: largest delay of any partition, and how long it must hold without a gap. */
  delayLimitSeconds: seconds(5, 3600),
  replicationWindowSeconds: seconds(60, 86_400),
  keepUpWindowSeconds: seconds(60, 86_400),
  observationWindowSeconds: seconds(300, 604_800),
  /** Fewer samples than this in a window are no evidence. */
  windowMinSamples: z._default(z.int().check(z.minimum(2), z.maximum(10_000)), 20),
  /** A window with a gap between two samples longer than this starts again. */
  sampleGapSeconds: seconds(150, 3600),
  /** Evidence older than this is no evidence. */
  evidenceSeconds: seconds(300, 86_400),
  /** A freeze lifts itself at the latest this long after its claim. */
  freezeDeadlineSeconds: seconds(60, cutoverSeconds),
  /** Producers must have started on the target at the latest this long after the claim of move-producers. */
  moveProducersDeadlineSeconds: seconds(60, 900),
  /** A roll-back that has not proved everything on the source this long after its order is withdrawn. */
  rollBackDeadlineSeconds: seconds(120, 900),
  /** How often a tick stores where moved groups stand on the source; on a timer of a minute it is each tick. */
  wayBackSampleSeconds: seconds(5, 60),
  /** Two equal stable offset reads this far apart prove a group stopped. */
  settleMilliseconds: milliseconds(500, 60_000),
  /** Ends flat over two sweeps this far apart prove that nobody writes. */
  quietMilliseconds: milliseconds(150, 60_000),
  pollMilliseconds: milliseconds(20, 10_000),
  /** How long one group may take to stop, to be seen consuming, and stand still in all. */
  groupStopSeconds: seconds(30, 600),
  groupStartSeconds: seconds(30, 600),
  groupPauseLimitSeconds: seconds(120, 3600),
  /** How long the mirror may take to pass a stopped group's offsets, and to drain in a freeze. */
  mirrorCatchUpSeconds: seconds(30, 600),
  drainSeconds: seconds(20, 600),
  connectorStartSeconds: seconds(60, 600),
  workersStartSeconds: seconds(180, 900),
  /** A claimed step is taken up by the next run when its lease has ended. Handlers stop themselves at three quarters of it. */
  leaseSeconds: seconds(60, 80),
  /** What rolls a wave back by itself once its clients have moved. */
  alarms: z._default(z.array(alarmSchema), []),
  rollbackRules: z._default(z.array(rollbackRuleSchema), []),
});

export type Policy = z.output<typeof policySchema>;
