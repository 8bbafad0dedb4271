import { OperatorFault } from "#core/fault.ts";
import { connectorName } from "#core/wave/connector-name.ts";
import type { Phase } from "#core/wave/lifecycle.ts";
import type { RollBack } from "#core/wave/wave.ts";
import { bringBackByForce } from "./bring-back-by-force.ts";
import { type BroughtBack, bringGroupsBack, tellGroupsToStop } from "./bring-groups-back.ts";
import { writersOf } from "./clients-of.ts";
import { stoppedOrAbsent, waitUntilRunning } from "./ensure-mirror.ts";
import type { Deps } from "./ports/deps.ts";
import { proveFence } from "./prove-fence.ts";
import { proveSilence } from "./prove-silence.ts";
import { hasReverse } from "./reverse-mirror.ts";
import { settleAll } from "./settle-all.ts";
import { narrowFence, raiseFence } from "./source-fence.ts";
import type { StepContext } from "./step-context.ts";
import { stopDrainedMirror } from "./stop-drained-mirror.ts";
import { type Stopwatch, stopwatch } from "./stopwatch.ts";
import { takePin } from "./take-pin.ts";
import { planTargetFence } from "./target-fence.ts";
import { type Fact, needFact, readFact } from "./wave-facts.ts";
import { targetPartitions } from "./wave-topics.ts";

/**
 * The first turn of a roll-back, until everything that the clients need is on the source, proved. Where producers moved:
 * they stop, the target is fenced, the reverse mirror is drained. Where none did, only the forward mirror stops. Then the
 * pin is taken while the groups stop, and they follow.
 */
export async function bringBack(
  deps: Deps,
  context: StepContext,
  rollBack: RollBack,
): Promise<Readonly<Record<string, unknown>>> {
  if (rollBack.isForced === true) return bringBackByForce(deps, context, rollBack);
  const watch = stopwatch(deps.clock);
  const stored = await readFact(deps.store.items, context.ref, "pin");
  let taking: Promise<Fact<"pin">>;
  if (stored?.takenBy === rollBack.id) taking = Promise.resolve(stored);
  else {
    if (rollBack.hasMovedProducers) await drainTarget(deps, context, watch);
    else await stopForward(deps, context, rollBack.from);
    taking = takePin(deps, context, rollBack.hasMovedProducers ? "reverse" : "forward", rollBack.id).finally(() =>
      watch.lap("pin"),
    );
  }
  const [pin, groups] = await settleAll([taking, bringGroupsBack(deps, context, taking)]);
  watch.lap("groups");
  return {
    milliseconds: watch.laps(),
    groups: groups.filter((group) => group.wasMoved).map(shown),
    pin: pin.voidBecause === undefined ? "valid" : `void: ${pin.voidBecause}`,
  };
}

const shown = ({ group, client, partitions }: BroughtBack) => ({ group, client, partitions });

/** All that was written on the target is on the source, and nobody writes there any more. */
async function drainTarget(deps: Deps, context: StepContext, watch: Stopwatch): Promise<void> {
  const { estate, plan } = context;
  const writers = writersOf(plan);
  const stopAll = () => settleAll(writers.map((client) => estate.clientSwitch.stop(client)));
  await context.stillMine();
  const [partitions, fence] = await settleAll([targetPartitions(context), planTargetFence(deps, context), stopAll()]);
  const names = writers.map((client) => client.name).join(", ") || "none declared";
  await proveSilence(
    context,
    estate.target,
    partitions,
    Math.max(1, ...writers.map((client) => client.stopSeconds)),
    `clients told to stop: ${names}; stop whoever still writes there, and see that it follows its parameter`,
  );
  watch.lap("brake");
  await raiseFence(context, estate.target, fence);
  // A handler that lost its turn may have started them since.
  await context.stillMine();
  await stopAll();
  await proveFence(context, estate.target, fence, partitions);
  watch.lap("fence");
  await drainReverse(deps, context, watch);
}

async function drainReverse(deps: Deps, context: StepContext, watch: Stopwatch): Promise<void> {
  const { estate, ref } = context;
  const name = connectorName(ref, context.attempt, "reverse");
  const partitions = await targetPartitions(context);
  if (!(await stoppedOrAbsent(estate.replicator, "forward", connectorName(ref, context.attempt, "forward"))))
    throw new OperatorFault(
      "the forward mirror is not STOPPED; both directions running would repeat every record for ever",
    );
  if (await stoppedOrAbsent(estate.replicator, "reverse", name)) {
    // The handler that moved the producers lost its turn before it ran, or one that drained it before the pin was taken.
    await narrowFence(context, await needFact(deps.store.items, ref, "fence"));
    await context.stillMine();
    await estate.replicator.resume("reverse", name);
    await waitUntilRunning(context, "reverse", name);
  }
  await stopDrainedMirror(
    context,
    // A late writer's records stay on the source.
    { direction: "reverse", from: estate.target, to: estate.source, partitions, toMayHoldMore: true },
    watch,
    // Nothing more comes to consumers on the target: they stop meanwhile.
    () => tellGroupsToStop(deps, context),
  );
}

/** Of an attempt that is aborted: no client has moved. */
export async function pinAfterForward(deps: Deps, context: StepContext, takenBy: string): Promise<Fact<"pin">> {
  await stopForward(deps, context, "replicating");
  return takePin(deps, context, "forward", takenBy);
}

/** No producer moved: the target is a copy of the source up to where the forward mirror stops. */
async function stopForward(deps: Deps, context: StepContext, from: Phase): Promise<void> {
  const { estate, migration, ref } = context;
  const reverse = connectorName(ref, context.attempt, "reverse");
  if ((await hasReverse(deps, context, from)) && !(await stoppedOrAbsent(estate.replicator, "reverse", reverse)))
    throw new OperatorFault(`connector ${reverse} is not STOPPED, though no producer has moved; stop it`);
  await context.stillMine();
  await estate.replicator.stop("forward", connectorName(ref, context.attempt, "forward"));
  await proveSilence(
    context,
    estate.target,
    await targetPartitions(context),
    migration.policy.drainSeconds,
    "only the mirror may write there before producers move",
  );
}
