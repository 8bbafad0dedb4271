import { isUnknown, type OrUnknown } from "#core/inventory/unknown.ts";
import type { Policy } from "#core/migration/defaults.ts";
import { type Client, deadlineMarginSeconds, isWriter, type Migration } from "#core/migration/migration.ts";
import type { PlannedWave } from "../planned-wave.ts";

/** From the last write on the source to the first on the target, without the control plane's own share. */
export type FreezeWindow = {
  /** Of the slowest client that writes; all stop and start together. */
  readonly stopSeconds: number;
  readonly drainSeconds: OrUnknown<number>;
  readonly startSeconds: number;
  /** The freeze thaws by itself this long before its deadline. */
  readonly marginSeconds: number;
  readonly totalSeconds: OrUnknown<number>;
  readonly deadlineSeconds: number;
  readonly mostDrainSeconds: number;
  readonly fits: OrUnknown<boolean>;
};

export type ClientWindow = {
  readonly client: string;
  readonly kind: Client["kind"];
  readonly stopSeconds: number;
  readonly startSeconds: number;
  readonly fits: boolean;
  /** Which bound it keeps, or misses. */
  readonly says: string;
};

export function freezeWindow(
  { size }: Pick<PlannedWave, "size">,
  clients: readonly Client[],
  { policy, planning }: Pick<Migration, "policy" | "planning">,
): FreezeWindow {
  const writers = clients.filter(isWriter);
  const stopSeconds = Math.max(0, ...writers.map((client) => client.stopSeconds));
  const startSeconds = Math.max(0, ...writers.map((client) => client.startSeconds));
  const { drainSeconds } = size;
  const deadlineSeconds = policy.freezeDeadlineSeconds;
  const mostDrainSeconds = planning?.limits.drainSeconds ?? policy.drainSeconds;
  const total = (drain: number) => stopSeconds + drain + startSeconds;
  return {
    stopSeconds,
    drainSeconds,
    startSeconds,
    marginSeconds: deadlineMarginSeconds,
    totalSeconds: isUnknown(drainSeconds) ? drainSeconds : total(drainSeconds),
    deadlineSeconds,
    mostDrainSeconds,
    fits: isUnknown(drainSeconds)
      ? drainSeconds
      : drainSeconds <= mostDrainSeconds && total(drainSeconds) + deadlineMarginSeconds <= deadlineSeconds,
  };
}

/** A client that writes has the freeze; one that only reads has its group's own bounds. */
export function clientWindow(client: Client, policy: Policy): ClientWindow {
  const { name, kind, stopSeconds, startSeconds } = client;
  const bounds: readonly (readonly [what: string, seconds: number, field: keyof Policy])[] = isWriter(client)
    ? [
        ["stop, start and margin", stopSeconds + startSeconds + deadlineMarginSeconds, "freezeDeadlineSeconds"],
        ["start and margin", startSeconds + deadlineMarginSeconds, "moveProducersDeadlineSeconds"],
      ]
    : [
        ["stop", stopSeconds, "groupStopSeconds"],
        ["start", startSeconds, "groupStartSeconds"],
        ["stop and start", stopSeconds + startSeconds, "groupPauseLimitSeconds"],
      ];
  const told = bounds.map(([what, seconds, field]) => {
    const most = Number(policy[field]);
    return { fits: seconds <= most, says: `${what} ${seconds} s of policy.${field} ${most} s` };
  });
  const missed = told.filter(({ fits }) => !fits);
  return {
    client: name,
    kind,
    stopSeconds,
    startSeconds,
    fits: missed.length === 0,
    says: (missed.length === 0 ? told : missed).map(({ says }) => says).join("; "),
  };
}
