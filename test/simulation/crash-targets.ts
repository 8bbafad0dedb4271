/** At which named points of the use cases a seed kills the process that reaches them: each seed at a few, all seeds at all. */
import { CRASH_POINTS, type UseCaseName } from "#use-cases/crash-point-list.ts";
import type { CrashPoint } from "#use-cases/ports/crash-points.ts";
import type { Aim } from "./fault-plan.ts";

/** A point, whatever a write there journals. */
export type CrashTarget = {
  readonly useCase: UseCaseName;
  /** `Port.method`. */
  readonly effect: string;
  readonly when: "before" | "after";
};

const ON_ITS_WAY =
  "whoever was stopped looks again before an effect; a request that is on its way for longer than a thaw takes is told as a story";

const THERE = "snapshots are there before a simulation begins; what one that died leaves is tested on a real table";

const PLANNED = "waves are planned before a simulation begins; what one that died leaves is tested beside";

/** What no simulation comes to, and why. */
export const OUT_OF_REACH: Partial<Record<UseCaseName, string>> = {
  "request-snapshots": THERE,
  "snapshot-cluster": THERE,
  "take-snapshot": THERE,
  "post-migration": "a migration is posted before a simulation begins",
  "accept-plan": PLANNED,
  "approve-plan": PLANNED,
  "propose-plan": PLANNED,
  "probe-allow-everyone": "brokers refuse whoever has no right, so that the probe writes nothing",
  "keep-thawed": ON_ITS_WAY,
  "keep-on-target": ON_ITS_WAY,
  leftovers: ON_ITS_WAY,
};

/** Single effects that no simulation comes to, and why. */
export const UNREACHED: Readonly<Record<string, string>> = {
  "ensure-mirror/Replicator.restartFailed": "tasks in memory do not fail",
  "sample-mirror/Replicator.restartFailed": "tasks in memory do not fail",
  "ensure-mirror/Workers.launch": "a worker in memory that has crashed is back before its connector is removed",
  "release-workers/Workers.launch": "another wave would have to begin within the milliseconds of a release",
  "withdraw-mirror-rights/AccessRights.add": "another wave would have to begin within the milliseconds of a release",
  "bring-back/Replicator.resume":
    "a process would have to die between the reverse mirror's stop and the pin, in the seeds that aim at it",
  "thaw-wave/AccessRights.add":
    "a client's first write would have to fall between a thaw's look and its claim, in the seeds that aim at it",
  "thaw-at-deadline/DeadlineSchedule.schedule":
    "no deadline of a simulation is further ahead than its schedule may sleep",
};

export const TARGETS: readonly CrashTarget[] = Object.entries(CRASH_POINTS).flatMap(([useCase, effects]) =>
  OUT_OF_REACH[useCase as UseCaseName] === undefined
    ? effects
        .filter((effect) => !Object.hasOwn(UNREACHED, `${useCase}/${effect}`))
        .flatMap((effect) =>
          (["before", "after"] as const).map((when) => ({ useCase: useCase as UseCaseName, effect, when })),
        )
    : [],
);

const PER_SEED = 5;

/** The whole list comes round every so many seeds; before and after one effect are not in the same. */
export const targetsOf = (seed: number): readonly CrashTarget[] =>
  Array.from({ length: PER_SEED }, (_, index) => {
    const target = TARGETS[(seed + index * Math.floor(TARGETS.length / PER_SEED)) % TARGETS.length];
    if (target === undefined) return [];
    const before = BEFORE[effectOf(target)];
    return before === undefined ? [target] : [before, target];
  }).flat();

export const nameOf = ({ useCase, effect, when }: CrashTarget): string => `${useCase}/${effect}/${when}`;

export const isAt = ({ useCase, effect, when }: CrashTarget, point: CrashPoint): boolean =>
  (point.startsWith(`${useCase}/${effect}/`) || point.startsWith(`${useCase}/${effect}(`)) &&
  point.endsWith(`/${when}`);

