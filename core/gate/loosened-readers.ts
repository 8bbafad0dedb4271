import type { Migration, WavePlan } from "#core/migration/migration.ts";
import { HAVE_MOVED_PRODUCERS, type Phase } from "#core/wave/lifecycle.ts";
import type { Verdict } from "./verdict.ts";

/** The check's name, where a migration has loosened anything that this wave's seal would cut off. */
export const LOOSENED_READERS = "loosened-readers";

type Row = { readonly wave: string; readonly phase: Phase };

/**
 * Whoever was loosened from a topic of the wave reads it on the source through the reverse mirror, which the seal removes: no
 * seal before it has moved. A day that has passed does not free it, since it reads on all the same.
 */
export function judgeLoosenedReaders(
  migration: Migration,
  wave: WavePlan,
  rows: readonly Row[],
): readonly { readonly check: string; readonly verdict: Verdict; readonly reason: string }[] {
  const moved = new Set(rows.filter(({ phase }) => HAVE_MOVED_PRODUCERS.includes(phase)).map((row) => row.wave));
  const waveOf = (group: string): string | undefined =>
    migration.waves.find(({ groups }) => groups.some(({ id }) => id === group))?.name;
  const readers = (migration.planning?.loosened ?? []).filter(
    ({ kind, name, topic }) =>
      (kind === "group" || kind === "connector") &&
      (topic === undefined ? waveOf(name) === undefined : wave.topics.includes(topic)) &&
      waveOf(name) !== wave.name,
  );
  if (readers.length === 0) return [];
  const left = readers.filter(({ kind, name }) => kind === "connector" || !moved.has(waveOf(name) ?? ""));
  const told = left.map(({ kind, name, topic, by, until }) => {
    const itsWave = kind === "group" ? waveOf(name) : undefined;
    return `${kind} ${name} may read ${topic ?? "topics of the wave"} on the source (loosened by ${by} until ${until})${itsWave === undefined ? "" : ` and moves with wave ${itsWave}`}`;
  });
  return [
    {
      check: LOOSENED_READERS,
      verdict: left.length === 0 ? "pass" : "hold",
      reason:
        left.length === 0
          ? "whoever was loosened from the wave's topics has moved"
          : `${told.join("; ")}: the seal would end its reverse mirror; move it first, or take it out of planning.loosened once it reads there no more, and post the file`,
    },
  ];
}
