import { OperatorFault } from "#core/fault.ts";
import { deadlineMarginSeconds } from "#core/migration/migration.ts";
import { liftOrder, removeByHand } from "#core/rights/acl-fence.ts";
import type { Already, Refusal, Superseded } from "#core/wave/decision.ts";
import { decideHold, decideStepHold, decideYield } from "#core/wave/decisions.ts";
import { canThaw, THAW } from "#core/wave/lifecycle.ts";
import type { WaveRef, WaveRow } from "#core/wave/wave.ts";
import { cancelDeadline } from "./cancel-deadline.ts";
import { groupsMovedWithProducers, writersOf } from "./clients-of.ts";
import { decideAndWrite, loadWave } from "./decide-and-write.ts";
import { drainMirror } from "./drain-mirror.ts";
import { freezeSource } from "./freeze-source.ts";
import { judgeAgain } from "./judge-again.ts";
import { keepThawed } from "./keep-thawed.ts";
import { seeGroupsAtWork } from "./move-groups-with-producers.ts";
import { moveProducers } from "./move-producers.ts";
import type { Deps } from "./ports/deps.ts";
import type { RunRef } from "./ports/engine.ts";
import { claimActComplete, handlerEndsAt, type Loaded, loadPlan, StepLeased, type StepOutcome } from "./run-step.ts";
import { OutOfTimeSignal } from "./step-context.ts";
import { thawWave } from "./thaw-wave.ts";
import { waitWhile } from "./wait-while.ts";
import { needFact } from "./wave-facts.ts";

type Invocation = RunRef & { readonly invocationEndsAt: number };

/**
 * Freeze, drain and move-producers in one invocation. Any failure before the first write on the target thaws; nothing here
 * waits for a token, a tick or a container.
 */
export async function cutOver(deps: Deps, input: Invocation): Promise<StepOutcome> {
  const ref: WaveRef = { migration: input.migration, wave: input.wave };
  const file = await loadPlan(deps, ref);
  const { migration } = file;
  const row = await loadWave(deps.store, ref);
  // Producers may write on the target already: the step is taken up again, under the freeze that it belongs to.
  if (row.phase === "moving-producers" && row.freeze !== undefined) return moveOn(deps, input, file, row.freeze.id);
  // Delivered again, or late: in any other phase the mirror may stand still on purpose, which is no finding.
  if (row.run !== input.run) return { outcome: "superseded", because: `the wave is in run ${row.run}` };
  if (row.phase !== "cutover-ready") return leasedOrSuperseded(row, deps.clock.now());
  // Before its gate has passed nobody asked for a freeze: the claim refuses, and nothing needs to be held.
  const findings =
    row.gate?.passedAt === undefined ? undefined : await lookOnceMore(deps, ref, file, input.invocationEndsAt);
  if (findings !== undefined) return holdBeforeFreeze(deps, input, findings);

  const freezeId = deps.newId();
  // Before anything is stopped. One whose freeze never comes is harmless, since whoever it calls names the freeze.
  const unscheduled = await scheduleOrFindings(deps, ref, freezeId, migration.policy.freezeDeadlineSeconds);
  if (unscheduled !== undefined) return holdBeforeFreeze(deps, input, unscheduled);
  const deadlineAt = deps.clock.now() + migration.policy.freezeDeadlineSeconds * 1000;
  const endsAt = Math.min(deadlineAt, input.invocationEndsAt) - deadlineMarginSeconds * 1000;
  const freezing = { freeze: { id: freezeId, deadlineAt }, leaseUntil: deadlineAt };
  let known: WaveRow;
  try {
    const fence = await needFact(deps.store.items, ref, "fence");
    const { source } = await deps.estate(migration);
    const details = {
      toLiftByHand: liftOrder(fence).map((entry) => removeByHand(entry, source.bootstrapServers)),
    };
    const freezeClaim = { ...freezing, claimId: deps.newId(), now: deps.clock.now(), details };
    const frozen = await claimActComplete(
      deps,
      { ...input, file, step: "freeze", claim: freezeClaim, endsAt },
      (context, own) => freezeSource(own, context),
    );
    if (frozen.outcome !== "completed") return turnLost(deps, input, frozen);
    const drainClaim = { ...freezing, claimId: deps.newId(), now: deps.clock.now() };
    const drained = await claimActComplete(
      deps,
      { ...input, file, step: "drain", claim: drainClaim, endsAt, known: frozen.row },
      (context, own) => drainMirror(own, context, freezeId),
    );
    if (drained.outcome !== "completed") return turnLost(deps, input, drained);
    known = drained.row;
  } catch (error) {
    if (error instanceof StepLeased) throw error;
    const thawed = await thawAfter(deps, input, freezeId, error);
    if (thawed.outcome !== "refused") return thawed;
    // It failed before its claim, so nothing is frozen and the same failure would come round for ever; or the turn was lost.
    const held = await holdBeforeFreeze(deps, input, messageOf(error));
    return turnLost(deps, input, held);
  }
  return moveOn(deps, input, file, freezeId, known);
}

