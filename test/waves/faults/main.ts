import { parseArgs } from "node:util";
import type { Phase } from "#core/wave/lifecycle.ts";
import { teller } from "#local/demo/tell.ts";
import { AWS_TROUBLES } from "../aws-troubles.ts";
import { FAULTS } from "./faults.ts";
import { failed, isFault, isTrouble, STRUCK_PHASES, struckBy, type Told, troubledBy } from "./in-lab.ts";
import { figuresOf, isWell, textOf } from "./table.ts";

const ALL: readonly string[] = [...Object.keys(FAULTS), ...Object.keys(AWS_TROUBLES)];
const lines = (names: readonly string[]): string => names.map((name) => `            ${name}\n`).join("");

const USAGE = `npm run bench:faults -- [--fault NAME]... [--phase NAME]... [--json]
  --fault   only this one, and more where given more than once; all unless given:
${lines(ALL)}  --phase   strike only in this one, and more where given more than once; in all unless given, troubles of AWS not at all then:
${lines(STRUCK_PHASES)}  --json    the last line of the output is the result as one JSON object
`;

/** Sets the exit code. */
export async function main(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      fault: { type: "string", multiple: true, default: [] },
      phase: { type: "string", multiple: true, default: [] },
      json: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  const isPhase = (name: string): name is Phase => STRUCK_PHASES.some((phase) => phase === name);
  const phases = values.phase.filter(isPhase);
  const unknown = [
    ...values.fault.filter((name) => !ALL.includes(name)).map((name) => `--fault ${name}`),
    ...values.phase.filter((name) => !isPhase(name)).map((name) => `--phase ${name}`),
  ];
  const names = values.fault.length > 0 ? values.fault : phases.length > 0 ? ALL.filter(isFault) : ALL;
  if (values.help) process.stdout.write(USAGE);
  else if (unknown.length > 0) {
    process.stderr.write(`${unknown.join(", ")}: there is no such; expected some of these\n${USAGE}`);
    process.exitCode = 2;
  } else process.exitCode = await strikeAll(names, phases.length === 0 ? STRUCK_PHASES : phases, values.json);
}

async function strikeAll(names: readonly string[], phases: readonly Phase[], isJson: boolean): Promise<number> {
  const tell = teller();
  const all: Told[] = [];
  const told = (name: string): Promise<Told> => {
    if (isFault(name)) return struckBy(name, phases, tell);
    if (isTrouble(name)) return troubledBy(name, tell);
    throw new Error(`there is no fault ${name}`);
  };
  for (const name of names) {
    tell(`${name}…`);
    const one = await told(name).catch((error: unknown) => failed(name, error));
    all.push(one);
    for (const trouble of one.troubles) tell(`  TROUBLE: ${trouble}`);
  }
  process.stdout.write(textOf(all, phases));
  if (isJson) process.stdout.write(`${JSON.stringify({ name: "faults", figures: figuresOf(all), ratios: {} })}\n`);
  return all.every(isWell) ? 0 : 1;
}
