/** The lifecycle as a Mermaid state diagram: phases as states, steps and gates as transitions, and the way back. */
import { ABORT, LIFECYCLE, type LifecycleRow, PHASES, type Phase, RETRY, ROLL_BACK, THAW } from "./lifecycle.ts";

/** Mermaid takes no dash in a state's name. */
const nameOf = (phase: Phase): string => phase.replaceAll("-", "_");
const declared = (phase: Phase): string => `  state "${phase}" as ${nameOf(phase)}`;
const arrow = (from: Phase, to: Phase, label: string): string => `  ${nameOf(from)} --> ${nameOf(to)}: ${label}`;

const IF_IT_FAILS: Readonly<Record<LifecycleRow["ifItFails"], string>> = {
  hold: "holds the wave where it is, until resume",
  thaw: "thaws the wave",
  "thaw-before-first-write": "thaws the wave while no client has written on the target, and holds it once one has",
};

/** Mermaid ends a label at a colon or semicolon. */
const claimed = (row: LifecycleRow): string => {
  const gates = [...row.gates, ...row.judgedAgain.map((gate) => `${gate} again`)];
  return gates.length === 0 ? row.step : `${row.step} [${gates.join(", ")}]`;
};

/** What each kind of failure leads to, with the steps that it holds for, in the table's order. */
const failures = (): readonly string[] =>
  [...new Set(LIFECYCLE.map((row) => row.ifItFails))].map((kind) => {
    const steps = LIFECYCLE.filter((row) => row.ifItFails === kind).map((row) => row.step);
    return `    ${steps.join(", ")}: a failure ${IF_IT_FAILS[kind]}.`;
  });

/** Mermaid text, without a fence around it; ends with a line break. */
export function lifecycleDiagram(): string {
  const first = LIFECYCLE[0];
  const last = LIFECYCLE[LIFECYCLE.length - 1] ?? first;
  return `${[
    "stateDiagram-v2",
    ...PHASES.map(declared),
    `  [*] --> ${nameOf(first.from)}`,
    ...LIFECYCLE.flatMap((row) => [
      arrow(row.from, row.doing, claimed(row)),
      arrow(row.doing, row.to, row.completedAs),
    ]),
    ...THAW.from.map((phase) => arrow(phase, THAW.doing, "thaw")),
    arrow(THAW.doing, THAW.to, "WaveThawed, held"),
    arrow(THAW.doing, THAW.refusedTo, "ThawRefused, held"),
    ...ROLL_BACK.from.map((phase) => arrow(phase, ROLL_BACK.doing, "roll-back")),
    arrow(ROLL_BACK.doing, ROLL_BACK.lastTurn, "ReturnClaimed"),
    arrow(ROLL_BACK.lastTurn, ROLL_BACK.to, "WaveRolledBack"),
    arrow(ROLL_BACK.doing, ROLL_BACK.withdrawing, "deadline or failure"),
    arrow(ROLL_BACK.withdrawing, "producers-moved", "RollBackWithdrawn, held"),
    ...ABORT.from.map((phase) => arrow(phase, ABORT.doing, "abort")),
    arrow(ABORT.doing, ABORT.to, "WaveAborted"),
    ...RETRY.from.map((phase) => arrow(phase, RETRY.to, "retry")),
    `  ${nameOf(last.to)} --> [*]`,
    `  note right of ${nameOf(first.from)}`,
    "    [gates] are waited for before a step is claimed.",
    "    hold stops a wave where it is, resume takes its step up again;",
    "    from freezing to moving-producers hold is refused; thaw lifts the freeze.",
    "    ThawRefused: a client has written on the target already.",
    "    A frozen wave thaws before it rolls back. Where no producer had moved,",
    "    a withdrawal leads back to where the order met the wave.",
    ...failures(),
    "  end note",
  ].join("\n")}\n`;
}
