import { OperatorFault } from "#core/fault.ts";
import { principalsOf } from "#core/migration/sign-in.ts";
import { ownSettings, settingsWhileMirrored } from "#core/migration/target-topic.ts";
import { openTopics, withImplicitRights } from "#core/rights/allows-everyone.ts";
import { clientRightsExceptWrite, distinct, missingFrom } from "#core/rights/client-rights.ts";
import { clearEarlierAttempts } from "./clear-earlier-attempts.ts";
import { ensureConnectorRunning, ensureRunningFrom, ensureWorkersReady, waitForOtherFreezes } from "./ensure-mirror.ts";
import { forgetMeasurements } from "./forget-measurements.ts";
import { grantMirrorRights } from "./grant-mirror-rights.ts";
import { originOfRetry } from "./origin-of-retry.ts";
import { type PlannedFence, planFence } from "./plan-fence.ts";
import type { TopicDescription } from "./ports/cluster.ts";
import type { Deps } from "./ports/deps.ts";
import type { RunRef } from "./ports/engine.ts";
import { postAnew } from "./post-anew.ts";
import { runStep, type StepOutcome } from "./run-step.ts";
import type { StepContext } from "./step-context.ts";
import { type Fact, readFact, writeFact } from "./wave-facts.ts";
import { describeAll, partitionsOf } from "./wave-topics.ts";

/** Step start: target topics, client rights except write, forward workers, forward connector. */
export const startReplication = (deps: Deps, input: RunRef & { invocationEndsAt: number }): Promise<StepOutcome> =>
  runStep(deps, { ...input, step: "start" }, async (context, own) => {
    const { estate, plan, ref } = context;
    // A retry may have died before it did so: an earlier attempt's windows would judge this one's topics.
    await context.stillMine();
    // What the estate was known by when this attempt was let start is of this attempt.
    await forgetMeasurements(own, ref, (name) => name.startsWith("inventory#"));
    await Promise.all([estate.source.warm(), estate.target.warm()]);
    const sourceTopics = await describeAll(context);
    // Better refused before any data moves than found out in the freeze.
    const planned = await planFence(context, "source");
    const open = openTopics(planned.entries, plan.topics, planned.allowsEveryone);
    await grantMirrorRights(own, context, "forward", open);
    await grantClientRights(own, context, planned);
    await context.stillMine();
    await estate.workers.launch("forward");
    await clearEarlierAttempts(own, context);
    const origin = await originOfRetry(own, context, sourceTopics);
    await prepareTargetTopics(own, context, sourceTopics);
    await ensureWorkersReady(context, "forward");
    await waitForOtherFreezes(own, context);
    if (origin === undefined) await ensureConnectorRunning(context, "forward", sourceTopics);
    else await ensureRunningFrom(context, "forward", sourceTopics, origin);
    return {
      ...(origin !== undefined && { from: "the pin" }),
      signedInAs: principalsOf(context.migration),
      topics: plan.topics,
      partitions: [...sourceTopics.values()].reduce((sum, t) => sum + t.partitions, 0),
    };
  });

async function prepareTargetTopics(
  { store }: Deps,
  context: StepContext,
  sourceTopics: ReadonlyMap<string, TopicDescription>,
): Promise<void> {
  const { estate, plan, ref } = context;
  const mine: Fact<"target-topics"> = { ...(await readFact(store.items, ref, "target-topics")) };
  const existing = await estate.target.topics.describe(plan.topics);
  for (const [name, topic] of existing) {
    const source = sourceTopics.get(name);
    if (source === undefined) continue;
    if (topic.partitions !== source.partitions)
      throw new OperatorFault(
        `topic ${name} has ${topic.partitions} partitions on the target and ${source.partitions} on the source; delete it on the target, or give both the same number`,
      );
    if (mine[name]?.id === topic.id) continue;
    await refuseIfItHoldsRecords(context, topic);
    mine[name] = { id: topic.id, settings: ownSettings(source.configs) };
  }
  const absent = plan.topics.filter((topic) => !existing.has(topic));
  await context.stillMine();
  await estate.target.topics.create(
    absent.map((name) => {
      const source = sourceTopics.get(name);
      if (source === undefined) throw new Error(`${name} was described`);
      const configs = settingsWhileMirrored(ownSettings(source.configs));
      return { name, partitions: source.partitions, replicationFactor: source.replicationFactor, configs };
    }),
  );
  for (const [name, topic] of await estate.target.topics.describe(absent)) {
    const source = sourceTopics.get(name);
    if (source !== undefined) mine[name] = { id: topic.id, settings: ownSettings(source.configs) };
  }
  for (const name of existing.keys()) {
    const settings = mine[name]?.settings;
    if (settings !== undefined) await estate.target.topics.setConfigs(name, settingsWhileMirrored(settings));
  }
  await writeFact(store.items, ref, "target-topics", mine);
}

async function refuseIfItHoldsRecords({ estate }: StepContext, topic: TopicDescription): Promise<void> {
  const ends = await estate.target.log.ends(partitionsOf(topic));
  const held = [...ends].filter(([, end]) => end.highWatermark > 0n);
  if (held.length > 0)
    throw new OperatorFault(
      `topic ${topic.name} already holds other data on the target (${held.map(([key, end]) => `${key} ends at ${end.highWatermark}`).join(", ")}); delete the topic there if nobody needs it, or ${postAnew("leave it out of the wave")}`,
    );
}

/** Remembered before they are added, so that an abort takes away these and nothing else. */
async function grantClientRights(
  { store }: Deps,
  context: StepContext,
  { entries, allowsEveryone }: PlannedFence,
): Promise<void> {
  const { estate, plan, ref } = context;
  const onSource = withImplicitRights(entries, plan, allowsEveryone);
  const added = missingFrom(await estate.target.rights.list(), clientRightsExceptWrite(onSource, plan));
  const before = (await readFact(store.items, ref, "client-rights")) ?? [];
  await writeFact(store.items, ref, "client-rights", [...distinct([...before, ...added])]);
  await context.stillMine();
  await estate.target.rights.add(added);
}
