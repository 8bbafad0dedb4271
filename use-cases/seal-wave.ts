import type { AclEntry } from "#core/kafka/acl.ts";
import type { Side } from "#core/kafka/offset.ts";
import { settingsAtSeal } from "#core/migration/target-topic.ts";
import { type FencePlan, narrowedFence } from "#core/rights/acl-fence.ts";
import { missingFrom } from "#core/rights/client-rights.ts";
import { connectorName } from "#core/wave/connector-name.ts";
import type { Deps } from "./ports/deps.ts";
import type { RunRef } from "./ports/engine.ts";
import { runStep, type StepOutcome } from "./run-step.ts";
import type { StepContext } from "./step-context.ts";
import { needFact, readFact } from "./wave-facts.ts";

/** Step seal: from its claim on there is no way back. The fence stays on the source until a person lifts it. */
export const sealWave = (deps: Deps, input: RunRef & { invocationEndsAt: number }): Promise<StepOutcome> =>
  runStep(deps, { ...input, step: "seal" }, async (context) => {
    const { estate, ref } = context;
    for (const direction of ["forward", "reverse"] as const) {
      await context.stillMine();
      await estate.replicator.remove(direction, connectorName(ref, context.attempt, direction));
    }
    const settings = await needFact(deps.store.items, ref, "target-topics");
    for (const [topic, { settings: own }] of Object.entries(settings)) {
      await context.stillMine();
      await estate.target.topics.setConfigs(topic, settingsAtSeal(own));
    }
    const others = (await deps.store.waves(ref.migration)).filter(
      (row) => row.wave !== ref.wave && row.phase !== "planned" && row.phase !== "sealed",
    );
    const isLast = others.length === 0;
    if (isLast)
      for (const direction of ["forward", "reverse"] as const) {
        await context.stillMine();
        await estate.workers.release(direction);
      }
    const fence = await needFact(deps.store.items, ref, "fence");
    await withdrawMirrorRights(deps, context, fence, isLast);
    return {
      fenceStaysOn: missingFrom(mirrorsOwn(fence), narrowedFence(fence)).map((entry) => ({
        topic: entry.resourceName,
        principal: entry.principal,
        entry: `${entry.permission} ${entry.operation}`,
      })),
      workersReleased: isLast,
    };
  });

/** Where everyone was allowed everything, the fence itself lets the mirror write. */
const mirrorsOwn = (fence: FencePlan): readonly AclEntry[] =>
  fence.narrowed.add.filter((entry) => entry.permission === "ALLOW");

/** The rights that workers share (their Connect group, internal topics) go with the last wave that uses them. */
async function withdrawMirrorRights(
  { store }: Deps,
  context: StepContext,
  fence: FencePlan,
  isLast: boolean,
): Promise<void> {
  const { estate, plan, ref } = context;
  const isOwn = (entry: AclEntry): boolean =>
    entry.resourceType === "TOPIC" && plan.topics.includes(entry.resourceName);
  const mine = await readFact(store.items, ref, "mirror-rights");
  const leaving: Record<Side, AclEntry[]> = {
    source: [...(mine?.source ?? []).filter((entry) => isLast || isOwn(entry)), ...mirrorsOwn(fence)],
    target: (mine?.target ?? []).filter((entry) => isLast || isOwn(entry)),
  };
  if (isLast)
    for (const row of await store.waves(ref.migration)) {
      const theirs = await readFact(store.items, { migration: row.migration, wave: row.wave }, "mirror-rights");
      leaving.source.push(
        ...(theirs?.source ?? []).filter((entry) => entry.resourceType !== "TOPIC" || entry.pattern === "PREFIXED"),
      );
      leaving.target.push(
        ...(theirs?.target ?? []).filter((entry) => entry.resourceType !== "TOPIC" || entry.pattern === "PREFIXED"),
      );
    }
  await context.stillMine();
  await estate.source.rights.remove(leaving.source);
  await estate.target.rights.remove(leaving.target);
}
