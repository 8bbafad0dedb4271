import { OperatorFault } from "#core/fault.ts";
import type { WavePlan } from "#core/migration/migration.ts";
import { connectorName } from "#core/wave/connector-name.ts";
import type { Already, Leased, Refusal, Superseded } from "#core/wave/decision.ts";
import {
  decideTargetUnwritten,
  decideThaw,
  decideThawed,
  decideThawRefused,
  decideYield,
} from "#core/wave/decisions.ts";
import type { HoldKind } from "#core/wave/holds.ts";
import { ROLL_BACK } from "#core/wave/lifecycle.ts";
import type { RollBackOrder, WaveRef, WaveRow } from "#core/wave/wave.ts";
import { cancelDeadline } from "./cancel-deadline.ts";
import { clientsOf, writersOf } from "./clients-of.ts";
import { decideAndWrite, loadWave } from "./decide-and-write.ts";
import { stoppedOrAbsent, waitUntilRunning } from "./ensure-mirror.ts";
import { consumedOnTarget, takeGroupsBack } from "./move-groups-with-producers.ts";
import type { Deps, Estate } from "./ports/deps.ts";
import { proveSilence } from "./prove-silence.ts";
import { handlerEndsAt, loadPlan, StepLeased, type StepOutcome } from "./run-step.ts";
import { liftFence } from "./source-fence.ts";
import { startExecution } from "./start-execution.ts";
import { OutOfTimeSignal, type StepContext, SupersededSignal, startTurn } from "./step-context.ts";
import { stillWrites } from "./still-writes.ts";
import { stopwatch } from "./stopwatch.ts";
import { unlessUnreachable } from "./unless-unreachable.ts";
import { needFact, readFact } from "./wave-facts.ts";
import { partitionsOf } from "./wave-topics.ts";

/**
 * Longest lease of a thaw, in seconds: one that is claimed at the handler's own margin before the deadline and then loses its
 * process is taken up while the fence may still stand by the promise, which is 30 s after the deadline.
 */
const LEASE_SECONDS = 20;

export type ThawOrder = {
  readonly ref: WaveRef;
  /** Undefined: whatever freeze stands now. Named by every hand of a deadline, so that a late one cannot thaw a later freeze. */
  readonly freezeId?: string;
  readonly by: string;
  readonly kind: HoldKind;
  readonly reason: string;
  readonly cure: string;
  readonly invocationEndsAt: number;
  /** What it leads on to, once the freeze is lifted. */
  readonly thenRollBack?: RollBackOrder;
};

/** Lifts a freeze: whoever acts loses the turn, the fence comes off, the clients that write start on the source, the wave is held. */
export async function thawWave(deps: Deps, order: ThawOrder): Promise<StepOutcome> {
  const { ref } = order;
  const { migration, plan } = await loadPlan(deps, ref);
  const leaseSeconds = Math.min(migration.policy.leaseSeconds, LEASE_SECONDS);
  const now = deps.clock.now();
  const claimId = deps.newId();
  const before = await loadWave(deps.store, ref);
  const estate = await deps.estate(migration);
  if (before.phase === "moving-producers") {
    const already = await writesBeyondWatermarks(deps, estate, ref, plan, before);
    if (already !== undefined) return { outcome: "refused", because: already };
  }
  const claimed = await decideAndWrite<Refusal | Already | Leased>(deps, ref, (row) =>
    decideThaw(row, { ...order, claimId, now, leaseUntil: now + leaseSeconds * 1000 }),
  );
  if (claimed.decision.kind === "leased")
    throw new StepLeased(
      `wave ${ref.wave} is being thawed by another, ordered by ${claimed.row.hold?.by ?? "sluice"}; its lease ends at ${new Date(claimed.decision.until).toISOString()}`,
    );
  if (claimed.decision.kind !== "write") return { outcome: "refused", because: claimed.decision.because };
  try {
    const endsAt = handlerEndsAt(now, leaseSeconds, order.invocationEndsAt);
    const given = { ref, row: claimed.row, claimId, migration, plan, estate, endsAt };
    const { context, deps: own } = startTurn(deps, given);
    const written = await targetWritesOfClients(own, context, claimed.row);
    if (written !== undefined) {
      await goForwardAgain(own, context);
      const refused = await decideAndWrite<Superseded>(deps, ref, (row) =>
        decideThawRefused(
          row,
          claimId,
          `${order.reason}; it cannot thaw: ${written}`,
          "change that, then POST …/resume: producers stay on the target",
          { id: deps.newId(), now: deps.clock.now() },
        ),
      );
      await goBackIfOrdered(deps, refused.row);
      return {
        outcome: refused.decision.kind === "superseded" ? "superseded" : "held",
        because: `it cannot thaw: ${written}`,
      };
    }
    if (claimed.row.freeze?.mayHaveMovedProducers === true) {
      const seen = await decideAndWrite<Superseded>(deps, ref, (row) => decideTargetUnwritten(row, claimId));
      if (seen.decision.kind === "superseded") throw new SupersededSignal(seen.decision.because);
    }
    const details = await thaw(own, context, claimed.row);
    const completed = await decideAndWrite<Superseded>(deps, ref, (row) =>
      decideThawed(row, claimId, details, { id: deps.newId(), now: deps.clock.now() }),
    );
    await goBackIfOrdered(deps, completed.row);
    if (completed.decision.kind === "write" && before.freeze !== undefined)
      await cancelDeadline(deps, { ref, freezeId: before.freeze.id });
    return completed.decision.kind === "superseded"
      ? { outcome: "superseded", because: completed.decision.because }
      : { outcome: "completed", because: "thawed" };
  } catch (error) {
    if (error instanceof SupersededSignal) return { outcome: "superseded", because: error.message };
    const waiting = error instanceof OutOfTimeSignal ? error.waiting : undefined;
    await decideAndWrite<Superseded>(deps, ref, (row) => decideYield(row, claimId, deps.clock.now(), waiting));
    throw error;
  }
}

