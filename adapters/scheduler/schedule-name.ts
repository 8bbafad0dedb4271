import { createHash } from "node:crypto";
import type { FreezeRef } from "#use-cases/ports/deadline-schedule.ts";

/** EventBridge Scheduler takes names of at most this many characters. */
const MOST_CHARACTERS = 64;

/** One name per freeze: for people as much of the wave as fits, for the rest a hash of all that names the freeze. */
export const scheduleName = ({ ref, freezeId }: FreezeRef): string => {
  const hash = createHash("sha256")
    .update(JSON.stringify([ref.migration, ref.wave, freezeId]))
    .digest("hex")
    .slice(0, 24);
  const wave = `${ref.migration}_${ref.wave}`.replaceAll(/[^0-9a-zA-Z_.-]/g, "-");
  return `${wave.slice(0, MOST_CHARACTERS - hash.length - 1)}_${hash}`;
};
