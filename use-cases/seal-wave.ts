import { settingsAtSeal } from "#core/migration/target-topic.ts";
import { mirrorsOwn, narrowedFence } from "#core/rights/acl-fence.ts";
import { missingFrom } from "#core/rights/client-rights.ts";
import { removeMirror, waitForOtherFreezes } from "./ensure-mirror.ts";
import type { Deps } from "./ports/deps.ts";
import type { RunRef } from "./ports/engine.ts";
import { releaseWorkersIfUnused } from "./release-workers.ts";
import { runStep, type StepOutcome } from "./run-step.ts";
import { needFact } from "./wave-facts.ts";
import { withdrawMirrorRights } from "./withdraw-mirror-rights.ts";

/** Step seal: from its claim on there is no way back. The fence stays on the source until a person lifts it. */
export const sealWave = (deps: Deps, input: RunRef & { invocationEndsAt: number }): Promise<StepOutcome> =>
  runStep(deps, { ...input, step: "seal" }, async (context, own) => {
    const { estate, ref } = context;
    await waitForOtherFreezes(own, context);
    for (const direction of ["forward", "reverse"] as const) await removeMirror(own, context, direction);
    const settings = await needFact(own.store.items, ref, "target-topics");
    for (const [topic, { settings: own }] of Object.entries(settings)) {
      await context.stillMine();
      await estate.target.topics.setConfigs(topic, settingsAtSeal(own));
    }
    const isLast = await releaseWorkersIfUnused(own, context);
    const fence = await needFact(own.store.items, ref, "fence");
    await withdrawMirrorRights(own, context, isLast);
    return {
      fenceStaysOn: missingFrom(mirrorsOwn(fence), narrowedFence(fence)).map((entry) => ({
        topic: entry.resourceName,
        principal: entry.principal,
        entry: `${entry.permission} ${entry.operation}`,
      })),
      workersReleased: isLast,
    };
  });
