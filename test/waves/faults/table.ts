import type { Phase } from "#core/wave/lifecycle.ts";
import type { Told } from "./in-lab.ts";

export const isWell = ({ lost, troubles }: Told): boolean => lost === 0 && troubles.length === 0;

const CELL = /^(held|thawed|withdrawn|goes on)/;

/** A line for each phase and fault: what became of it in how many seconds; and one for each fault. */
export function textOf(all: readonly Told[], phases: readonly Phase[]): string {
  const cell = ({ struck }: Told, phase: Phase): string => {
    const found = struck.find((one) => one.phase === phase);
    return found === undefined ? "-" : `${CELL.exec(found.outcome)?.[1] ?? "?"} ${found.seconds.toFixed(1)}`;
  };
  const faults = all.filter(({ struck }) => struck.length > 0);
  const byPhase = [
    ["phase, from strike until past it in s", ...faults.map(({ name }) => name)],
    ...phases.map((phase) => [phase, ...faults.map((told) => cell(told, phase))]),
  ];
  const byFault = [
    ["fault", "lost", "repeated", "counted", "whole s", "verdict"],
    ...all.map((told) => [
      told.name,
      String(told.lost),
      String(told.repeated),
      String(told.counted),
      told.seconds.toFixed(0),
      isWell(told) ? "well" : "TROUBLE",
    ]),
  ];
  const troubles = all.flatMap(({ name, troubles: sentences }) => sentences.map((one) => `  - ${name}: ${one}`));
  const tables = [...(faults.length === 0 ? [] : [byPhase]), byFault].map(tableOf);
  return `\n${tables.join("\n\n")}\n${LEGEND}${troubles.map((line) => `${line}\n`).join("")}`;
}

const tableOf = (rows: readonly (readonly string[])[]): string => {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  return rows
    .map((row) =>
      row
        .map((text, column) => text.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
};

const LEGEND = `goes on: past the phase by itself; held: a person was told and resumed it; thawed: the freeze was lifted and another followed;
withdrawn: the roll-back was given up and ordered again
repeated: records that stand twice on the side that the wave ended on, by the independent checker; counted: the same by the product's own evidence
`;

export const figuresOf = (all: readonly Told[]) =>
  Object.fromEntries(
    all.map(({ name, lost, repeated, counted, seconds, struck }) => [
      name,
      { lost, repeated, counted, seconds, struck },
    ]),
  );
