/**
 * The whole product in one table. The state machine, the database conditions, the README's diagram and the tests derive
 * from it. A step is claimed (`from` → `doing`) before its first outside effect and completed (`doing` → `to`) after the
 * last was seen. The gates in its row are waited for before it; `judgedAgain` are judged once more right before its claim.
 */
export const LIFECYCLE = [
  {
    step: "start",
    from: "planned",
    doing: "preparing",
    to: "replicating",
    gates: [],
    judgedAgain: [],
    ifItFails: "hold",
    completedAs: "ReplicationStarted",
    does: "target topics, rights, forward workers, forward connector",
  },
  {
    step: "move-consumers",
    from: "replicating",
    doing: "moving-consumers",
    to: "consumers-moved",
    gates: ["replication", "offset-plan", "cutover"],
    judgedAgain: [],
    ifItFails: "hold",
    completedAs: "ConsumersMoved",
    does: "each group: stopped, translated, committed, read back, started on the target",
  },
  {
    step: "prepare-cutover",
    from: "consumers-moved",
    doing: "preparing-cutover",
    to: "cutover-ready",
    gates: ["keep-up"],
    judgedAgain: [],
    ifItFails: "hold",
    completedAs: "CutoverPrepared",
    does: "reverse workers, reverse connector STOPPED, all that the freeze needs",
  },
  {
    step: "freeze",
    from: "cutover-ready",
    doing: "freezing",
    to: "frozen",
    gates: ["go"],
    judgedAgain: ["replication", "cutover"],
    ifItFails: "thaw",
    completedAs: "WaveFrozen",
    does: "deadline, producers stopped, fence, proof that nobody writes",
  },
  {
    step: "drain",
    from: "frozen",
    doing: "draining",
    to: "drained",
    gates: [],
    judgedAgain: [],
    ifItFails: "thaw",
    completedAs: "DrainProved",
    does: "drain proved, forward connector STOPPED, watermarks",
  },
  {
    step: "move-producers",
    from: "drained",
    doing: "moving-producers",
    to: "producers-moved",
    gates: [],
    judgedAgain: [],
    ifItFails: "thaw-before-first-write",
    completedAs: "ProducersMoved",
    does: "reverse connector from the watermarks, right to write, producers started on the target",
  },
  {
    step: "seal",
    from: "producers-moved",
    doing: "sealing",
    to: "sealed",
    gates: ["observation", "seal"],
    judgedAgain: [],
    ifItFails: "hold",
    completedAs: "WaveSealed",
    does: "connectors removed, workers released, the target's own settings restored; no way back from the claim on",
  },
] as const;

/**
 * Lifts a freeze: from these phases, through `doing`, to `to`, held. Only `resume` leads to another freeze. Where a client
 * has written on the target meanwhile, the source is no longer the whole truth: to `refusedTo`, held.
 */
export const THAW = {
  from: ["freezing", "frozen", "draining", "drained", "moving-producers"],
  doing: "thawing",
  to: "cutover-ready",
  refusedTo: "moving-producers",
  does: "fence removed, producers started on the source, forward connector running",
} as const;

/**
 * Returns the wave's clients to the source, by a state machine of its own. `doing` can still be given up, through
 * `withdrawing` back to where the wave was, held; from the claim of `lastTurn` on, which lifts the source's fence, it only
 * goes forward to `to`. A frozen wave thaws first.
 */
export const ROLL_BACK = {
  from: [
    "moving-consumers",
    "consumers-moved",
    "preparing-cutover",
    "cutover-ready",
    "moving-producers",
    "producers-moved",
  ],
  doing: "rolling-back",
  lastTurn: "returning",
  to: "rolled-back",
  withdrawing: "withdrawing",
  does: "writers stopped and barred on the target, reverse drained, the pin taken, consumers stopped and translated back; then all started on the source",
} as const;

/** Gives up before any client has moved. */
export const ABORT = {
  from: ["planned", "preparing", "replicating"],
  doing: "aborting",
  to: "aborted",
  does: "forward mirror stopped, the pin taken, connectors removed, rights withdrawn, workers released",
} as const;

/** Nothing comes after these by itself: a wave that is here has no execution and needs no tick. */
export const ENDS: readonly Phase[] = ["sealed", ROLL_BACK.to, ABORT.to];

