import { OperatorFault } from "#core/fault.ts";
import {
  type PartitionKey,
  type PartitionMap,
  partitionKey,
  type TopicPartition,
} from "#core/kafka/topic-partition.ts";
import { deadlineMarginSeconds } from "#core/migration/migration.ts";
import { liftByHand } from "#core/rights/acl-fence.ts";
import { connectorName } from "#core/wave/connector-name.ts";
import { type Already, decideHold, decideStepHold, type Refusal, type Superseded } from "#core/wave/decisions.ts";
import { canThaw } from "#core/wave/lifecycle.ts";
import type { WaveRef, WaveRow } from "#core/wave/wave.ts";
import { clientsOf } from "./clients-of.ts";
import { decideAndWrite, loadWave } from "./decide-and-write.ts";
import { stoppedOrAbsent, waitUntilRunning } from "./ensure-mirror.ts";
import { judgeAgain } from "./judge-again.ts";
import type { Deps } from "./ports/deps.ts";
import type { RunRef } from "./ports/engine.ts";
import { proveSilence } from "./prove-silence.ts";
import { claimActComplete, handlerEndsAt, loadPlan, StepLeased, type StepOutcome } from "./run-step.ts";
import { narrowFence, raiseFence } from "./source-fence.ts";
import type { StepContext } from "./step-context.ts";
import { stopwatch } from "./stopwatch.ts";
import { tailsEqual } from "./tails-equal.ts";
import { thawWave } from "./thaw-wave.ts";
import { needFact, writeFact } from "./wave-facts.ts";
import { partitionsOf } from "./wave-topics.ts";

type Invocation = RunRef & { readonly invocationEndsAt: number };

/**
 * Freeze, drain and move-producers in one invocation. Any failure before the first write on the target thaws; nothing here
 * waits for a token, a tick or a container.
 */
export async function cutOver(deps: Deps, input: Invocation): Promise<StepOutcome> {
  const ref: WaveRef = { migration: input.migration, wave: input.wave };
  const { migration } = await loadPlan(deps, ref);
  const row = await loadWave(deps.store, ref);
  // Producers may write on the target already: the step is taken up again, under the freeze that it belongs to.
  if (row.phase === "moving-producers" && row.freeze !== undefined) return moveOn(deps, input, row.freeze.id);
  // Delivered again, or late: in any other phase the mirror may stand still on purpose, which is no finding.
  if (row.run !== input.run) return { outcome: "superseded", because: `the wave is in run ${row.run}` };
  if (row.phase !== "cutover-ready") return leasedOrSuperseded(row, deps.clock.now());
  const findings = await judgeAgain(deps, ref, "freeze");
  if (findings !== undefined) return holdBeforeFreeze(deps, input, findings);

  const freezeId = deps.newId();
  const deadlineAt = deps.clock.now() + migration.policy.freezeDeadlineSeconds * 1000;
  const endsAt = Math.min(deadlineAt, input.invocationEndsAt) - deadlineMarginSeconds * 1000;
  const freezing = { freeze: { id: freezeId, deadlineAt }, leaseUntil: deadlineAt };
  try {
    const fence = await needFact(deps.store.items, ref, "fence");
    const details = {
      toLiftByHand: fence.everyone.map((entry) => liftByHand(entry, migration.source.bootstrapServers)),
    };
    const freezeClaim = { ...freezing, claimId: deps.newId(), now: deps.clock.now(), details };
    const frozen = await claimActComplete(deps, { ...input, step: "freeze", claim: freezeClaim, endsAt }, (context) =>
      freeze(deps, context),
    );
    if (frozen.outcome !== "completed") return frozen;
    const drainClaim = { ...freezing, claimId: deps.newId(), now: deps.clock.now() };
    const drained = await claimActComplete(deps, { ...input, step: "drain", claim: drainClaim, endsAt }, (context) =>
      drain(deps, context, freezeId),
    );
    if (drained.outcome !== "completed") return drained;
  } catch (error) {
    if (error instanceof StepLeased) throw error;
    return thawAfter(deps, input, freezeId, error);
  }
  return moveOn(deps, input, freezeId);
}

