import { isUnknown, type OrUnknown, unknown } from "#core/inventory/unknown.ts";
import type { Migration } from "#core/migration/migration.ts";
import type { WaveSize } from "../planned-wave.ts";
import { type MirrorRate, mirrorRate } from "./mirror-rate.ts";

/** How long the forward mirror takes until a wave is copied and it only follows. */
export type CopyWindow = {
  readonly mirror: OrUnknown<MirrorRate>;
  /** As if nothing were written meanwhile. */
  readonly atLeastSeconds: OrUnknown<number>;
  /** With what is written meanwhile, at the measured rate. */
  readonly seconds: OrUnknown<number>;
  /** More is written than the mirror copies. */
  readonly neverEnds: boolean;
};

type Size = Pick<WaveSize, "partitions" | "bytes" | "bytesPerSecond">;

export function copyWindow(size: Size, migration: Pick<Migration, "replicator" | "planning" | "estate">): CopyWindow {
  const { bytes, bytesPerSecond: written } = size;
  const mirror = mirrorRate(migration, size.partitions);
  if (isUnknown(mirror)) return { mirror, atLeastSeconds: mirror, seconds: mirror, neverEnds: false };
  const neverEnds = !isUnknown(written) && written >= mirror.bytesPerSecond;
  if (isUnknown(bytes)) return { mirror, atLeastSeconds: bytes, seconds: bytes, neverEnds };
  const rate = mirror.bytesPerSecond;
  const seconds = isUnknown(written) ? written : written < rate ? bytes / (rate - written) : tooSlow(rate, written);
  return { mirror, atLeastSeconds: bytes / rate, seconds, neverEnds };
}

const tooSlow = (rate: number, written: number) =>
  unknown(
    "two sweeps",
    `it has no end: ${Math.round(written)} bytes a second are written to the wave, and its mirror copies ${Math.round(rate)}`,
    "raise replicator.tasksPerConnector and the worker's size, and measure again; or cut the wave",
  );
