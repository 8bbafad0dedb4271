import type { Already, Refusal } from "#core/wave/decision.ts";
import { decideHold } from "#core/wave/decisions.ts";
import type { WaveRef, WaveRow } from "#core/wave/wave.ts";
import { decideAndWrite } from "./decide-and-write.ts";
import { readCursors, writeCursors } from "./mirror-cursors.ts";
import type { Deps } from "./ports/deps.ts";
import { readFact, writeFact } from "./wave-facts.ts";

/**
 * A record on the source that did not come through the reverse mirror: somebody was forgotten. The wave holds and names it;
 * the comparison goes on behind it, so that a person who has seen to it can resume, and the next one is named anew. A
 * roll-back keeps these records, since they are on the source.
 */
export async function holdForLateWriter(deps: Deps, ref: WaveRef, row: WaveRow, finding: string): Promise<void> {
  const { items } = deps.store;
  const cursors = await readCursors<"target", "source">(items, ref, "reverse");
  const found = [...(cursors ?? [])].reduce((sum, [, { foreign }]) => sum + foreign, 0);
  if (cursors === undefined || found === 0 || row.phase !== "producers-moved" || row.hold !== undefined) return;
  const before = await readFact(items, ref, "late-writers");
  const known = before?.attempt === row.attempt ? before.records : 0;
  await writeFact(items, ref, "late-writers", { attempt: row.attempt, records: known + found });
  await decideAndWrite<Refusal | Already>(deps, ref, (current) =>
    current.phase === row.phase && current.run === row.run
      ? decideHold(
          current,
          "sluice",
          finding,
          "stop that writer and see to its records, which the target lacks; then POST …/resume, or POST …/roll-back, which keeps them",
          deps.clock.now(),
        )
      : { kind: "already", because: "the wave has moved on" },
  );
  await writeCursors(
    items,
    ref,
    "reverse",
    new Map([...cursors].map(([key, cursor]) => [key, { ...cursor, foreign: 0 }])),
  );
}