/** From here on producers may have written on the target, so that the source alone is not the whole truth. */
export const MOVED_PRODUCERS: readonly Phase[] = ["moving-producers", "producers-moved"];

/** All of them were started on the target, and nothing but a roll-back stops them there. */
export const HAVE_MOVED_PRODUCERS: readonly Phase[] = ["producers-moved", "sealing", "sealed"];

/** While the forward mirror should run. */
export const FORWARD_RUNS: readonly Phase[] = [
  "replicating",
  "moving-consumers",
  "consumers-moved",
  "preparing-cutover",
  "cutover-ready",
];

/** Another attempt, with all evidence void: its forward mirror starts at the pin, or on fresh target topics. */
export const RETRY = { from: [ROLL_BACK.to, ABORT.to], to: "planned" } as const;

export type LifecycleRow = (typeof LIFECYCLE)[number];
export type StepName = LifecycleRow["step"];
export type GateName = LifecycleRow["gates"][number];
export type Phase =
  | LifecycleRow["from" | "doing" | "to"]
  | (typeof THAW)["doing"]
  | (typeof ROLL_BACK)["doing" | "lastTurn" | "to" | "withdrawing"]
  | (typeof ABORT)["doing" | "to"];

/** Freeze, drain and move-producers run in one invocation: nothing between them waits for a token, a tick or a container. */
export const CUTOVER_STEPS = ["freeze", "drain", "move-producers"] as const satisfies readonly StepName[];

export const PHASES: readonly Phase[] = [
  ...new Set<Phase>([
    ...LIFECYCLE.flatMap((row) => [row.from, row.doing, row.to]),
    THAW.doing,
    ROLL_BACK.doing,
    ROLL_BACK.lastTurn,
    ROLL_BACK.withdrawing,
    ROLL_BACK.to,
    ABORT.doing,
    ABORT.to,
  ]),
];

export const stepRow = (step: StepName): LifecycleRow => {
  const row = LIFECYCLE.find((r) => r.step === step);
  if (row === undefined) throw new Error(`no step ${step} in the lifecycle table`);
  return row;
};

/** The step that a wave in this phase waits for or is doing; undefined where none follows. */
export const stepAt = (phase: Phase): LifecycleRow | undefined =>
  LIFECYCLE.find((row) => row.from === phase || row.doing === phase);

const STEPS = LIFECYCLE.map(({ step }): StepName => step);
const UNTIL_REVERSE: readonly Phase[] = LIFECYCLE.slice(0, STEPS.indexOf("prepare-cutover")).flatMap((row) => [
  row.from,
  row.doing,
  row.to,
]);

/**
 * Before prepare-cutover an attempt has no reverse mirror, and there may be no worker to ask about one. From there on it
 * lives on the source, and would bring the target's records whenever that is back.
 */
export const mayHaveReverse = (phase: Phase): boolean => !UNTIL_REVERSE.includes(phase);

export const canThaw = (phase: Phase): boolean => (THAW.from as readonly Phase[]).includes(phase);

/** A roll-back can be ordered; one of a frozen wave thaws it first. */
export const canRollBack = (phase: Phase): boolean =>
  (ROLL_BACK.from as readonly Phase[]).includes(phase) || canThaw(phase) || phase === THAW.doing;

export const canAbort = (phase: Phase): boolean => (ABORT.from as readonly Phase[]).includes(phase);
export const canRetry = (phase: Phase): boolean => (RETRY.from as readonly Phase[]).includes(phase);

/** The turns of the way back's own state machine, by the phase that they are claimed in. */
export const TURNS = {
  [ROLL_BACK.doing]: "roll-back",
  [ROLL_BACK.lastTurn]: "return",
  [ROLL_BACK.withdrawing]: "withdraw",
  [ABORT.doing]: "abort",
} as const;
export type TurnPhase = keyof typeof TURNS;
export type TurnName = (typeof TURNS)[TurnPhase];
export const isTurnPhase = (phase: Phase): phase is TurnPhase => phase in TURNS;

/** Which state machine a wave in this phase runs on. */
export type MachineName = "wave" | "way-back";
export const machineOf = (phase: Phase): MachineName => (isTurnPhase(phase) ? "way-back" : "wave");
