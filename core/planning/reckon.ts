import type { Snapshot } from "#core/inventory/snapshot.ts";
import type { Migration, WavePlan } from "#core/migration/migration.ts";
import { findingsOf, questionsOf } from "./figures-against.ts";
import type { Plan, PlannedWave } from "./plan.ts";
import { sizingOf } from "./sizing/sizing.ts";
import type { TopicLoads } from "./topic-load.ts";
import { windowFacts, windowsOf } from "./windows/wave-windows.ts";

/** The figures of waves that are cut and ordered, and what they say against the plan. */
export function reckon(of: {
  readonly migration: Migration;
  readonly source: Snapshot;
  readonly target: Snapshot | undefined;
  readonly loads: TopicLoads;
  readonly waves: readonly PlannedWave[];
  /** Waves that have started: they are on the target too. */
  readonly fixed: readonly WavePlan[];
}): Pick<Plan, "windows" | "sizing" | "costs" | "findings" | "undecided"> {
  const { migration, source, target, loads, waves, fixed } = of;
  const fixedTopics = fixed.flatMap(({ topics }) => topics);
  const { sizing, costs } = sizingOf({ migration, source, target, loads, waves, fixedTopics });
  const facts = windowFacts(migration, source, loads, sizing.target.storage);
  const windows = waves.map((wave) => windowsOf(wave, facts));
  return {
    windows,
    sizing,
    costs,
    findings: findingsOf(windows, sizing),
    undecided: questionsOf(sizing, costs),
  };
}
