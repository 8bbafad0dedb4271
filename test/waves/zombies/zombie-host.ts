import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { ENDS, machineOf, type Phase } from "#core/wave/lifecycle.ts";
import { until } from "#local/demo/demo-estate.ts";
import { type Child, startChild } from "#local/processes/child.ts";
import { repositoryRoot } from "#local/setup/cached-folder.ts";
import { freePort } from "#local/setup/free-port.ts";
import { halfDone } from "../kill-each-phase.ts";
import type { LyingEdge } from "../lying-edge.ts";
import { closingGates, isBeingDone, type LabWaveRun, type WaveLab } from "../wave-lab.ts";
import { whatStands } from "../what-stands.ts";

/** Where a handler is paused: in a phase, at work in this function, which is said to have timed out after so long; its successors bring the wave to rest at `to`. */
export type Pause = {
  readonly phase: Phase;
  readonly functionName: string;
  readonly seconds: number;
  readonly to: Phase;
};

/** A handler host beside the lab's own, whose handlers are paused as Lambda freezes an environment. */
export type ZombieHost = {
  /**
   * The wave's invocations of the function come here, until one is paused when the phase's effects are half done. It is said to have
   * timed out, and goes on when its successors have brought the wave to rest. It must change nothing then. `order`: what a
   * person does about it, once invocations come here.
   */
  pauseIn(wave: LabWaveRun, pause: Pause, order?: () => Promise<unknown>): Promise<void>;
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
    async pauseIn(wave, { phase, functionName, seconds, to }, order) {
      const divert = { function: functionName, wave: wave.declared.name, hostUrl };
      await edge.arm({ divert: { ...divert, timesOutAfterMilliseconds: seconds * 1000 } });
      const isAtWork = () =>
        wave.seen(`${phase} with a handler at work`, 120, (row) => {
          if (ENDS.includes(row.phase)) throw new Error(`the wave was ${row.phase} before it was paused in ${phase}`);
          return isBeingDone(phase)(row);
        });
      // A person's command may be what is paused: it is answered when it is given up.
      const ordered = order?.();
      const refused = new Promise<never>((_resolve, reject) => {
        ordered?.catch(reject);
      });
      const begun = await Promise.race([isOnTheWayBack(phase) ? isAtWork() : closingGates(wave, isAtWork), refused]);
      const paused = await halfDone(wave, begun);
      assert.equal(paused?.claim?.id, begun.claim?.id, `${phase} was over before its handler could be paused`);
      await child.kill("SIGSTOP");
      await edge.arm({ divert: null });
      const before = (await ends(functionName)).length;
      try {
        await wave.seen(`at rest at ${to}`, 90, (row) => row.phase === to && row.claim === undefined);
        // What follows a step by itself is over too: its gate is open, or nothing comes.
        await wave.seen("waiting", 30, (row) => row.gate !== undefined || row.hold !== undefined || ENDS.includes(to));
        await ordered;
        const stands = await whatStands(wave);
        assert.equal((await ends(functionName)).length, before, `the zombie in ${phase} ended while it was paused`);
        await child.kill("SIGCONT");
        await until(60, `the zombie in ${phase} to end`, async () => (await ends(functionName)).length > before);
        assert.deepEqual(await whatStands(wave), stands, `the zombie in ${phase} did something`);
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

/** Nobody has a gate to close there, and its holds are not resumed. */
const isOnTheWayBack = (phase: Phase): boolean => machineOf(phase) === "way-back";
