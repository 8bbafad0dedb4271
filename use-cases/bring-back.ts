import { OperatorFault } from "#core/fault.ts";
import { partitionKey } from "#core/kafka/topic-partition.ts";
import { connectorName } from "#core/wave/connector-name.ts";
import type { RollBack } from "#core/wave/wave.ts";
import { bringBackByForce } from "./bring-back-by-force.ts";
import { type BroughtBack, bringGroupsBack, tellGroupsToStop } from "./bring-groups-back.ts";
import { clientsOf } from "./clients-of.ts";
import { stoppedOrAbsent, waitUntilRunning } from "./ensure-mirror.ts";
import { planFence } from "./plan-fence.ts";
import type { Deps } from "./ports/deps.ts";
import { proveSilence } from "./prove-silence.ts";
import { settleAll } from "./settle-all.ts";
import { narrowFence, raiseFence } from "./source-fence.ts";
import type { StepContext } from "./step-context.ts";
import { stopwatch } from "./stopwatch.ts";
import { tailsEqual } from "./tails-equal.ts";
import { takePin } from "./take-pin.ts";
import { type Fact, needFact, readFact, writeFact } from "./wave-facts.ts";
import { wavePartitions } from "./wave-topics.ts";

/**
 * The first turn of a roll-back, until everything that the clients need is on the source, proved. Where producers moved:
 * they stop, the target is fenced, the reverse mirror is drained. Where none did, only the forward mirror stops. Then the
 * pin is taken, and the groups follow.
 */
export async function bringBack(
  deps: Deps,
  context: StepContext,
  rollBack: RollBack,
): Promise<Readonly<Record<string, unknown>>> {
  if (rollBack.isForced === true) return bringBackByForce(deps, context);
  const watch = stopwatch();
  const stored = await readFact(deps.store.items, context.ref, "pin");
  let pin = stored?.takenBy === rollBack.id ? stored : undefined;
  if (pin === undefined) {
    pin = rollBack.hasMovedProducers
      ? await pinAfterReverse(deps, context, rollBack, watch)
      : await pinAfterForward(deps, context, rollBack);
    watch.lap("pin");
  }
  const groups = await bringGroupsBack(deps, context, pin);
  watch.lap("groups");
  return {
    milliseconds: watch.laps(),
    groups: groups.filter((group) => group.wasMoved).map(shown),
    pin: pin.voidBecause === undefined ? "valid" : `void: ${pin.voidBecause}`,
  };
}

const shown = ({ group, client, partitions }: BroughtBack) => ({ group, client, partitions });

async function pinAfterReverse(
  deps: Deps,
  context: StepContext,
  rollBack: RollBack,
  watch: ReturnType<typeof stopwatch>,
): Promise<Fact<"pin">> {
  const { estate, migration, plan } = context;
  const producers = clientsOf(plan, "producer");
  const stopAll = () => settleAll(producers.map((client) => estate.clientSwitch.stop(client)));
  await context.stillMine();
  const [partitions, fence] = await settleAll([wavePartitions(context), planTargetFence(deps, context), stopAll()]);
  const names = producers.map((client) => client.name).join(", ") || "none declared";
  await proveSilence(
    context,
    estate.target,
    partitions,
    Math.max(1, ...producers.map((client) => client.stopSeconds)),
    `producers told to stop: ${names}; stop whoever still writes there, and see that it follows its parameter`,
  );
  watch.lap("brake");
  await raiseFence(context, estate.target, fence);
  // A handler that lost its turn may have started them since.
  await stopAll();
  await proveSilence(
    context,
    estate.target,
    partitions,
    migration.policy.drainSeconds,
    "the fence does not hold against it: super users pass every ACL",
  );
  watch.lap("fence");
  await drainReverse(deps, context);
  watch.lap("drain");
  // The target is flat, and everything of it is on the source: consumers can stop beside the pin.
  const [pin] = await settleAll([takePin(deps, context, "reverse", rollBack.id), tellGroupsToStop(deps, context)]);
  return pin;
}

/** Stored before it is raised, so that whoever comes after can lift it. */
async function planTargetFence({ store }: Deps, context: StepContext): Promise<Fact<"target-fence">> {
  const { ref } = context;
  const stored = await readFact(store.items, ref, "target-fence");
  if (stored !== undefined && stored.freeze.length > 0) return stored;
  const { fence } = await planFence(context, "target");
  await writeFact(store.items, ref, "target-fence", fence);
  return fence;
}

/** Content says when to stop, then the connector's own committed offsets must agree. */
async function drainReverse({ store }: Deps, context: StepContext): Promise<void> {
  const { estate, migration, ref } = context;
  const { policy } = migration;
  const name = connectorName(ref, context.attempt, "reverse");
  const partitions = await wavePartitions(context);
  if (!(await stoppedOrAbsent(estate.replicator, "forward", connectorName(ref, context.attempt, "forward"))))
    throw new OperatorFault(
      "the forward mirror is not STOPPED; both directions running would repeat every record for ever",
    );
  if (await stoppedOrAbsent(estate.replicator, "reverse", name)) {
    // The handler that moved the producers lost its turn before it ran, or one that drained it before the pin was taken.
    await narrowFence(context, await needFact(store.items, ref, "fence"));
    await context.stillMine();
    await estate.replicator.resume("reverse", name);
    await waitUntilRunning(context, "reverse", name);
  }
  for (;;) {
    let behind: readonly string[] = [];
    const tails = await context.waitFor(
      "the drain of the reverse mirror",
      policy.drainSeconds,
      async () => {
        const compared = await tailsEqual({
          from: estate.target.log,
          to: estate.source.log,
          partitions,
          // A late writer's records stay on the source; they hide nothing of the target's.
          toMayHoldMore: true,
        });
        behind = compared.different.map((d) => `${partitionKey(d.partition)}: the source ${d.reason}`);
        return behind.length === 0 ? compared : undefined;
      },
      () =>
        new OperatorFault(
          `the reverse mirror is not drained after ${policy.drainSeconds} s: ${behind.join("; ")}; look at connector ${name}`,
        ),
    );
    await context.stillMine();
    await estate.replicator.stop("reverse", name);
    const through = await estate.replicator.replicatedThrough("reverse", name);
    const short = [...tails.lastVisible].filter(
      ([key, last]) => last !== undefined && (through.get(key) ?? 0n) <= last,
    );
    if (short.length === 0) return;
    await context.note("DrainRepeated", { direction: "reverse", behind: short.map(([key]) => key) });
    await estate.replicator.resume("reverse", name);
    await waitUntilRunning(context, "reverse", name);
  }
}

/** No producer moved: the target is a copy of the source up to where the forward mirror stops. */
export async function pinAfterForward(
  deps: Deps,
  context: StepContext,
  { id }: Pick<RollBack, "id">,
): Promise<Fact<"pin">> {
  const { estate, migration, ref } = context;
  const reverse = connectorName(ref, context.attempt, "reverse");
  if (!(await stoppedOrAbsent(estate.replicator, "reverse", reverse)))
    throw new OperatorFault(`connector ${reverse} is not STOPPED, though no producer has moved; stop it`);
  await context.stillMine();
  await estate.replicator.stop("forward", connectorName(ref, context.attempt, "forward"));
  await proveSilence(
    context,
    estate.target,
    await wavePartitions(context),
    migration.policy.drainSeconds,
    "only the mirror may write there before producers move",
  );
  return takePin(deps, context, "forward", id);
}
