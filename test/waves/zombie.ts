import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import type { Phase } from "#core/wave/lifecycle.ts";
import { until } from "#local/demo/demo-estate.ts";
import { type Child, startChild } from "#local/processes/child.ts";
import { repositoryRoot } from "#local/setup/cached-folder.ts";
import { freePort } from "#local/setup/free-port.ts";
import { halfDone } from "./kill-each-phase.ts";
import type { LyingEdge } from "./lying-edge.ts";
import { closingGates, isBeingDone, type LabWaveRun, type WaveLab } from "./wave-lab.ts";
import { whatStands } from "./what-stands.ts";

/** A handler host beside the lab's own, whose handlers are paused as Lambda freezes an environment. */
export type ZombieHost = {
  /**
   * The wave's next invocation of the function comes here, is paused when the phase's effects are half done, said to have timed
   * out, and goes on when its successors have brought the wave to rest at `to`. It must change nothing then.
   */
  pauseIn(
    wave: LabWaveRun,
    o: { readonly phase: Phase; readonly functionName: string; readonly seconds: number; readonly to: Phase },
  ): Promise<void>;
  stop(): Promise<void>;
};

/** With the environment of the lab's own host. */
export async function startZombieHost(lab: WaveLab, edge: LyingEdge): Promise<ZombieHost> {
  const port = await freePort();
  const own = readFileSync(`/proc/${lab.control().pids()["host"]}/environ`, "utf8").split("\0");
  const environment = Object.fromEntries(
    own.flatMap((line) =>
      line.includes("=") ? [[line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]] : [],
    ),
  );
  const hostUrl = `http://127.0.0.1:${port}`;
  const child: Child = await startChild({
    name: "zombie",
    command: process.execPath,
    args: [join(repositoryRoot, "local/host/main.ts")],
    environment: { ...environment, SLUICE_HOST_PORT: String(port) },
    logFile: join(lab.directory, "zombie.log"),
    isHealthy: async () => (await fetch(`${hostUrl}/health`)).ok,
    healthyWithinSeconds: 30,
  });
  const ends = async (functionName: string): Promise<readonly string[]> =>
    (await readFile(child.logFile, "utf8"))
      .split("\n")
      .filter((line) => line.includes('"event":"invocation"') && line.includes(`"function":"${functionName}"`));

  return {
    async pauseIn(wave, { phase, functionName, seconds, to }) {
      const before = (await ends(functionName)).length;
      const divert = { function: functionName, wave: wave.declared.name, hostUrl };
      await edge.arm({ divert: { ...divert, timesOutAfterMilliseconds: seconds * 1000 } });
      const begun = await closingGates(wave, () =>
        wave.seen(`${phase} with a handler at work`, 120, isBeingDone(phase)),
      );
      const paused = await halfDone(wave, begun);
      expect(paused?.claim?.id, `${phase} was over before its handler could be paused`).toBe(begun.claim?.id);
      await child.kill("SIGSTOP");
      try {
        await wave.seen(`at rest at ${to}`, 90, (row) => row.phase === to && row.claim === undefined);
        // What follows a step by itself is over too: its gate is open, or nothing comes.
        await wave.seen("waiting", 30, (row) => row.gate !== undefined || row.hold !== undefined || to === "sealed");
        const stands = await whatStands(wave);
        expect(await ends(functionName)).toHaveLength(before);
        await child.kill("SIGCONT");
        await until(60, `the zombie in ${phase} to end`, async () => (await ends(functionName)).length > before);
        expect(await whatStands(wave)).toEqual(stands);
      } finally {
        await child.kill("SIGCONT");
      }
    },
    async stop() {
      await child.kill("SIGCONT");
      await child.stop();
    },
  };
}

/** Each step that a wave meets on its way forward and rests after, with the time after which its first handler is given up. */
const PAUSED = [
  { phase: "preparing", functionName: "steps-start", seconds: 4, to: "replicating" },
  { phase: "moving-consumers", functionName: "steps-move-consumers", seconds: 4, to: "cutover-ready" },
  // With the fence up: it is thawed meanwhile.
  { phase: "freezing", functionName: "steps-cutover", seconds: 4, to: "cutover-ready" },
  { phase: "moving-producers", functionName: "steps-cutover", seconds: 8, to: "producers-moved" },
  { phase: "sealing", functionName: "steps-seal", seconds: 4, to: "sealed" },
] as const;

/** From planned to sealed, the first handler of each of these steps being a zombie. */
export async function driveAmongZombies(wave: LabWaveRun, zombie: ZombieHost): Promise<void> {
  for (const one of PAUSED) {
    if (one.phase === "preparing") await Promise.all([zombie.pauseIn(wave, one), wave.command("start")]);
    else {
      await resumed(wave);
      await zombie.pauseIn(wave, one);
    }
  }
}

const resumed = async (wave: LabWaveRun): Promise<void> => {
  if ((await wave.row()).hold !== undefined) expect(await wave.command("resume")).toMatchObject({ status: 200 });
};