const aim = (phase: Aim["phase"], deed: Aim["deed"], after = 200): Omit<Aim, "wave"> => ({ phase, deed, after });
const BACK = [aim("producers-moved", "roll-back", 1_000)];
const FORCED = [aim("producers-moved", "target-burns", 3_000)];
const THAW = [aim("draining", "thaw", 20)];
const REFUSED_THAW = [aim("moving-producers", "thaw", 100)];

/** Where a use case, or one effect of it, is for a turn of events that is rare, its seeds make it happen. */
const SCENES: Readonly<Record<string, readonly Omit<Aim, "wave">[]>> = {
  "abort-wave": [aim("replicating", "abort")],
  "order-abort": [aim("replicating", "abort")],
  "bring-back": BACK,
  "bring-back/Replicator.stop": [aim("consumers-moved", "roll-back")],
  "bring-groups-back": BACK,
  "force-roll-back": FORCED,
  "bring-back-by-force": FORCED,
  "clear-earlier-attempts": FORCED,
  "return-clients/Replicator.remove": FORCED,
  "return-clients/Workers.launch": FORCED,
  "return-clients": BACK,
  "roll-back-wave": [aim("consumers-moved", "roll-back")],
  "order-roll-back": BACK,
  "reverse-mirror": [aim("preparing-cutover", "roll-back", 400)],
  "resume-wave": [aim("replicating", "hold", 400)],
  "origin-of-retry": [aim("replicating", "abort")],
  "withdraw-roll-back": [...BACK, aim("rolling-back", "outage-target", 0)],
  // Once the mirror is stopped, before the groups are back.
  "withdraw-roll-back/Replicator.resume": [
    aim("consumers-moved", "roll-back"),
    aim("rolling-back", "deaf-client", 0),
    aim("rolling-back", "outage-target", 1_500),
  ],
  "show-hold": [...BACK, aim("returning", "deaf-client", 0)],
  "cut-over/WaveStore.write": [aim("cutover-ready", "schedule-gone", 0)],
  "hold-failed-step": [aim("preparing", "outage-target", 0)],
  "thaw-wave": THAW,
  "thaw-wave/AccessRights.remove": REFUSED_THAW,
  "thaw-wave/ClientSwitch.stop": REFUSED_THAW,
  "hold-for-late-writer": [aim("producers-moved", "late-writer", 0)],
  "judge-rollback": [aim("consumers-moved", "alarm")],
  "judge-rollback/WaveStore.write": [aim("consumers-moved", "alarms-gone")],
  "wake-for-alarm": [aim("consumers-moved", "alarm")],
  "stop-drained-mirror": [aim("draining", "stale-offsets", 0)],
};

/** What must die before, so that there is anything to do. */
const BEFORE: Readonly<Record<string, CrashTarget>> = {
  "ensure-mirror/Workers.launch": { useCase: "release-workers", effect: "Workers.release", when: "after" },
  "reverse-mirror/Workers.launch": { useCase: "prepare-cutover", effect: "Workers.launch", when: "before" },
};

const effectOf = ({ useCase, effect }: CrashTarget): string => `${useCase}/${effect}`;

/** Not always in the same moment of a phase, in ms. */
const SPREAD = 220;

export const scenesOf = (seed: number, targets: readonly CrashTarget[]): readonly Aim[] =>
  targets.flatMap((target) =>
    (SCENES[effectOf(target)] ?? SCENES[target.useCase] ?? []).map((scene) => ({
      ...scene,
      wave: 0,
      after: scene.after === 0 ? 0 : scene.after + (seed % 7) * SPREAD,
    })),
  );

/** Events that come again and late are what this one is for. */
export const isAboutDuplicates = (targets: readonly CrashTarget[]): boolean =>
  targets.some((target) => effectOf(target) === "open-gate/Engine.sendToken");

/** A second attempt is what this one is for. */
export const isAboutRetries = (targets: readonly CrashTarget[]): boolean =>
  targets.some(({ useCase }) => useCase === "origin-of-retry" || useCase === "clear-earlier-attempts");
