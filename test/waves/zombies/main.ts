import { parseArgs } from "node:util";
import type { Phase } from "#core/wave/lifecycle.ts";
import { type Tell, teller } from "#local/demo/tell.ts";
import { leash } from "../leash.ts";
import { lyingEdge } from "../lying-edge.ts";
import { startWaveLab, type WaveLab } from "../wave-lab.ts";
import { driveAmongZombies, HAUNTED_PHASES, type Haunting } from "./haunted-wave.ts";
import { startZombieHost, type ZombieHost } from "./zombie-host.ts";

/** A wave for each: one only goes forward, the other comes back from everywhere first. */
export const HAUNTINGS: Readonly<Record<string, Haunting>> = {
  onward: {
    forward: ["preparing", "moving-consumers", "freezing", "draining", "moving-producers", "sealing"],
    back: [],
  },
  back: {
    forward: ["preparing-cutover", "thawing"],
    back: ["aborting", "withdrawing", "rolling-back", "returning"],
  },
};

const USAGE = `npm run bench:zombies -- [--phase NAME]... [--json]
  --phase  pause a handler only in this one, and more where given more than once; in all unless given:
${[...HAUNTED_PHASES].map((name) => `           ${name}\n`).join("")}  --json   the last line of the output is the result as one JSON object
`;

/** Sets the exit code. */
export async function main(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      phase: { type: "string", multiple: true, default: [] },
      json: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  const isPhase = (name: string): name is Phase => [...HAUNTED_PHASES].some((phase) => phase === name);
  const unknown = values.phase.filter((name) => !isPhase(name));
  if (values.help) process.stdout.write(USAGE);
  else if (unknown.length > 0) {
    process.stderr.write(`--phase ${unknown.join(", ")}: there is no such; expected some of these\n${USAGE}`);
    process.exitCode = 2;
  } else
    process.exitCode = await haunt(
      values.phase.length === 0 ? [...HAUNTED_PHASES] : values.phase.filter(isPhase),
      values.json,
    );
}

type Told = {
  readonly wave: string;
  readonly phases: readonly Phase[];
  readonly seconds: number;
};

async function haunt(phases: readonly Phase[], isJson: boolean): Promise<number> {
  const tell = teller();
  const hauntings = Object.entries(HAUNTINGS).flatMap(([name, { forward, back }]) => {
    const chosen = {
      forward: forward.filter((phase) => phases.includes(phase)),
      back: back.filter((phase) => phases.includes(phase)),
    };
    return chosen.forward.length + chosen.back.length === 0 ? [] : [[name, chosen] as const];
  });
  const small = { partitions: 1, recordsPerSecond: 40 };
  const lab = await startWaveLab({ waves: hauntings.map(([name]) => ({ ...small, name })), canLie: true, say: tell });
  let zombie: ZombieHost | undefined;
  const told: Told[] = [];
  const findings: string[] = [];
  try {
    // A phase lasts so long that its handler can be paused in it.
    await lab.post(lab.file({ quietMilliseconds: 1500, groupStopSeconds: 15 }));
    zombie = await startZombieHost(lab, lyingEdge(lab));
    for (const [name, haunting] of hauntings) {
      tell(`${name}: ${[...haunting.forward, ...haunting.back].join(", ")}…`);
      told.push(await hauntedWave(lab, zombie, name, haunting, tell));
    }
    for (const { wave } of told) findings.push(...(await lab.wave(wave).findings()).map((one) => `${wave}: ${one}`));
  } finally {
    await zombie?.stop();
    await lab.stop();
  }
  for (const { wave, phases: met, seconds } of told)
    process.stdout.write(`${wave}: ${met.length} zombies in ${seconds.toFixed(0)} s (${met.join(", ")})\n`);
  for (const finding of findings) process.stdout.write(`  - ${finding}\n`);
  const figures = { zombies: told.reduce((sum, one) => sum + one.phases.length, 0), findings: findings.length };
  process.stdout.write(`${figures.zombies} zombies did nothing more; ${figures.findings} findings\n`);
  if (isJson) process.stdout.write(`${JSON.stringify({ name: "zombies", figures, ratios: {} })}\n`);
  return figures.findings === 0 && figures.zombies > 0 ? 0 : 1;
}

async function hauntedWave(
  lab: WaveLab,
  zombie: ZombieHost,
  name: string,
  haunting: Haunting,
  tell: Tell,
): Promise<Told> {
  const wave = lab.wave(name);
  const [client = ""] = wave.declared.liveGroups;
  await wave.startApplications({ deaf: [client] });
  const leashed = leash(lab, wave, client);
  const begun = Date.now();
  try {
    await driveAmongZombies(wave, zombie, haunting, { leashed, client }, tell);
  } finally {
    await leashed.cut();
  }
  const phases = [...haunting.forward, ...haunting.back];
  return { wave: name, phases, seconds: (Date.now() - begun) / 1000 };
}
