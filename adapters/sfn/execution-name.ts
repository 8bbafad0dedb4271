import { createHash } from "node:crypto";
import type { RunRef } from "#use-cases/ports/engine.ts";

/** Step Functions takes names of at most this many characters. */
const MOST_CHARACTERS = 80;

/**
 * One name per run. The parts are joined by `_`, which no identifier holds: with `-` wave `b-c` of `a` and wave `c` of `a-b`
 * would share a name, and the second would never start. A long name keeps its beginning and its end around a hash.
 */
export const executionName = ({ migration, wave, attempt, run }: RunRef): string => {
  const name = [migration, wave, attempt, run].join("_");
  if (name.length <= MOST_CHARACTERS) return name;
  const hash = createHash("sha256").update(name).digest("hex").slice(0, 16);
  const end = `_${hash}_${attempt}_${run}`;
  return `${name.slice(0, MOST_CHARACTERS - end.length)}${end}`;
};
