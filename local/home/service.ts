import { setTimeout as sleep } from "node:timers/promises";
import { adoptChild, type Child } from "../processes/child.ts";
import { isAlive } from "../processes/process-identity.ts";
import type { RecordedService } from "./home-file.ts";

export type ServiceOptions = {
  readonly name: string;
  /** Everything that decides how it runs; a process that was started with another is not taken over. */
  readonly fingerprint: string;
  readonly logFile: string;
  start(): Promise<Child>;
  isHealthy(): Promise<boolean>;
  /** After each start that was not the first, before it counts as up: a restarted moto has forgotten everything. */
  afterRestart?(): Promise<void>;
  /** A new process runs. */
  onChange(recorded: RecordedService): Promise<void>;
  onProblem(sentence: string): void;
};

/** One process that is started again whenever it ends, until it is told to stop. */
export type Service = {
  readonly name: string;
  readonly child: Child;
  isUp(): boolean;
  kill(signal: NodeJS.Signals): Promise<void>;
  /** No further restarts; the process itself goes on. Resolves when a restart that was under way is over. */
  release(): Promise<void>;
  stop(): Promise<void>;
};

/** Takes over the recorded process where it still runs, as configured and healthy; else ends it and starts a new one. */
export async function startService(o: ServiceOptions, recorded: RecordedService | undefined): Promise<Service> {
  let child = (await takenOver(o, recorded)) ?? (await o.start());
  await o.onChange(recordOf(o, child));
  let isUp = true;
  let isReleased = false;
  let restarting: Promise<void> = Promise.resolve();
  const watch = (): void => {
    void child.ended.then(() => {
      if (isReleased) return;
      isUp = false;
      restarting = restart();
    });
  };
  const restart = async (): Promise<void> => {
    const begun = Date.now();
    for (let attempt = 0; !isReleased; attempt += 1) {
      try {
        const next = await o.start();
        child = next;
        await o.onChange(recordOf(o, next));
        if (isReleased) return;
        await o.afterRestart?.();
        isUp = true;
        o.onProblem(`${o.name} had ended and was started again in ${((Date.now() - begun) / 1000).toFixed(1)} s`);
        watch();
        return;
      } catch (error) {
        o.onProblem(`${o.name} could not be started again: ${error instanceof Error ? error.message : String(error)}`);
        await child.stop();
        await sleep(Math.min(10_000, 500 * 2 ** attempt));
      }
    }
  };
  watch();
  const release = (): Promise<void> => {
    isReleased = true;
    return restarting;
  };
  return {
    name: o.name,
    get child() {
      return child;
    },
    isUp: () => isUp,
    kill: (signal) => child.kill(signal),
    release,
    async stop() {
      // A start that is under way would otherwise leave its process behind.
      await release();
      await child.stop();
    },
  };
}

const recordOf = (o: ServiceOptions, child: Child): RecordedService => ({
  ...child.identity,
  fingerprint: o.fingerprint,
});

async function takenOver(o: ServiceOptions, recorded: RecordedService | undefined): Promise<Child | undefined> {
  if (recorded === undefined || !(await isAlive(recorded))) return undefined;
  const { pid, startTicks } = recorded;
  const child = await adoptChild({ name: o.name, identity: { pid, startTicks }, logFile: o.logFile });
  if (child === undefined) return undefined;
  if (recorded.fingerprint === o.fingerprint && (await o.isHealthy().catch(() => false))) return child;
  await child.stop();
  return undefined;
}
