import type { Tell } from "#local/demo/tell.ts";
import type { ControlPlane } from "#local/home/start-control-plane.ts";
import type { BenchEstate } from "./bench-estate.ts";

/** What a measurement of waves works on: an estate and a control plane that run, and a wave for each repetition. */
export type Bench = {
  readonly estate: BenchEstate;
  readonly control: ControlPlane;
  readonly waves: readonly string[];
  readonly tell: Tell;
  readonly signal: AbortSignal;
};
