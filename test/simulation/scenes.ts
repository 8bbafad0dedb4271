/** Turns of events that chance alone would seldom bring about: each comes round every so many seeds. */
import { ABORT, type Phase, ROLL_BACK, THAW } from "#core/wave/lifecycle.ts";
import type { Aim, Deed } from "./fault-plan.ts";

type Scene = readonly Omit<Aim, "wave">[];
const at = (phase: Phase, deed: Deed, after: number): Omit<Aim, "wave"> => ({ phase, deed, after });

const SCENES: readonly Scene[] = [
  ...ROLL_BACK.from.flatMap((phase): readonly Scene[] => [
    [at(phase, "roll-back", 0)],
    [at(phase, "roll-back", 100), at("rolling-back", "host-crash", 1_000)],
    // Longer than its deadline, so that it is withdrawn.
    [at(phase, "roll-back", 0), at("rolling-back", "outage-target", 0)],
    [at(phase, "alarm", 0), at("rolling-back", "outage-source", 50)],
  ]),
  ...THAW.from.flatMap((phase): readonly Scene[] => [
    [at(phase, "thaw", 0)],
    [at(phase, "host-crash", 0)],
    [at(phase, "outage-source", 0)],
    [at(phase, "roll-back", 0)],
  ]),
  ...ABORT.from.flatMap((phase): readonly Scene[] => [[at(phase, "abort", 0)], [at(phase, "abort", 200)]]),
  // Its clients have been told to start and have not written yet.
  ...[150, 300, 600, 900].map((after): Scene => [at("moving-producers", "thaw", after)]),
  ...[700, 1_200].map((after): Scene => [at("moving-producers", "roll-back", after)]),
  [at("moving-producers", "deaf-client", 0), at("thawing", "host-crash", 500)],
  // Between its last look at its claim and the effect that follows, which comes after the thaw.
  ...(["freezing", "draining", "moving-producers"] as const).flatMap((phase) =>
    [0, 5, 40, 300].map((after): Scene => [at(phase, "handler-stops", after), at(phase, "thaw", after + 100)]),
  ),
  [at("returning", "host-crash", 300)],
  [at("sealing", "host-crash", 50)],
  [at("sealing", "outage-source", 0)],
];

export const sceneOf = (seed: number): Scene => SCENES[seed % SCENES.length] ?? [];
