import { isUnknown, type OrUnknown } from "#core/inventory/unknown.ts";
import type { PlanFinding, Undecided } from "./plan.ts";
import type { Costs } from "./sizing/costs.ts";
import type { Sizing } from "./sizing/sizing.ts";
import { PLATFORM } from "./undecided.ts";
import type { WaveWindows } from "./windows/wave-windows.ts";

/** What the figures of a plan say against it. */
export const findingsOf = (windows: readonly WaveWindows[], { mirror }: Sizing): readonly PlanFinding[] => [
  ...windows.flatMap((one) => [...windowFindings(one)]),
  ...mirror.waves.flatMap(({ wave, tasks }): readonly PlanFinding[] =>
    isUnknown(tasks) || tasks <= mirror.tasksDeclared
      ? []
      : [
          {
            kind: "limit",
            wave,
            says: `its mirror needs ${tasks} tasks to follow what is written, and has ${mirror.tasksDeclared}`,
            cure: "raise replicator.tasksPerConnector, and give the worker processors and memory for them",
          },
        ],
  ),
  ...mirror.waves
    .filter(({ isBeyondPartitions }) => isBeyondPartitions)
    .map(
      ({ wave, busy }): PlanFinding => ({
        kind: "limit",
        wave,
        says: `more is written to ${busy.join(", ")} than one task for each partition copies with the headroom left free`,
        cure: "measure a faster task, lower planning.headroom, or give the topics more partitions before they move",
      }),
    ),
];

function* windowFindings({ wave, copy, freeze, rollback, clients }: WaveWindows): Generator<PlanFinding> {
  const finding = (says: string, cure: string): PlanFinding => ({ kind: "limit", wave, says, cure });
  if (copy.neverEnds)
    yield finding(
      "its copy never ends: more is written to it than its mirror copies",
      "raise replicator.tasksPerConnector and the worker's size, and measure again; or cut the wave",
    );
  if (freeze.fits === false)
    yield finding(
      `its freeze takes about ${tenths(freeze.totalSeconds)} s, ${tenths(freeze.drainSeconds)} s of which the drain, and has ${freeze.deadlineSeconds - freeze.marginSeconds} s, and ${freeze.mostDrainSeconds} s for the drain`,
      "shorten its clients' times, raise policy.freezeDeadlineSeconds or policy.drainSeconds, or cut the wave",
    );
  for (const { client, fits, says } of clients)
    if (!fits)
      yield finding(`client ${client} does not fit: ${says}`, "shorten its times, or raise the policy's bound");
  if (rollback.fits === false)
    yield finding(
      `it can be rolled back for ${tenths(rollback.seconds)} s by ${rollback.boundBy}, and the business wants ${rollback.wantedSeconds} s`,
      "raise what bounds it, or lower planning.rollbackHours",
    );
}

const tenths = (value: OrUnknown<number | null>): string =>
  isUnknown(value) || value === null ? "an unknown number of" : String(Math.round(value * 10) / 10);

/** What keeps figures from being known, beside what each wave's own size asks for; a plan can be accepted without them. */
export function questionsOf({ mirror, target }: Sizing, costs: Costs): readonly Undecided[] {
  const question = (name: string, says: string, cure: string): Undecided => ({
    what: { kind: "plan", name },
    who: PLATFORM,
    says,
    cure,
    blocks: false,
  });
  const ofUnknown = (name: string, asks: string, value: OrUnknown<unknown>): readonly Undecided[] =>
    isUnknown(value)
      ? [question(name, `${asks}: ${value.unknown.why}`, value.unknown.cure ?? "take a new snapshot")]
      : [];
  return [
    ...ofUnknown("mirror", "how many tasks the mirror needs", mirror.tasksPerConnector),
    ...(isUnknown(mirror.tasksPerConnector)
      ? []
      : ofUnknown("workers", "how many workers the mirror needs", mirror.workers)),
    ...ofUnknown("target", "how large the target is", target.chosen),
    ...(isUnknown(target.chosen) ? [] : ofUnknown("target's cluster", "with what the target is created", target.spec)),
    ...(costs.missing.length === 0
      ? []
      : [
          question(
            "prices",
            "what both clusters cost in a day",
            `set ${costs.missing.join(", ")} from the price lists of the clusters' regions`,
          ),
        ]),
  ];
}
