import type { Spread } from "./spread.ts";

export const seconds = (milliseconds: number): string => (milliseconds / 1000).toFixed(2);
export const whole = (milliseconds: number): string => String(Math.round(milliseconds));

/** A row of milliseconds, with what the last column says. */
export const millisecondsRow = (name: string, of: Spread, last = ""): readonly string[] => [
  name,
  whole(of.median),
  whole(of.p95),
  whole(of.max),
  last,
];

/** A row of seconds beside its limit. */
export const limitRow = (name: string, of: Spread, limit: number, ratio: number): readonly string[] => [
  name,
  seconds(of.median),
  seconds(of.p95),
  seconds(of.max),
  seconds(limit),
  ratio.toFixed(2),
];

/** The first column to the left, the others to the right. */
export const table = (rows: readonly (readonly string[])[]): string => {
  const columns = Math.max(...rows.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  return rows
    .map((row) =>
      row
        .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
};
