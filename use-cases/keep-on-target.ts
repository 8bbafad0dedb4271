import type { Client, WavePlan } from "#core/migration/migration.ts";
import { ABORT, HAVE_MOVED_PRODUCERS, isTurnPhase, ROLL_BACK } from "#core/wave/lifecycle.ts";
import type { WaveRef, WaveRow } from "#core/wave/wave.ts";
import { clientOf, groupsMovedFirst, writersOf } from "./clients-of.ts";
import { loadWave } from "./decide-and-write.ts";
import { readProgress } from "./group-progress.ts";
import { type Leftover, namesOf, standingFence, undoLeftovers } from "./leftovers.ts";
import type { Deps } from "./ports/deps.ts";
import { loadPlan } from "./run-step.ts";
import { unlessUnreachable } from "./unless-unreachable.ts";
import { readFact } from "./wave-facts.ts";

/**
 * A withdrawal waits for nobody, so a handler of the roll-back that loses its turn may have one more effect after it: a client
 * that is told to stop on the target, a fence there. It undoes them itself, since nobody else knows that they are not meant.
 */
export async function keepOnTarget(deps: Deps, ref: WaveRef, attempt: number): Promise<void> {
  const row = await loadWave(deps.store, ref);
  const isStaying = ({ phase, run, attempt: now }: WaveRow): boolean =>
    now === attempt && run === row.run && !isTurnPhase(phase) && phase !== ROLL_BACK.to && phase !== ABORT.to;
  if (!isStaying(row)) return;
  const { migration, plan } = await loadPlan(deps, ref);
  const { target, clientSwitch } = await deps.estate(migration);
  const leftovers: Leftover[] = [];
  for (const client of await movedClients(deps, row, plan))
    if ((await clientSwitch.position(client)) === "paused")
      leftovers.push({ what: `${client.name} was told to stop`, undo: () => clientSwitch.start(client, "target") });
  const fence = await readFact(deps.store.items, ref, "target-fence");
  // Clients stand still meanwhile: a target that does not answer keeps nobody from starting them.
  const raised =
    (await standingFence(target, fence?.isLifted === true ? fence.plan : undefined).catch(unlessUnreachable)) ?? [];
  if (raised.length > 0)
    leftovers.push({
      what: `fence on the target of ${namesOf(raised)}`,
      undo: () => target.rights.remove(raised),
    });
  // The next roll-back does the same on purpose.
  await undoLeftovers(deps, { ...ref, attempt }, leftovers, isStaying);
}

/** Whose place is the target, by what the wave has done so far. */
async function movedClients({ store }: Deps, row: WaveRow, plan: WavePlan): Promise<readonly Client[]> {
  const moved: Client[] = HAVE_MOVED_PRODUCERS.includes(row.phase) ? [...writersOf(plan)] : [];
  for (const group of groupsMovedFirst(plan)) {
    const client = clientOf(plan, group);
    if (client === undefined) continue;
    const progress = await readProgress(store.items, row, group.id, row.attempt);
    if (progress.movedAt !== undefined && progress.isBack !== true) moved.push(client);
  }
  return moved;
}
