import { OperatorFault } from "#core/fault.ts";
import { openTopics, withImplicitRights } from "#core/rights/allows-everyone.ts";
import { clientRightsToWrite } from "#core/rights/client-rights.ts";
import { groupsMovedWithProducers } from "./clients-of.ts";
import { connectorSpec, ensureWorkersReady, stoppedOrAbsent, waitForOtherFreezes } from "./ensure-mirror.ts";
import { grantMirrorRights } from "./grant-mirror-rights.ts";
import { dryRun } from "./measure-offset-plan.ts";
import { planFence } from "./plan-fence.ts";
import type { TopicDescription } from "./ports/cluster.ts";
import type { Deps } from "./ports/deps.ts";
import type { RunRef } from "./ports/engine.ts";
import { expectReverse } from "./reverse-mirror.ts";
import { runStep, type StepOutcome } from "./run-step.ts";
import { startMirrorFrom } from "./start-mirror-from.ts";
import type { StepContext } from "./step-context.ts";
import { writeFact } from "./wave-facts.ts";
import { describeAll, partitionsOf } from "./wave-topics.ts";

/** Step prepare-cutover: reverse workers, reverse connector STOPPED, and everything that the freeze will need, looked up and stored. */
export const prepareCutover = (deps: Deps, input: RunRef & { invocationEndsAt: number }): Promise<StepOutcome> =>
  runStep(deps, { ...input, step: "prepare-cutover" }, async (context, own) => {
    const { estate, migration, plan, ref } = context;
    const topics = await describeAll(context);
    const { fence, entries, allowsEveryone } = await planFence(context, "source");
    await writeFact(own.store.items, ref, "fence", fence);
    // A roll-back will need one there: where none is possible it is found out before anybody moves.
    await planFence(context, "target");
    await writeFact(own.store.items, ref, "write-rights", [
      ...clientRightsToWrite(withImplicitRights(entries, plan, allowsEveryone), plan),
    ]);
    // A switch that cannot be read is found now, and each is known when the freeze needs it.
    await Promise.all(plan.clients.map((client) => estate.clientSwitch.position(client)));
    await rehearseTranslations(own, context, topics);
    await grantMirrorRights(own, context, "reverse", openTopics(entries, plan.topics, allowsEveryone));
    await expectReverse(own, context);
    await context.stillMine();
    await estate.workers.launch("reverse");
    await ensureWorkersReady(context, "reverse");
    await waitForOtherFreezes(own, context);
    const spec = connectorSpec(context, "reverse", topics);
    await context.stillMine();
    await estate.replicator.ensure("reverse", spec, "STOPPED");
    await context.waitFor(
      `connector ${spec.name} to be STOPPED`,
      migration.policy.connectorStartSeconds,
      async () => ((await stoppedOrAbsent(estate.replicator, "reverse", spec.name)) ? true : undefined),
      () =>
        new OperatorFault(
          `connector ${spec.name} is not STOPPED; both directions running would repeat every record for ever`,
        ),
    );
    // A rehearsal: what cannot be set is found out before anybody stands still, and a worker's first change of offsets is slow.
    const ends = await estate.target.log.ends([...topics.values()].flatMap(partitionsOf));
    await startMirrorFrom(
      context,
      "reverse",
      spec.name,
      new Map([...ends].map(([key, end]) => [key, end.highWatermark])),
    );
    return {
      reverse: spec.name,
      fence: plan.topics,
      unbarrable: fence.unbarrable,
    };
  });

/** Groups that move within the freeze: what would thaw it is found out before anybody stands still. */
async function rehearseTranslations(
  deps: Deps,
  context: StepContext,
  topics: ReadonlyMap<string, TopicDescription>,
): Promise<void> {
  const partitions = [...topics.values()].flatMap(partitionsOf);
  for (const group of groupsMovedWithProducers(context.plan)) {
    const { verdict, reason } = await dryRun({ ...context, deps }, group, partitions);
    if (verdict !== "pass")
      throw new OperatorFault(`group ${group.id}, which moves with the producers, would not translate: ${reason}`);
  }
}
