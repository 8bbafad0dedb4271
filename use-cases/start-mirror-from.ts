import { OperatorFault } from "#core/fault.ts";
import type { PartitionMap } from "#core/kafka/topic-partition.ts";
import type { Direction } from "./ports/replicator.ts";
import type { StepContext } from "./step-context.ts";

/** How long Connect may take until what was set is what it reads: seen to answer 200 before a new worker's store had it. */
const OFFSETS_SECONDS = 5;

/**
 * Sets where a STOPPED mirror begins, per partition of the cluster that it reads. A PATCH for an unknown alias or topic answers 200
 * and does nothing: only what is read back counts.
 */
export async function startMirrorFrom(
  context: StepContext,
  direction: Direction,
  name: string,
  positions: PartitionMap<bigint>,
): Promise<void> {
  const { replicator } = context.estate;
  await context.stillMine();
  await replicator.startFrom(direction, name, positions);
  let wrong: readonly string[] = [];
  await context.waitFor(
    `the offsets of connector ${name}`,
    OFFSETS_SECONDS,
    async () => {
      const back = await replicator.replicatedThrough(direction, name);
      wrong = [...positions].flatMap(([key, at]) =>
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