/** The gate's measurements, while everything that the freeze will talk to is asked once, so that no connection is made in it. */
async function lookOnceMore(
  deps: Deps,
  ref: WaveRef,
  { migration, plan }: Loaded,
  invocationEndsAt: number,
): Promise<string | undefined> {
  const estate = await deps.estate(migration);
  // The rest of the invocation is the freeze's.
  const waitsAtMost = (invocationEndsAt - deps.clock.now()) / 4;
  try {
    const notAtWork = await seeGroupsAtWork(deps.clock, estate, plan, waitsAtMost);
    if (notAtWork !== undefined) return notAtWork;
    const [findings] = await Promise.all([
      judgeAgain(deps, ref, "freeze"),
      estate.source.warm(),
      estate.target.warm(),
      ...writersOf(plan).map((client) => estate.clientSwitch.position(client)),
      ...groupsMovedWithProducers(plan).map(({ id }) => estate.target.groups.describe([id])),
    ]);
    return findings;
  } catch (error) {
    if (error instanceof OperatorFault) return error.message;
    throw error;
  }
}

async function scheduleOrFindings(
  deps: Deps,
  ref: WaveRef,
  freezeId: string,
  deadlineSeconds: number,
): Promise<string | undefined> {
  try {
    await deps.deadlines.schedule({ ref, freezeId }, deps.clock.now() + deadlineSeconds * 1000);
    return undefined;
  } catch (error) {
    if (error instanceof OperatorFault)
      return `nothing was frozen, since its deadline is in nobody's hand: ${error.message}`;
    throw error;
  }
}

/** From here on the wave goes forward once a client has written on the target, and back while none has. */
async function moveOn(
  deps: Deps,
  input: Invocation,
  file: Loaded,
  freezeId: string,
  known?: WaveRow,
): Promise<StepOutcome> {
  const ref: WaveRef = { migration: input.migration, wave: input.wave };
  const { policy } = file.migration;
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
    const moved = await claimActComplete(
      deps,
      { ...input, file, step: "move-producers", claim, endsAt, ...(known !== undefined && { known }) },
      async (context, own) => {
        const scheduling = scheduleAnew(own, context, claim.freeze);
        const details = await moveProducers(own, context);
        // Whoever has not answered by now is not waited for: the producers write on the target.
        const notScheduled = await Promise.race([scheduling, Promise.resolve("no answer yet")]);
        return notScheduled === undefined ? details : { ...details, notScheduled };
      },
    );
    if (moved.outcome !== "completed") return turnLost(deps, input, moved);
    await Promise.all([deps.ticks.requestTick(ref), cancelDeadline(deps, { ref, freezeId })]);
    return turnLost(deps, input, { outcome: "completed" });
  } catch (error) {
    if (error instanceof StepLeased) throw error;
    const thawed = await thawAfter(deps, input, freezeId, error);
    if (thawed.outcome !== "refused") return thawed;
    // Producers write on the target: what it still waits for has its own bound, which the next invocation goes on counting.
    if (error instanceof OutOfTimeSignal) {
      const { waiting } = error;
      await decideAndWrite<Superseded>(deps, ref, (row) => decideYield(row, claimId, deps.clock.now(), waiting));
      return turnLost(deps, input, { outcome: "yielded", because: error.message });
    }
    const reason = `${messageOf(error)}; ${thawed.because ?? "it cannot thaw"}`;
    await decideAndWrite<Superseded>(deps, ref, (row) =>
      decideStepHold(
        row,
        claimId,
        {
          kind: "move-producers-stopped",
          reason,
          cure: "change that, then POST …/resume: producers stay on the target",
        },
        deps.clock.now(),
      ),
    );
    return turnLost(deps, input, { outcome: "held", because: reason });
  }
}

/**
 * The deadline that the claim of move-producers has set, under the same freeze. Beside the step, which does not wait for it:
 * without it handler, state and tick still hold the deadline, and the old schedule, called, reads the new one from the row.
 */
const scheduleAnew = (
  deps: Deps,
  { ref }: { readonly ref: WaveRef },
  freeze: { readonly id: string; readonly deadlineAt: number },
): Promise<string | undefined> =>
  deps.deadlines.schedule({ ref, freezeId: freeze.id }, freeze.deadlineAt).then(() => undefined, messageOf);

/** Whoever took the turn may have thawed between this handler's last look at its claim and the effect that followed it. */
async function turnLost<O extends StepOutcome>(deps: Deps, input: Invocation, outcome: O): Promise<O> {
  const ref: WaveRef = { migration: input.migration, wave: input.wave };
  if ((await loadWave(deps.store, ref)).run === input.run) return outcome;
  await waitWhile(deps, ref, THAW.doing, input.invocationEndsAt);
  await keepThawed(deps, ref, { hasLostTurn: true });
  return outcome;
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const thawAfter = (deps: Deps, input: Invocation, freezeId: string, error: unknown): Promise<StepOutcome> =>
  thawWave(deps, {
    ref: { migration: input.migration, wave: input.wave },
    freezeId,
    by: "sluice",
    kind: "freeze-failed",
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
  const cure = "change that, then POST …/resume, and say go again";
  await decideAndWrite<Refusal | Already>(deps, { migration: input.migration, wave: input.wave }, (row) =>
    row.run === input.run && row.phase === "cutover-ready"
      ? decideHold(row, { kind: "freeze-not-begun", by: "sluice", at: deps.clock.now(), reason: findings, cure })
      : { kind: "already", because: "somebody else acted" },
  );
  return { outcome: "held", because: findings };
}
