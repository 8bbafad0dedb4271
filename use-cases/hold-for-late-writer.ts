import type { Already, Refusal } from "#core/wave/decision.ts";
import { decideHold } from "#core/wave/decisions.ts";
import type { WaveRef, WaveRow } from "#core/wave/wave.ts";
import { decideAndWrite } from "./decide-and-write.ts";
import { lateWriters, toldOf } from "./late-writers.ts";
import type { Deps } from "./ports/deps.ts";
import { writeFact } from "./wave-facts.ts";

/**
 * A record on the source that did not come through the reverse mirror: somebody was forgotten. The wave holds and names it,
 * once: a person who has seen to it can resume, and the next one is named anew. A roll-back keeps these records, since they
 * are on the source.
 */
export async function holdForLateWriter(deps: Deps, ref: WaveRef, row: WaveRow): Promise<void> {
  if (row.phase !== "producers-moved" || row.hold !== undefined) return;
  const late = await lateWriters(deps.store.items, ref, row.attempt);
  const untold = late.found.slice(late.told);
  if (untold.length === 0) return;
  const held = await decideAndWrite<Refusal | Already>(deps, ref, (current) =>
    current.phase === row.phase && current.run === row.run && current.hold === undefined
      ? decideHold(current, {
          kind: "late-writer",
          by: "sluice",
          at: deps.clock.now(),
          reason: `a late writer wrote to the source after producers had moved: ${toldOf(untold)}`,
          cure: "stop that writer and see to its records, which the target lacks; then POST …/resume, or POST …/roll-back, which keeps them",
        })
      : { kind: "already", because: "the wave has moved on" },
  );
  if (held.decision.kind === "write")
    await writeFact(deps.store.items, ref, "late-writers", { ...late, told: late.found.length });
}
