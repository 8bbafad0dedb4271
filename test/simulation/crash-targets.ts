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

/** What no simulation comes to, and why. */
export const OUT_OF_REACH: Partial<Record<UseCaseName, string>> = {
  "post-migration": "a migration is posted before a simulation begins",
  "force-roll-back": "a person who orders a forced roll-back has lost the target for good",
  "bring-back-by-force": "a person who orders a forced roll-back has lost the target for good",
  "probe-allow-everyone": "brokers refuse whoever has no right, so that the probe writes nothing",
  "hold-for-late-writer": "every writer is declared and follows its switch",
  "judge-lag-rule": "the file has an alarm and no rule",
};

/** Single points that no seed comes to, and why. */
export const UNREACHED: Readonly<Record<string, string>> = {};

export const TARGETS: readonly CrashTarget[] = Object.entries(CRASH_POINTS).flatMap(([useCase, effects]) =>
  OUT_OF_REACH[useCase as UseCaseName] === undefined
    ? effects.flatMap((effect) =>
        (["before", "after"] as const).map((when) => ({ useCase: useCase as UseCaseName, effect, when })),
      )
    : [],
);

const PER_SEED = 3;

/** The whole list comes round every so many seeds. */
export const targetsOf = (seed: number): readonly CrashTarget[] =>
  Array.from({ length: PER_SEED }, (_, index) => TARGETS[(seed * PER_SEED + index) % TARGETS.length]).filter(
    (target) => target !== undefined,
  );

export const nameOf = ({ useCase, effect, when }: CrashTarget): string => `${useCase}/${effect}/${when}`;

export const isAt = ({ useCase, effect, when }: CrashTarget, point: CrashPoint): boolean =>
  (point.startsWith(`${useCase}/${effect}/`) || point.startsWith(`${useCase}/${effect}(`)) &&
  point.endsWith(`/${when}`);

const aim = (phase: Aim["phase"], deed: Aim["deed"], after = 200): Omit<Aim, "wave"> => ({ phase, deed, after });
const BACK = [aim("producers-moved", "roll-back")];
const EARLY_BACK = [aim("consumers-moved", "roll-back")];
const THAW = [aim("draining", "thaw", 20)];

/** Where a use case is for a turn of events that is rare, its seeds make it happen. */
const SCENES: Partial<Record<UseCaseName, readonly Omit<Aim, "wave">[]>> = {
  "abort-wave": [aim("replicating", "abort")],
  "order-abort": [aim("replicating", "abort")],
  "bring-back": BACK,
  "reverse-mirror": [aim("preparing-cutover", "roll-back", 20)],
  "bring-groups-back": BACK,
  "return-clients": BACK,
  "roll-back-wave": EARLY_BACK,
  "order-roll-back": BACK,
  "clear-earlier-attempts": BACK,
  "origin-of-retry": EARLY_BACK,
  "withdraw-roll-back": [...BACK, aim("rolling-back", "deaf-client", 0)],
  "show-hold": [...BACK, aim("returning", "outage-source", 0)],
  "thaw-wave": THAW,
  "keep-thawed": THAW,
  "judge-rollback": [aim("consumers-moved", "alarm")],
  "wake-for-alarm": [aim("consumers-moved", "alarm")],
  "thaw-at-deadline": [aim("freezing", "execution-lost")],
};

export const scenesOf = (targets: readonly CrashTarget[]): readonly Aim[] =>
  targets.flatMap(({ useCase }) => (SCENES[useCase] ?? []).map((scene) => ({ wave: 0, ...scene })));
