import { OperatorFault } from "#core/fault.ts";
import { connectorName } from "#core/wave/connector-name.ts";
import type { Superseded } from "#core/wave/decision.ts";
import { decideStepHold } from "#core/wave/decisions.ts";
import type { WaveRef } from "#core/wave/wave.ts";
import { decideAborted } from "#core/wave/way-back.ts";
import { pinAfterForward } from "./bring-back.ts";
import { decideAndWrite } from "./decide-and-write.ts";
import { ensureWorkersReady, waitForOtherFreezes } from "./ensure-mirror.ts";
import type { Deps } from "./ports/deps.ts";
import { mirrorsAreGone, releaseWorkersIfUnused } from "./release-workers.ts";
import type { StepOutcome } from "./run-step.ts";
import { runTurn, type TurnInput } from "./run-turn.ts";
import type { StepContext } from "./step-context.ts";
import { type Fact, readFact, writeFact } from "./wave-facts.ts";
import { withdrawMirrorRights } from "./withdraw-mirror-rights.ts";

/** Takes down what the attempt has put up: nobody stands still for it, so that it holds where a person must change something. */
export const abortWave = (deps: Deps, input: TurnInput): Promise<StepOutcome> => {
  const ref: WaveRef = { migration: input.migration, wave: input.wave };
  return runTurn(deps, input, {
    run: async ({ claimed, claimId, context, deps: own }) => {
      const details = await takeDown(own, context, claimed.abort?.deletesTargetTopics === true);
      const done = await decideAndWrite<Superseded>(deps, ref, (row) => decideAborted(row, claimId, details));
      return done.decision.kind === "superseded"
        ? { outcome: "superseded", because: done.decision.because }
        : { outcome: "completed", because: "aborted" };
    },
    failed: async ({ claimId }, error) => {
      if (!(error instanceof OperatorFault)) return undefined;
      await decideAndWrite<Superseded>(deps, ref, (row) =>
        decideStepHold(
          row,
          claimId,
          { kind: "abort-stopped", reason: error.message, cure: "change that, then POST …/resume" },
          deps.clock.now(),
        ),
      );
      return { outcome: "held", because: error.message };
    },
  });
};

async function takeDown(
  deps: Deps,
  context: StepContext,
  deletesTargetTopics: boolean,
): Promise<Readonly<Record<string, unknown>>> {
  const { estate, plan, ref } = context;
  const { items } = deps.store;
  const topics = await readFact(items, ref, "target-topics");
  // Nothing was ever created: the wave had not begun to prepare.
  const wasPrepared = topics !== undefined || (await readFact(items, ref, "mirror-rights")) !== undefined;
  let pin: Fact<"pin"> | undefined;
  if (wasPrepared) {
    if (!(await mirrorsAreGone(deps, context))) await takeConnectorDown(deps, context);
    const stored = await readFact(items, ref, "pin");
    if (stored?.attempt === context.attempt) pin = stored;
    const rights = (await readFact(items, ref, "client-rights")) ?? [];
    await context.stillMine();
    await estate.target.rights.remove(rights);
    await writeFact(items, ref, "client-rights", []);
    const isLast = await releaseWorkersIfUnused(deps, context);
    await withdrawMirrorRights(deps, context, isLast);
  }
  if (deletesTargetTopics && topics !== undefined) {
    await context.stillMine();
    const present = await estate.target.topics.describe(plan.topics);
    // Only those that this wave has taken: one that somebody created since is not ours to delete.
    const own = [...present.values()].filter((topic) => topics[topic.name]?.id === topic.id).map(({ name }) => name);
    await estate.target.topics.delete(own);
    await items.remove(ref, "FACT", "pin");
    return { deletedTargetTopics: own };
  }
  return { pin: pin === undefined ? "none" : pin.voidBecause === undefined ? "valid" : `void: ${pin.voidBecause}` };
}

/** What it carried is pinned before. */
async function takeConnectorDown(deps: Deps, context: StepContext): Promise<void> {
  const { attempt, estate, ref } = context;
  await context.stillMine();
  // A connector lives in the cluster, not in its worker: without a worker it would come back with the next one.
  await estate.workers.launch("forward");
  await ensureWorkersReady(context, "forward");
  await waitForOtherFreezes(deps, context);
  const name = connectorName(ref, attempt, "forward");
  if ((await estate.replicator.status("forward", name)) === undefined) return;
  const stored = await readFact(deps.store.items, ref, "pin");
  if (stored?.attempt !== attempt) await pinAfterForward(deps, context, `abort-${attempt}`);
  await context.stillMine();
  await estate.replicator.remove("forward", name);
}
