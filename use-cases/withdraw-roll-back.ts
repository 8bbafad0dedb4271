import { OperatorFault } from "#core/fault.ts";
import type { Client, Group } from "#core/migration/migration.ts";
import { connectorName } from "#core/wave/connector-name.ts";
import type { Superseded } from "#core/wave/decision.ts";
import type { RollBack, WaveRef } from "#core/wave/wave.ts";
import { decideWithdraw, decideWithdrawn } from "#core/wave/way-back.ts";
import { wasTouched } from "./bring-groups-back.ts";
import { clientOf, clientsOf, groupsMovedFirst, writersOf } from "./clients-of.ts";
import { decideAndWrite } from "./decide-and-write.ts";
import { stoppedOrAbsent, waitUntilRunning } from "./ensure-mirror.ts";
import { foreignCommits, type GroupProgress, readProgress, writeProgress } from "./group-progress.ts";
import { keepWhatWasCommitted } from "./keep-what-was-committed.ts";
import type { Deps } from "./ports/deps.ts";
import { hasReverse } from "./reverse-mirror.ts";
import type { StepOutcome } from "./run-step.ts";
import { runTurn, type TurnInput } from "./run-turn.ts";
import { settleAll } from "./settle-all.ts";
import { showHold } from "./show-hold.ts";
import type { StepContext } from "./step-context.ts";
import { stillWrites } from "./still-writes.ts";
import { liftTargetFence } from "./target-fence.ts";
import { wavePartitions } from "./wave-topics.ts";

const CURE =
  "change that, then POST …/roll-back again, or …/resume to stay; GET the wave tells what a forced roll-back would lose";

/** Gives a roll-back up that cannot end in time: everybody goes on on the target, and the wave holds. Waits for no lease. */
export async function withdrawRollBack(
  deps: Deps,
  ref: WaveRef,
  o: { readonly rollBackId: string; readonly reason: string; readonly invocationEndsAt: number },
): Promise<StepOutcome> {
  const now = deps.clock.now();
  const given = await decideAndWrite<Superseded>(deps, ref, (row) =>
    decideWithdraw(row, {
      ...o,
      run: row.run,
      // Free at once: this very handler, or whoever comes next, takes it as a turn.
      claimId: deps.newId(),
      leaseUntil: now,
      now,
      cure: CURE,
    }),
  );
  if (given.decision.kind === "superseded") return { outcome: "superseded", because: given.decision.because };
  const { attempt, run } = given.row;
  return withdrawTurn(deps, { ...ref, attempt, run, invocationEndsAt: o.invocationEndsAt });
}

/** The turn itself: whoever finds the wave withdrawing takes it up. */
export const withdrawTurn = (deps: Deps, input: TurnInput): Promise<StepOutcome> => {
  const ref: WaveRef = { migration: input.migration, wave: input.wave };
  return runTurn(deps, input, {
    run: async ({ claimed, claimId, context, deps: own }) => {
      const details = await withdraw(own, context, claimed.rollBack);
      const done = await decideAndWrite<Superseded>(deps, ref, (row) => decideWithdrawn(row, claimId, details));
      return done.decision.kind === "superseded"
        ? { outcome: "superseded", because: done.decision.because }
        : { outcome: "held", because: claimed.hold?.reason ?? "withdrawn" };
    },
    failed: async ({ claimId, claimed }, error) => {
      if (error instanceof OperatorFault)
        await showHold(deps, ref, claimId, {
          kind: "withdrawal-stuck",
          reason: `${claimed.hold?.reason ?? "the roll-back is withdrawn"}; ${error.message}`,
          cure: "change that: it goes on by itself; or force the roll-back, if the target is gone (GET the wave tells what that loses)",
        });
      return undefined;
    },
  });
};

async function withdraw(
  deps: Deps,
  context: StepContext,
  rollBack: RollBack | undefined,
): Promise<Readonly<Record<string, unknown>>> {
  const { estate, plan, ref } = context;
  const { items } = deps.store;
  const hasMovedProducers = rollBack?.hasMovedProducers !== false;
  const producers = hasMovedProducers ? clientsOf(plan, "producer") : [];
  const writers = hasMovedProducers ? writersOf(plan) : [];
  // First of all their switches: whatever else cannot be reached, they are to go on as soon as it can.
  await context.stillMine();
  const started = await startGroups(deps, context);
  await liftTargetFence(deps, context);
  const partitions = await wavePartitions(context);
  const ends = await estate.target.log.ends(partitions);
  await context.stillMine();
  await settleAll(writers.map((client) => estate.clientSwitch.start(client, "target")));
  const direction = hasMovedProducers ? "reverse" : "forward";
  const opposite = hasMovedProducers ? "forward" : "reverse";
  const mayRun = opposite === "forward" || rollBack === undefined || (await hasReverse(deps, context, rollBack.from));
  if (mayRun && !(await stoppedOrAbsent(estate.replicator, opposite, connectorName(ref, context.attempt, opposite))))
    throw new OperatorFault(`the ${opposite} mirror is not STOPPED; stop it, so that the ${direction} one can go on`);
  const name = connectorName(ref, context.attempt, direction);
  await context.stillMine();
  await estate.replicator.resume(direction, name);
  await waitUntilRunning(context, direction, name);
  const missing = await stillWrites(context, estate.target, partitions, ends, producers);
  await keepWhatWasCommitted(deps, context);
  await items.remove(ref, "FACT", "pin");
  return {
    started: [...started, ...writers.map((client) => client.name)],
    ...(missing !== undefined && { missing }),
  };
}

/** Each group's client goes on where the group is: on the target, if it was moved or has come to it half-way; else on the source. */
async function startGroups({ store: { items } }: Deps, context: StepContext): Promise<string[]> {
  const { estate, plan, ref } = context;
  const started: string[] = [];
  const touched: { readonly group: Group; readonly client: Client | undefined; readonly progress: GroupProgress }[] =
    [];
  // Clients that read and write go on with the producers.
  for (const group of groupsMovedFirst(plan)) {
    const progress = await readProgress(items, ref, group.id, context.attempt);
    if (wasTouched(progress)) touched.push({ group, client: clientOf(plan, group), progress });
  }
  // Those that had come to the target first: of the others it must be asked.
  for (const { group, client, progress } of touched.sort((a, b) => Number(isHalfMoved(a)) - Number(isHalfMoved(b)))) {
    const isOnTarget = progress.movedAt !== undefined || (await hasComeToTarget(context, group, progress));
    await context.stillMine();
    if (!isOnTarget) await writeProgress(items, ref, group.id, { ...progress, isBack: true });
    if (client === undefined) continue;
    await estate.clientSwitch.start(client, isOnTarget ? "target" : "source");
    started.push(client.name);
  }
  return started;
}

const isHalfMoved = ({ progress }: { readonly progress: GroupProgress }): boolean => progress.movedAt === undefined;

/** Its client was started there, though the handler that did it could not say so any more. */
async function hasComeToTarget({ estate }: StepContext, { id }: Group, progress: GroupProgress): Promise<boolean> {
  if (progress.target === undefined) return false;
  const { groups } = estate.target;
  const members = (await groups.describe([id])).get(id)?.members ?? [];
  return members.length > 0 || foreignCommits(progress, await groups.committed(id)).length > 0;
}
