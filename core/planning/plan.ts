/** A plan of the waves as JSON: what moves together and why, in which order, and what nobody has said yet. Equal snapshots give equal plans. */

import type { Edge, Item, PlannedWave } from "./planned-wave.ts";
import type { Costs } from "./sizing/costs.ts";
import type { Sizing } from "./sizing/sizing.ts";
import type { WaveWindows } from "./windows/wave-windows.ts";

export type { Edge, Item, PlannedGroup, PlannedWave, Risk, WaveSize } from "./planned-wave.ts";
export { RISKS } from "./planned-wave.ts";

/** An edge that a person loosened. */
export type LoosenedEdge = {
  readonly edge: Edge;
  readonly by: string;
  readonly until: string;
  readonly reason: string;
  /** What it costs: the seal that is held, or the writes that the fence bars. */
  readonly price: string;
};

export const FINDING_KINDS = [
  "split",
  "forgotten",
  "duplicated",
  "limit",
  "undeclared",
  "first-wave",
  "order",
] as const;
export type PlanFinding = {
  readonly kind: (typeof FINDING_KINDS)[number];
  /** The wave of the file, or of the plan where the kind is limit, undeclared, first-wave or order. */
  readonly wave?: string;
  readonly says: string;
  readonly edge?: Edge;
  readonly cure: string;
};

/** A question that the estate does not answer. */
export type Undecided = {
  readonly what: { readonly kind: Item["kind"] | "plan"; readonly name: string };
  /** The wave that waits for the answer; absent where none does. */
  readonly wave?: string;
  /** Who can answer: a team, or who runs the migration where nobody owns it. */
  readonly who: string;
  readonly says: string;
  readonly cure: string;
  /** The plan cannot be accepted before. */
  readonly blocks: boolean;
};

/** What loosening all edges of one item would do to the largest wave that they hold together. */
export type CostlyEdge = {
  readonly item: Item;
  readonly edges: readonly Edge[];
  readonly wave: string;
  readonly topicsNow: number;
  /** Of the largest part that is left. */
  readonly topicsThen: number;
  readonly partsThen: number;
  /** One sentence. */
  readonly gain: string;
};

export type Plan = {
  readonly migration: string;
  readonly basis: { readonly source: string; readonly target?: string };
  /** Waves of the file that have started: they are not planned again. */
  readonly fixed: readonly string[];
  /** In their order. */
  readonly waves: readonly PlannedWave[];
  readonly loosened: readonly LoosenedEdge[];
  readonly findings: readonly PlanFinding[];
  readonly undecided: readonly Undecided[];
  readonly costliestEdges: readonly CostlyEdge[];
  /** Not planned, as people decided, as a rule proposes, or because it is Kafka's own. */
  /** Of each wave, in their order: what it takes in time, and what it costs its groups. */
  readonly windows: readonly WaveWindows[];
  readonly sizing: Sizing;
  readonly costs: Costs;
  readonly leftOut: readonly { readonly item: Item; readonly disposition: string; readonly because: string }[];
};
