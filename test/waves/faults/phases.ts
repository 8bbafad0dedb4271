import { LIFECYCLE, type Phase, THAW } from "#core/wave/lifecycle.ts";
import type { FaultName } from "./faults.ts";

/** A phase, and what happens in the midst of it. */
export type Strike = readonly [Phase, FaultName];

/** Forward, in the order in which one wave meets them: a thaw to be struck in is ordered by a person, and another freeze follows. */
export const FORWARD: readonly Phase[] = [
  "preparing",
  "moving-consumers",
  "preparing-cutover",
  THAW.doing,
  "freezing",
  "draining",
  "moving-producers",
  "sealing",
];

/** Where an execution waits for a token. */
export const AT_GATES: readonly Phase[] = LIFECYCLE.flatMap(({ from, gates }): Phase[] =>
  gates.length > 0 ? [from] : [],
);

/** Reverse workers are launched by prepare-cutover: before it there are none to strike. */
const WITHOUT_REVERSE: readonly Phase[] = ["preparing", "moving-consumers"];
export const isAnythingThere = ([phase, fault]: Strike): boolean =>
  !(fault.startsWith("reverse worker") && WITHOUT_REVERSE.includes(phase));
