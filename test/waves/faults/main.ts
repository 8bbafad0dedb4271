import { parseArgs } from "node:util";
import { type Phase, THAW } from "#core/wave/lifecycle.ts";
import { type Tell, teller } from "#local/demo/tell.ts";
import { AWS_TROUBLES, driveThroughTrouble } from "../aws-troubles.ts";
import { lyingEdge } from "../lying-edge.ts";
import { startWaveLab, type WaveLab } from "../wave-lab.ts";
import { FAULTS, type FaultName } from "./faults.ts";
import { type Harm, harmDone, type Struck, strikeInPhases, takingRepeats } from "./strike.ts";

/**
 * Each wave of a lab is struck in these phases by the lab's fault. Phases that come within one another's outage are struck on waves of their own: a
 * fault that ends a freeze, or lets it through, must not hide the next phase.
 */
const WAVES: Readonly<Record<string, readonly Phase[]>> = {
  first: ["preparing", "moving-consumers", "preparing-cutover", THAW.doing, "freezing"],
  second: ["draining", "sealing"],
  third: ["moving-producers"],
};

type TroubleName = keyof typeof AWS_TROUBLES;
const isFault = (name: string): name is FaultName => name in FAULTS;
const isTrouble = (name: string): name is TroubleName => name in AWS_TROUBLES;
const ALL: readonly string[] = [...Object.keys(FAULTS), ...Object.keys(AWS_TROUBLES)];

type Told = { readonly name: string; readonly struck: readonly Struck[]; readonly seconds: number } & Harm;

const USAGE = `npm run bench:faults -- [--fault NAME]... [--json]
  --fault  only this one, and more where given more than once; all unless given:
${ALL.map((name) => `           ${name}\n`).join("")}  --json   the last line of the output is the result as one JSON object
`;

/** Sets the exit code. */
export async function main(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      fault: { type: "string", multiple: true, default: [] },
      json: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  const unknown = values.fault.filter((name) => !ALL.includes(name));
  if (values.help) process.stdout.write(USAGE);
  else if (unknown.length > 0) {
    process.stderr.write(`--fault ${unknown.join(", ")}: there is no such fault; expected some of these\n${USAGE}`);
    process.exitCode = 2;
  } else process.exitCode = await strikeAll(values.fault.length === 0 ? ALL : values.fault, values.json);
}

async function strikeAll(names: readonly string[], isJson: boolean): Promise<number> {
  const tell = teller();
  const all: Told[] = [];
  for (const name of names) {
    tell(`${name}…`);
    const told = await inLab(name, tell).catch((error: unknown) => failed(name, error));
    all.push(told);
    for (const { phase, seconds, outcome } of told.struck) tell(`  ${phase}: ${seconds.toFixed(1)} s, ${outcome}`);
    for (const trouble of told.troubles) tell(`  TROUBLE: ${trouble}`);
  }
  process.stdout.write(textOf(all));
  if (isJson) process.stdout.write(`${JSON.stringify({ name: "faults", figures: figuresOf(all), ratios: {} })}\n`);
  return all.every(isWell) ? 0 : 1;
}

const isWell = ({ lost, troubles }: Told): boolean => lost === 0 && troubles.length === 0;

const failed = (name: string, error: unknown): Told => ({
  name,
  struck: [],
  seconds: 0,
  lost: 0,
  repeated: 0,
  counted: 0,
  troubles: [error instanceof Error ? error.message : String(error)],
});

async function inLab(name: string, tell: Tell): Promise<Told> {
  const small = { partitions: 2, recordsPerSecond: 60 };
  const waves = Object.keys(isFault(name) ? WAVES : { troubled: [] });
  const lab = await startWaveLab({ waves: waves.map((wave) => ({ ...small, name: wave })), canLie: true, say: tell });
  const begun = Date.now();
  try {
    await lab.post(takingRepeats(lab.file({ quietMilliseconds: 1500 })));
    const struck: Struck[] = [];
    for (const wave of waves) struck.push(...(await driveOne(lab, name, wave)));
    const seconds = (Date.now() - begun) / 1000;
    const harms: Harm[] = [];
    for (const wave of waves) harms.push(await harmDone(lab, lab.wave(wave)));
    const sum = (of: "lost" | "repeated" | "counted"): number => harms.reduce((all, harm) => all + harm[of], 0);
    return {
      name,
      struck,
      seconds,
      lost: sum("lost"),
      repeated: sum("repeated"),
      counted: sum("counted"),
      troubles: harms.flatMap(({ troubles }) => troubles),
    };
  } finally {
    await lab.stop();
  }
}

async function driveOne(lab: WaveLab, name: string, waveName: string): Promise<readonly Struck[]> {
  const wave = lab.wave(waveName);
  await wave.startApplications();
  if (isTrouble(name)) {
    await driveThroughTrouble(wave, lyingEdge(lab), AWS_TROUBLES[name]);
    return [];
  }
  if (!isFault(name)) throw new Error(`there is no fault ${name}`);
  await wave.command("start");
  return strikeInPhases(
    lab,
    wave,
    (WAVES[waveName] ?? []).map((phase) => [phase, name] as const),
  );
}

const CELL = /^(held|thawed|goes on)/;

/** A line for each fault, a column for each phase: what became of it in how many seconds. */
function textOf(all: readonly Told[]): string {
  const phases = Object.values(WAVES).flat();
  const cell = ({ struck }: Told, phase: Phase): string => {
    const found = struck.find((one) => one.phase === phase);
    return found === undefined ? "-" : `${CELL.exec(found.outcome)?.[1] ?? "?"} ${found.seconds.toFixed(1)}`;
  };
  const rows = [
    ["fault, from strike until past the phase in s", ...phases, "lost", "repeated", "counted", "whole s", "verdict"],
    ...all.map((told) => [
      told.name,
      ...phases.map((phase) => cell(told, phase)),
      String(told.lost),
      String(told.repeated),
      String(told.counted),
      told.seconds.toFixed(0),
      isWell(told) ? "well" : "TROUBLE",
    ]),
  ];
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  const lines = rows.map((row) =>
    row
      .map((text, column) => text.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
  const troubles = all.flatMap(({ name, troubles: sentences }) => sentences.map((one) => `  - ${name}: ${one}`));
  return `\n${lines.join("\n")}\n${LEGEND}${troubles.map((line) => `${line}\n`).join("")}`;
}

const LEGEND = `goes on: past the phase by itself; held: a person was told and resumed it; thawed: the freeze was lifted and another followed
repeated: records that stand twice on the target, by the independent checker; counted: the same by the product's own evidence
`;

const figuresOf = (all: readonly Told[]) =>
  Object.fromEntries(
    all.map(({ name, lost, repeated, counted, seconds, struck }) => [
      name,
      { lost, repeated, counted, seconds, struck },
    ]),
  );
