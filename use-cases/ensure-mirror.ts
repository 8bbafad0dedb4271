import { OperatorFault } from "#core/fault.ts";
import type { PartitionMap } from "#core/kafka/topic-partition.ts";
import { cutoverSeconds } from "#core/migration/defaults.ts";
import { mirrorIdentity } from "#core/migration/sign-in.ts";
import { connectorCure, connectorProblem } from "#core/replication/connector-health.ts";
import { connectorName } from "#core/wave/connector-name.ts";
import { canThaw } from "#core/wave/lifecycle.ts";
import type { WaveRow } from "#core/wave/wave.ts";
import type { TopicDescription } from "./ports/cluster.ts";
import type { Deps } from "./ports/deps.ts";
import type { ConnectorSpec, Direction, Replicator } from "./ports/replicator.ts";
import { mirrorsAreGone } from "./release-workers.ts";
import { startMirrorFrom } from "./start-mirror-from.ts";
import type { StepContext } from "./step-context.ts";

/** A task takes tens of seconds to start, and each look is three calls of an API that throttles. */
const LOOK_AT_WORKERS_MILLISECONDS = 500;

export async function ensureWorkersReady(context: StepContext, direction: Direction): Promise<void> {
  const { workers } = context.estate;
  const bound = context.migration.policy.workersStartSeconds;
  let lastReason = "";
  await context.waitFor(
    `the ${direction} workers`,
    bound,
    async () => {
      const status = await workers.status(direction);
      if (status.isReady) return true;
      lastReason = status.reason;
      return undefined;
    },
    () => new OperatorFault(`the ${direction} workers are not ready after ${bound} s: ${lastReason}`),
    LOOK_AT_WORKERS_MILLISECONDS,
  );
}

/** A connector lives in the cluster, not in its worker: without one it would come back with the next. */
export async function removeMirror(deps: Deps, context: StepContext, direction: Direction): Promise<void> {
  const { attempt, estate, ref, stillMine } = context;
  if (await mirrorsAreGone(deps, context)) return;
  if (!(await estate.workers.status(direction)).isReady) {
    await stillMine();
    await estate.workers.launch(direction);
    await ensureWorkersReady(context, direction);
  }
  await stillMine();
  await estate.replicator.remove(direction, connectorName(ref, attempt, direction));
}

/**
 * A connector that is created or removed makes its workers deal out all their tasks anew, and a worker that starts or ends
 * does so too: while another wave of theirs stands still, this one waits with it. At the bound it holds and names that wave.
 */
export async function waitForOtherFreezes({ store }: Pick<Deps, "store">, context: StepContext): Promise<void> {
  const frozen = async (): Promise<readonly WaveRow[]> =>
    (await store.waves(context.ref.migration)).filter(
      (row) => row.wave !== context.ref.wave && row.hold === undefined && canThaw(row.phase),
    );
  await context.waitFor(
    "the freeze of another wave to end",
    cutoverSeconds * 2,
    async () => ((await frozen()).length === 0 ? true : undefined),
    async () =>
      new OperatorFault(
        `wave ${(await frozen()).map(({ wave, phase }) => `${wave} (${phase})`).join(", ")} uses the same workers and is still frozen after ${cutoverSeconds * 2} s; see what keeps it`,
      ),
  );
}

/** `max.message.bytes` of the largest topic: what the mirror's producer must be able to send. */
export function connectorSpec(
  context: StepContext,
  direction: Direction,
  topics: ReadonlyMap<string, TopicDescription>,
): ConnectorSpec {
  const described = [...topics.values()];
  return {
    name: connectorName(context.ref, context.attempt, direction),
    topics: context.plan.topics,
    partitions: described.reduce((sum, topic) => sum + topic.partitions, 0),
    maxMessageBytes: Math.max(
      ...described.map((topic) => Number(topic.configs.get("max.message.bytes")?.value ?? 1_048_588)),
    ),
    emitsOffsetSyncs: direction === "forward" && context.migration.replicator.emitsOffsetSyncs,
  };
}

export async function ensureConnectorRunning(
  context: StepContext,
  direction: Direction,
  topics: ReadonlyMap<string, TopicDescription>,
): Promise<void> {
  const spec = connectorSpec(context, direction, topics);
  await context.stillMine();
  await context.estate.replicator.ensure(direction, spec, "RUNNING");
  await waitUntilRunning(context, direction, spec.name);
}

/** Taken up after a crash: one that runs already has its own offsets, which must not be set back. */
export async function ensureRunningFrom(
  context: StepContext,
  direction: Direction,
  topics: ReadonlyMap<string, TopicDescription>,
  positions: PartitionMap<bigint>,
): Promise<void> {
  const { replicator } = context.estate;
  const spec = connectorSpec(context, direction, topics);
  await context.stillMine();
  await replicator.ensure(direction, spec, "STOPPED");
  if (await stoppedOrAbsent(replicator, direction, spec.name)) {
    await startMirrorFrom(context, direction, spec.name, positions);
    await context.stillMine();
    await replicator.resume(direction, spec.name);
  }
  await waitUntilRunning(context, direction, spec.name);
}

export async function waitUntilRunning(context: StepContext, direction: Direction, name: string): Promise<void> {
  const { replicator } = context.estate;
  const bound = context.migration.policy.connectorStartSeconds;
  await context.waitFor(
    `connector ${name} to run`,
    bound,
    async () => {
      const status = await replicator.status(direction, name);
      if (status !== undefined && status.tasks.some((task) => task.state === "FAILED"))
        await replicator.restartFailed(direction, name);
      return connectorProblem(name, status) === undefined ? true : undefined;
    },
    async () => {
      const problem = connectorProblem(name, await replicator.status(direction, name)) ?? "it does now";
      const cure = connectorCure(problem, mirrorIdentity(context.migration, direction));
      return new OperatorFault(`the ${direction} mirror does not run after ${bound} s: ${problem}${cure}`);
    },
  );
}

export const stoppedOrAbsent = async (replicator: Replicator, direction: Direction, name: string): Promise<boolean> => {
  const status = await replicator.status(direction, name);
  return status === undefined || (status.state === "STOPPED" && status.tasks.length === 0);
};