/** A roll-back that was ordered while the wave was frozen goes on from here, on a machine of its own. */
async function goBackIfOrdered(deps: Deps, row: WaveRow): Promise<void> {
  if (row.phase === ROLL_BACK.doing) await startExecution(deps.engine, row);
}

async function writesBeyondWatermarks(
  deps: Deps,
  estate: Estate,
  ref: WaveRef,
  plan: WavePlan,
  row: WaveRow,
): Promise<string | undefined> {
  const watermarks = await needFact(deps.store.items, ref, "watermarks");
  if (watermarks.freeze !== row.freeze?.id)
    throw new OperatorFault(
      `the stored watermarks of wave ${ref.wave} belong to freeze ${watermarks.freeze}, not to ${row.freeze?.id}; its items were changed from outside`,
    );
  const partitions = [...(await estate.target.topics.describe(plan.topics)).values()].flatMap(partitionsOf);
  const grown = [...(await estate.target.log.ends(partitions))].filter(
    ([key, end]) => end.highWatermark > BigInt(watermarks.target[key] ?? "0"),
  );
  if (grown.length === 0) return undefined;
  return `clients have written on the target (${grown.map(([key, end]) => `${key} from ${watermarks.target[key] ?? 0} to ${end.highWatermark}`).join(", ")}), so it goes forward`;
}

/** Where producers may have been started on the target: stop and bar them there, then look whether one wrote after all. */
async function targetWritesOfClients(deps: Deps, context: StepContext, row: WaveRow): Promise<string | undefined> {
  // Before the claim of move-producers the target is not asked at all: it may be the very thing that is gone.
  if (row.freeze?.mayHaveMovedProducers !== true) return undefined;
  const { estate, plan, ref } = context;
  const rights = await needFact(deps.store.items, ref, "write-rights");
  await context.stillMine();
  await Promise.all(writersOf(plan).map((client) => estate.clientSwitch.stop(client)));
  await context.stillMine();
  await estate.target.rights.remove(rights);
  const partitions = [...(await estate.target.topics.describe(plan.topics)).values()].flatMap(partitionsOf);
  await proveSilence(context, estate.target, partitions, 10, "stop whoever writes there");
  return (
    (await writesBeyondWatermarks(deps, estate, ref, plan, row)) ?? (await consumedOnTarget(deps, context, partitions))
  );
}

async function goForwardAgain({ store }: Deps, context: StepContext): Promise<void> {
  const { estate, plan, ref } = context;
  const rights = await readFact(store.items, ref, "write-rights");
  await context.stillMine();
  await estate.target.rights.add(rights ?? []);
  await context.stillMine();
  await Promise.all(writersOf(plan).map((client) => estate.clientSwitch.start(client, "target")));
}

async function thaw(deps: Deps, context: StepContext, row: WaveRow): Promise<Readonly<Record<string, unknown>>> {
  const { store } = deps;
  const { estate, plan, ref } = context;
  const watch = stopwatch(deps.clock);
  const reverse = connectorName(ref, context.attempt, "reverse");
  const forward = connectorName(ref, context.attempt, "forward");
  // Told to run a moment ago it may still be said to be STOPPED: only a stop keeps it so.
  if ((await estate.replicator.status("reverse", reverse)) !== undefined) {
    await context.stillMine();
    await estate.replicator.stop("reverse", reverse);
  }
  if (!(await stoppedOrAbsent(estate.replicator, "reverse", reverse)))
    throw new OperatorFault(`connector ${reverse} is not STOPPED; look at the reverse workers`);
  watch.lap("reverse");
  if (row.freeze?.mayHaveMovedProducers === true) {
    // Once more: a handler that lost its turn may have given them meanwhile, and both sides would take writes. A target that
    // has died since takes none.
    await context.stillMine();
    await estate.target.rights.remove(await needFact(store.items, ref, "write-rights")).catch(unlessUnreachable);
  }
  const fence = await readFact(store.items, ref, "fence");
  if (fence !== undefined) await liftFence(context, estate.source, fence);
  watch.lap("fence");
  const producers = clientsOf(plan, "producer");
  const partitions = [...(await estate.source.topics.describe(plan.topics)).values()].flatMap(partitionsOf);
  const ends = await estate.source.log.ends(partitions);
  await context.stillMine();
  await takeGroupsBack(deps, context);
  await Promise.all(writersOf(plan).map((client) => estate.clientSwitch.start(client, "source")));
  watch.lap("start");
  await context.stillMine();
  await estate.replicator.resume("forward", forward);
  const missing = await stillWrites(context, estate.source, partitions, ends, producers);
  watch.lap("written");
  await waitUntilRunning(context, "forward", forward);
  watch.lap("forward");
  return {
    milliseconds: watch.laps(),
    writesSeen: missing === undefined,
    ...(missing !== undefined && { missing }),
  };
}
