import { connectorName } from "#core/wave/connector-name.ts";
import { THAW } from "#core/wave/lifecycle.ts";
import type { WaveRef, WaveRow } from "#core/wave/wave.ts";
import { writersOf } from "./clients-of.ts";
import { loadWave } from "./decide-and-write.ts";
import { namesOf, standingOf, tellUndone } from "./leftovers.ts";
import type { Deps } from "./ports/deps.ts";
import { loadPlan } from "./run-step.ts";
import { readFact } from "./wave-facts.ts";

/** Only a held wave is a resume, a window and a go away from its next freeze, whose fence must not be taken for a leftover. */
export const isThawedAndHeld = (row: WaveRow): boolean => row.phase === THAW.to && row.hold !== undefined;

/**
 * A thaw waits for nobody, so a handler that loses its turn may have one more effect after it: a fence, a reverse mirror
 * that runs, a forward mirror that is stopped. While the wave is held before its next freeze, none of them may stand.
 * `startsProducers`: those that were stopped, too; only for the handler that may just have stopped them, since a person may
 * have their own reason to.
 */
export async function keepThawed(deps: Deps, ref: WaveRef, o: { readonly startsProducers: boolean }): Promise<void> {
  const row = await loadWave(deps.store, ref);
  if (!isThawedAndHeld(row)) return;
  const { migration, plan } = await loadPlan(deps, ref);
  const { source, replicator, clientSwitch } = await deps.estate(migration);
  const undone: string[] = [];
  // Asked before each effect: what was a leftover when it was looked at may be the next freeze's own by now.
  const isStillThawed = async (): Promise<boolean> => {
    const now = await loadWave(deps.store, ref);
    return isThawedAndHeld(now) && now.run === row.run;
  };

  const fence = await readFact(deps.store.items, ref, "fence");
  const standing = await standingOf(source, fence);
  if (standing.length > 0 && (await isStillThawed())) {
    await source.rights.remove(standing);
    undone.push(`fence of ${namesOf(standing)}`);
  }
  const reverse = connectorName(ref, row.attempt, "reverse");
  const forward = connectorName(ref, row.attempt, "forward");
  // Never both: reverse is stopped before forward goes on.
  if ((await replicator.status("reverse", reverse))?.state === "RUNNING" && (await isStillThawed())) {
    await replicator.stop("reverse", reverse);
    undone.push(`${reverse} was running`);
  }
  if ((await replicator.status("forward", forward))?.state === "STOPPED" && (await isStillThawed())) {
    await replicator.resume("forward", forward);
    undone.push(`${forward} was stopped`);
  }
  for (const client of o.startsProducers ? writersOf(plan) : [])
    if ((await clientSwitch.position(client)) !== "source" && (await isStillThawed())) {
      await clientSwitch.start(client, "source");
      undone.push(`${client.name} was not on the source`);
    }
  await tellUndone(deps, ref, undone, isThawedAndHeld);
}