/** From here on the wave goes forward once a client has written on the target, and back while none has. */
async function moveOn(deps: Deps, input: Invocation, freezeId: string): Promise<StepOutcome> {
  const ref: WaveRef = { migration: input.migration, wave: input.wave };
  const { policy } = (await loadPlan(deps, ref)).migration;
  const now = deps.clock.now();
  const claimId = deps.newId();
  const claim = {
    claimId,
    now,
    leaseUntil: now + policy.leaseSeconds * 1000,
    freeze: { id: freezeId, deadlineAt: now + policy.moveProducersDeadlineSeconds * 1000 },
  };
  const endsAt = handlerEndsAt(now, policy.leaseSeconds, input.invocationEndsAt - deadlineMarginSeconds * 1000);
  try {
    const moved = await claimActComplete(deps, { ...input, step: "move-producers", claim, endsAt }, (context) =>
      moveProducers(deps, context),
    );
    if (moved.outcome === "completed") await deps.ticks.requestTick(ref);
    return moved;
  } catch (error) {
    if (error instanceof StepLeased) throw error;
    const thawed = await thawAfter(deps, input, freezeId, error);
    if (thawed.outcome !== "refused") return thawed;
    const reason = `${messageOf(error)}; ${thawed.because ?? "it cannot thaw"}`;
    await decideAndWrite<Superseded>(deps, ref, (row) =>
      decideStepHold(
        row,
        claimId,
        reason,
        "change that, then POST …/resume: producers stay on the target",
        deps.clock.now(),
      ),
    );
    return { outcome: "held", because: reason };
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const thawAfter = (deps: Deps, input: Invocation, freezeId: string, error: unknown): Promise<StepOutcome> =>
  thawWave(deps, {
    ref: { migration: input.migration, wave: input.wave },
    freezeId,
    by: "sluice",
    reason: messageOf(error),
    cure: "change that, then POST …/resume",
    invocationEndsAt: input.invocationEndsAt,
  });

/** Another invocation works on this freeze: its lease is waited for, since it may die. */
function leasedOrSuperseded(row: WaveRow, now: number): StepOutcome {
  if (row.freeze !== undefined && canThaw(row.phase) && row.claim !== undefined && row.claim.leaseUntil > now)
    throw new StepLeased(
      `freeze ${row.freeze.id} of wave ${row.wave} is another invocation's until ${new Date(row.claim.leaseUntil).toISOString()}`,
    );
  return { outcome: "superseded", because: `wave ${row.wave} is ${row.phase} in run ${row.run}` };
}

async function holdBeforeFreeze(deps: Deps, input: RunRef, findings: string): Promise<StepOutcome> {
  const cure = "when the gate passes again: POST …/resume, and say go again";
  await decideAndWrite<Refusal | Already>(deps, { migration: input.migration, wave: input.wave }, (row) =>
    row.run === input.run && row.phase === "cutover-ready"
      ? decideHold(row, "sluice", findings, cure, deps.clock.now())
      : { kind: "already", because: "somebody else acted" },
  );
  return { outcome: "held", because: findings };
}

async function wavePartitions({ estate, plan }: StepContext): Promise<readonly TopicPartition[]> {
  const topics = await estate.source.topics.describe(plan.topics);
  return [...topics.values()].flatMap(partitionsOf);
}

/** The brake, then the bar, then the proof. */
async function freeze({ store }: Deps, context: StepContext): Promise<Readonly<Record<string, unknown>>> {
  const { estate, migration, plan, ref } = context;
  const watch = stopwatch();
  const partitions = await wavePartitions(context);
  const fence = await needFact(store.items, ref, "fence");
  const producers = clientsOf(plan, "producer");
  await context.stillMine();
  await Promise.all(producers.map((client) => estate.clientSwitch.stop(client)));
  const names = producers.map((client) => client.name).join(", ") || "none declared";
  const stopSeconds = Math.max(1, ...producers.map((client) => client.stopSeconds));
  await proveSilence(
    context,
    estate.source,
    partitions,
    stopSeconds,
    `producers told to stop: ${names}; stop whoever still writes there, or declare it in the wave's clients`,
  );
  watch.lap("brake");
  await raiseFence(context, fence);
  watch.lap("fence");
  const ends = await proveSilence(
    context,
    estate.source,
    partitions,
    migration.policy.drainSeconds,
    "the fence does not hold against it: super users pass every ACL",
  );
  watch.lap("proof");
  return { milliseconds: watch.laps(), ends: positions(ends, (end) => end.highWatermark) };
}

/** Content says when to stop, then the connector's own committed offsets must agree. */
async function drain(
  { store }: Deps,
  context: StepContext,
  freezeId: string,
): Promise<Readonly<Record<string, unknown>>> {
  const { estate, migration, ref } = context;
  const { policy } = migration;
  const name = connectorName(ref, context.attempt, "forward");
  const watch = stopwatch();
  const partitions = await wavePartitions(context);
  for (;;) {
    let behind: readonly string[] = [];
    const tails = await context.waitFor(
      "the drain",
      policy.drainSeconds,
      async () => {
        const compared = await tailsEqual({ from: estate.source.log, to: estate.target.log, partitions });
        behind = compared.different.map((d) => `${partitionKey(d.partition)}: ${d.reason}`);
        return behind.length === 0 ? compared : undefined;
      },
      () =>
        new OperatorFault(
          `the mirror is not drained after ${policy.drainSeconds} s: ${behind.join("; ")}; look at connector ${name}`,
        ),
    );
    watch.lap("content");
    await context.stillMine();
    await estate.replicator.stop("forward", name);
    watch.lap("stop");
    const through = await estate.replicator.replicatedThrough("forward", name);
    const short = [...tails.lastVisible].filter(
      ([key, last]) => last !== undefined && (through.get(key) ?? 0n) <= last,
    );
    if (short.length === 0) break;
    // Its committed offsets lie before records that the target already holds: resumed as it is, it would repeat them.
    await context.note("DrainRepeated", { behind: short.map(([key]) => key) });
    await estate.replicator.resume("forward", name);
    await waitUntilRunning(context, "forward", name);
  }
  const [source, target] = await Promise.all([
    estate.source.log.ends(partitions),
    proveSilence(
      context,
      estate.target,
      partitions,
      policy.drainSeconds,
      "only the mirror may write there before producers move",
    ),
  ]);
  watch.lap("flat");
  await writeFact(store.items, ref, "watermarks", {
    freeze: freezeId,
    source: positions(source, (end) => end.highWatermark),
    target: positions(target, (end) => end.highWatermark),
  });
  watch.lap("watermarks");
  return { milliseconds: watch.laps() };
}

async function moveProducers({ store }: Deps, context: StepContext): Promise<Readonly<Record<string, unknown>>> {
  const { estate, migration, plan, ref } = context;
  const name = connectorName(ref, context.attempt, "reverse");
  const watch = stopwatch();
  const [fence, rights, watermarks, partitions] = await Promise.all([
    needFact(store.items, ref, "fence"),
    needFact(store.items, ref, "write-rights"),
    needFact(store.items, ref, "watermarks"),
    wavePartitions(context),
  ]);
  const target = new Map(Object.entries(watermarks.target).map(([key, at]) => [key as PartitionKey, BigInt(at)]));
  // Taken up after a crash: a reverse mirror that already runs has its own offsets, which must not be set back.
  if (await stoppedOrAbsent(estate.replicator, "reverse", name)) {
    if (!(await stoppedOrAbsent(estate.replicator, "forward", connectorName(ref, context.attempt, "forward"))))
      throw new OperatorFault(
        "the forward mirror is not STOPPED; both directions running would repeat every record for ever",
      );
    await startReverseFrom(context, name, target);
    watch.lap("offsets");
    await narrowFence(context, fence);
    watch.lap("fence");
    await context.stillMine();
    await estate.replicator.resume("reverse", name);
    watch.lap("resume");
  } else await narrowFence(context, fence);
  await context.stillMine();
  await estate.target.rights.add(rights);
  const producers = clientsOf(plan, "producer");
  await Promise.all(producers.map((client) => estate.clientSwitch.start(client, "target")));
  watch.lap("start");
  if (producers.length > 0)
    await seeWrites(
      context,
      partitions,
      target,
      producers.map((client) => client.name),
    );
  watch.lap("written");
  await waitUntilRunning(context, "reverse", name);
  watch.lap("reverse");
  return { milliseconds: watch.laps(), policyDeadlineSeconds: migration.policy.moveProducersDeadlineSeconds };
}

/** How long Connect may take until what was set is what it reads: seen to answer 200 before a new worker's store had it. */
const OFFSETS_SECONDS = 5;

/** A PATCH for an unknown alias or topic answers 200 and does nothing: only what is read back counts. */
async function startReverseFrom(context: StepContext, name: string, target: PartitionMap<bigint>): Promise<void> {
  const { replicator } = context.estate;
  await context.stillMine();
  await replicator.startFrom("reverse", name, target);
  let wrong: readonly string[] = [];
  await context.waitFor(
    `the offsets of connector ${name}`,
    OFFSETS_SECONDS,
    async () => {
      const back = await replicator.replicatedThrough("reverse", name);
      wrong = [...target].flatMap(([key, at]) =>
        (back.get(key) ?? 0n) === at ? [] : [`${key} from ${back.get(key) ?? 0n} instead of ${at}`],
      );
      return wrong.length === 0 ? true : undefined;
    },
    () =>
      new OperatorFault(
        `connector ${name} would start ${wrong.join(", ")}; look at its offsets over Connect's REST API`,
      ),
  );
}

async function seeWrites(
  context: StepContext,
  partitions: readonly TopicPartition[],
  watermarks: PartitionMap<bigint>,
  producers: readonly string[],
): Promise<void> {
  const bound = Math.max(1, ...clientsOf(context.plan, "producer").map((client) => client.startSeconds));
  await context.waitFor(
    "writes on the target",
    bound,
    async () => {
      const ends = await context.estate.target.log.ends(partitions);
      return [...ends].some(([key, end]) => end.highWatermark > (watermarks.get(key) ?? 0n)) ? true : undefined;
    },
    () =>
      new OperatorFault(
        `no write of ${producers.join(", ")} is seen on the target ${bound} s after they were started there; look at their logs and their rights on the target`,
      ),
  );
}

const positions = <T>(of: PartitionMap<T>, pick: (value: T) => bigint): Record<string, string> =>
  Object.fromEntries([...of].map(([key, value]) => [key, pick(value).toString()]));
