import type { Client } from "#core/migration/migration.ts";
import { connectorName } from "#core/wave/connector-name.ts";
import type { Already, Refusal } from "#core/wave/decision.ts";
import { decideHold } from "#core/wave/decisions.ts";
import { THAW } from "#core/wave/lifecycle.ts";
import type { WaveRef, WaveRow } from "#core/wave/wave.ts";
import { writersOf } from "./clients-of.ts";
import { decideAndWrite, loadWave } from "./decide-and-write.ts";
import { type Leftover, namesOf, standing, standingFence, undoLeftovers } from "./leftovers.ts";
import type { Deps, Estate } from "./ports/deps.ts";
import { loadPlan } from "./run-step.ts";
import { unlessUnreachable } from "./unless-unreachable.ts";
import { readFact } from "./wave-facts.ts";

/** Before its next freeze, whose fence must not be taken for a leftover. */
export const isThawed = ({ approvals, hold, phase }: WaveRow): boolean =>
  phase === THAW.to &&
  (hold !== undefined || approvals.some(({ gate, usedBy }) => gate === "go" && usedBy !== undefined));
/** A resume, a window and a go away from its next freeze. */
const isThawedAndHeld = (row: WaveRow): boolean => isThawed(row) && row.hold !== undefined;

/**
 * A thaw waits for nobody, so a handler that loses its turn may have one more effect after it: a fence, a reverse mirror
 * that runs, a forward mirror that is stopped. Before the wave's next freeze none of them may stand. A wave that was resumed
 * meanwhile is held first, since that freeze must not begin beside it.
 * `hasLostTurn`: by the handler whose effects they are. It starts the producers that it may have stopped, which a person may have
 * their own reason to do.
 */
export async function keepThawed(deps: Deps, ref: WaveRef, o: { readonly hasLostTurn: boolean }): Promise<void> {
  const row = await loadWave(deps.store, ref);
  if (!isThawed(row)) return;
  const { migration, plan } = await loadPlan(deps, ref);
  const leftovers = await findLeftovers(deps, row, await deps.estate(migration), o.hasLostTurn ? writersOf(plan) : []);
  if (leftovers.length === 0 || (row.hold === undefined && !(await holdFirst(deps, row, leftovers)))) return;
  await undoLeftovers(deps, row, leftovers, (now) => isThawedAndHeld(now) && now.run === row.run);
}

/** In the order in which they are undone. */
async function findLeftovers(
  { store }: Deps,
  row: WaveRow,
  { source, target, replicator, clientSwitch }: Estate,
  producers: readonly Client[],
): Promise<readonly Leftover[]> {
  const found: Leftover[] = [];
  const fence = await standingFence(source, await readFact(store.items, row, "fence"));
  if (fence.length > 0) found.push({ what: `fence of ${namesOf(fence)}`, undo: () => source.rights.remove(fence) });
  const reverse = connectorName(row, row.attempt, "reverse");
  const forward = connectorName(row, row.attempt, "forward");
  // Never both: reverse is stopped before forward goes on.
  if ((await replicator.status("reverse", reverse))?.state === "RUNNING")
    found.push({ what: `${reverse} was running`, undo: () => replicator.stop("reverse", reverse) });
  if ((await replicator.status("forward", forward))?.state === "STOPPED")
    found.push({ what: `${forward} was stopped`, undo: () => replicator.resume("forward", forward) });
  if (producers.length > 0) {
    const own = (await readFact(store.items, row, "write-rights")) ?? [];
    // A target that is gone lets nobody write.
    const given = (await standing(target, own).catch(unlessUnreachable)) ?? [];
    if (given.length > 0)
      found.push({
        what: `right to write of ${namesOf(given)} on the target`,
        undo: () => target.rights.remove(given),
      });
  }
  for (const client of producers)
    if ((await clientSwitch.position(client)) !== "source")
      found.push({ what: `${client.name} was not on the source`, undo: () => clientSwitch.start(client, "source") });
  return found;
}

/** Answers whether it is held now, in the run that was looked at. */
async function holdFirst(deps: Deps, row: WaveRow, leftovers: readonly Leftover[]): Promise<boolean> {
  const held = await decideAndWrite<Refusal | Already>(deps, row, (current) =>
    isThawed(current) && current.run === row.run && current.hold === undefined
      ? decideHold(current, {
          kind: "late-effect",
          by: "sluice",
          at: deps.clock.now(),
          reason: `a handler of an earlier freeze came late: ${leftovers.map(({ what }) => what).join("; ")}`,
          cure: "it is undone already, see the journal; POST …/resume",
        })
      : { kind: "already", because: "the wave has moved on" },
  );
  return held.decision.kind === "write";
}
