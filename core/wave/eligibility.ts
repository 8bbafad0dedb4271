/** Whether a wave can still go back, and at what cost: computed from facts, never from the phase alone. */
import { canAbort, canThaw, isTurnPhase, MOVED_PRODUCERS, type Phase, RETRY, ROLL_BACK, THAW } from "./lifecycle.ts";
import { mayThawForward } from "./may-thaw-forward.ts";
import type { WaveRow } from "./wave.ts";
import type { Toll } from "./way-back.ts";

/** `unknown`: what it depends on could not be measured, or was too long ago. */
export type Eligibility = {
  readonly kind: "clean" | "lossy" | "impossible" | "unknown";
  readonly reasons: readonly string[];
  /** Until when it is known to hold, in ms; absent: as long as the wave stays in its phase. */
  readonly knownUntil?: number;
  /** What a forced roll-back would cost now; only where the target does not answer. */
  readonly forced?: Toll;
};

/** What the ticks have seen of the way back. Instants in ms. */
export type WayBackFacts = {
  readonly at: number;
  readonly expiresAt: number;
  /** When the target was last read. */
  readonly seenAt: number;
  /** Whether producers had moved by then. */
  readonly hasProducers: boolean;
  /** Why the target could not be asked, and since when. */
  readonly targetProblem?: { readonly since: number; readonly reason: string };
  /** Records that only the target has, as far as it was seen. */
  readonly unmirrored: number;
  readonly reverseProblem?: string;
  readonly lateRecords: number;
  /** Per group: records before its position on the target that it would read again from its stored position on the source. */
  readonly groups: readonly { readonly group: string; readonly repeats: number; readonly problem?: string }[];
};

const AFTER: readonly Phase[] = ["sealing", "sealed"];

export const tollOf = (facts: WayBackFacts): Toll => ({
  loses: facts.unmirrored,
  repeats: Object.fromEntries(facts.groups.map(({ group, repeats }) => [group, repeats])),
});

export function eligibility(row: WaveRow, facts: WayBackFacts | undefined, now: number): Eligibility {
  const { phase } = row;
  if (AFTER.includes(phase))
    return { kind: "impossible", reasons: ["the wave is past the point of no return: it is repaired on the target"] };
  if (canAbort(phase)) return { kind: "clean", reasons: ["no client has moved; POST …/abort gives the wave up"] };
  if ((RETRY.from as readonly Phase[]).includes(phase))
    return { kind: "clean", reasons: [`the wave is ${phase}: its clients are on the source`] };
  if (isTurnPhase(phase) && phase !== ROLL_BACK.doing && phase !== ROLL_BACK.withdrawing)
    return { kind: "clean", reasons: [`the wave is ${phase}`] };
  const hasProducers =
    MOVED_PRODUCERS.includes(phase) ||
    (isTurnPhase(phase) && row.rollBack?.hasMovedProducers === true) ||
    // It must ask the target first: where that does not answer, only a forced roll-back ends it.
    (mayThawForward(row) && facts?.targetProblem !== undefined);
  const thaws = !hasProducers && (phase === THAW.doing || canThaw(phase));
  if (thaws) return { kind: "clean", reasons: ["producers write to the source or to nothing; it thaws first"] };
  if (facts === undefined) return { kind: "unknown", reasons: ["nothing was measured yet in this phase"] };
  const knownUntil = facts.expiresAt;
  if (knownUntil <= now)
    return {
      kind: "unknown",
      reasons: [`last measured at ${new Date(facts.at).toISOString()}, which is too long ago`],
    };
  const late =
    facts.lateRecords > 0
      ? [`${facts.lateRecords} records of late writers are on the source only, and stay there`]
      : [];
  const stuck = facts.groups.flatMap(({ group, problem }) => (problem === undefined ? [] : [`${group}: ${problem}`]));
  const isOfBefore = hasProducers && !facts.hasProducers;
  if (isOfBefore && facts.targetProblem === undefined)
    return { kind: "unknown", reasons: ["nothing was measured yet since producers began to move"] };
  if (facts.targetProblem !== undefined) {
    const { since, reason } = facts.targetProblem;
    const forced = tollOf(facts);
    const reads = Object.entries(forced.repeats).map(([group, repeats]) => `${group} reads ${repeats} again`);
    return {
      kind: "lossy",
      reasons: [
        `the target does not answer since ${new Date(since).toISOString()} (${reason}); a roll-back waits for it`,
        `a forced one loses ${forced.loses} records that only the target has${reads.length > 0 ? `; ${reads.join(", ")}` : ""}`,
        `that was last seen at ${new Date(facts.seenAt).toISOString()}${isOfBefore ? ", before producers began to move" : ""}; what was written and read on the target after it is not counted`,
        ...stuck,
        ...late,
      ],
      knownUntil,
      forced,
    };
  }
  if (!hasProducers)
    return {
      kind: "clean",
      reasons: ["producers write to the source, which has every record", ...stuck, ...late],
      knownUntil,
    };
  if (facts.reverseProblem !== undefined)
    return {
      kind: "lossy",
      reasons: [
        `${facts.unmirrored} records are on the target only, and the reverse mirror does not carry them: ${facts.reverseProblem}`,
        ...stuck,
        ...late,
      ],
      knownUntil,
    };
  return {
    kind: "clean",
    reasons: [
      facts.unmirrored === 0
        ? "the source has every record of the target"
        : `the reverse mirror runs; ${facts.unmirrored} records are on their way to the source`,
      ...stuck,
      ...late,
    ],
    knownUntil,
  };
}
