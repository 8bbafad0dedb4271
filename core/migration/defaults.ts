import { z } from "zod";

const seconds = (byDefault: number, max: number) => z.number().positive().max(max).default(byDefault);
const milliseconds = (byDefault: number, max: number) => z.number().int().positive().max(max).default(byDefault);

/** How long the one invocation of freeze, drain and move-producers may take: no client can be given longer. */
export const cutoverSeconds = 60;

/** Every bound and period of a wave: name, default, largest value. A migration file sets them under `policy`. */
export const policySchema = z.strictObject({
  /** Replication gate: largest delay of any partition, and how long it must hold without a gap. */
  delayLimitSeconds: seconds(5, 3600),
  replicationWindowSeconds: seconds(60, 86_400),
  keepUpWindowSeconds: seconds(60, 86_400),
  observationWindowSeconds: seconds(300, 604_800),
  /** Fewer samples than this in a window are no evidence. */
  windowMinSamples: z.number().int().min(2).max(10_000).default(20),
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
});

export type Policy = z.output<typeof policySchema>;
