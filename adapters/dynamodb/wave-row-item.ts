import { needsTicks } from "#core/wave/needs-ticks.ts";
import { type WaveRow, waveRowSchema } from "#core/wave/wave.ts";
import { type Key, waveKey } from "./keys.ts";
import { parseItem } from "./parse-item.ts";
import { FOUND_AS, type FoundAs } from "./table.ts";

export type Item = Readonly<Record<string, unknown>> & Key;

/** Parsed on the way in too: a row that could not be read back must not be written. */
export const rowToItem = (row: WaveRow): Item => {
  const key = waveKey(row);
  const foundAs: FoundAs = "active-wave";
  return { ...key, ...(needsTicks(row) && { [FOUND_AS]: foundAs }), ...parseItem(waveRowSchema, key, row) };
};

export const itemToRow = (item: Item): WaveRow => {
  const { pk, sk, [FOUND_AS]: _foundAs, ...row } = item;
  return parseItem(waveRowSchema, { pk, sk }, row);
};
