import type { WaveRef } from "./wave.ts";

/** Carries wave, attempt and direction, since Connect keeps a deleted connector's offsets and they come back with the name. */
export const connectorName = (ref: WaveRef, attempt: number, direction: "forward" | "reverse"): string =>
  `sluice-${ref.migration}-${ref.wave}-${attempt}-${direction}`;
