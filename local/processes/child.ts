import { spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync } from "node:fs";
import { open, readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { isMissing } from "../setup/cached-folder.ts";
import { isAlive, type ProcessIdentity, processIdentity } from "./process-identity.ts";

export type ChildOptions = {
  /** For messages: "broker source". */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd?: string;
  /** The whole environment of the process; by default this process's own. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Output is appended here. */
  readonly logFile: string;
  /** Asked until true. What it throws counts as "not yet" and is told when the time is over. */
  readonly isHealthy: () => Promise<boolean>;
  readonly healthyWithinSeconds: number;
  /** In a session of its own: not reached by the terminal's Ctrl-C, so that its parent can end things in order. */
  readonly ownSession?: boolean;
  /** Between SIGTERM and SIGKILL when stopped. */
  readonly stopWithinSeconds?: number;
};

export type Child = {
  readonly name: string;
  readonly identity: ProcessIdentity;
  readonly logFile: string;
  isAlive(): Promise<boolean>;
  /** SIGTERM, then SIGKILL after the bound; resolves when the process is gone. Fine when it is gone already. */
  stop(): Promise<void>;
  /** Sends nothing when the process is gone, even if its number lives again. */
  kill(signal: NodeJS.Signals): Promise<void>;
  /** Resolves when the process is gone, whoever ended it. */
  readonly ended: Promise<void>;
};

/** Starts a process and waits until it is healthy; throws with the last lines of its log when it dies or takes too long. */
export async function startChild(o: ChildOptions): Promise<Child> {
  mkdirSync(dirname(o.logFile), { recursive: true });
  const log = openSync(o.logFile, "a");
  const begun = Date.now();
  let failure: string | undefined;
  const spawned = spawn(o.command, [...o.args], {
    cwd: o.cwd,
    env: { ...(o.environment ?? process.env) },
    stdio: ["ignore", log, log],
    detached: o.ownSession ?? false,
  });
  closeSync(log);
  const exited = new Promise<void>((resolve) => {
    spawned.once("error", (error) => {
      failure = `could not be started: ${error.message}`;
      resolve();
    });
    spawned.once("exit", (code, signal) => {
      failure = `ended with ${code ?? signal}`;
      resolve();
    });
  });
  const pid = spawned.pid;
  const identity = pid === undefined ? undefined : await processIdentity(pid);
  if (identity === undefined) {
    await exited;
    throw new Error(`${o.name} ${failure ?? "could not be started"}${await lastLines(o.logFile)}`);
  }
  const child: Child = childOf(o.name, identity, o.logFile, o.stopWithinSeconds ?? 10, exited);
  let lastProblem = "";
  while (failure === undefined && Date.now() - begun < o.healthyWithinSeconds * 1000) {
    try {
      if (await o.isHealthy()) return child;
    } catch (error) {
      lastProblem = `, last: ${error instanceof Error ? error.message : String(error)}`;
    }
    await Promise.race([sleep(40), exited]);
  }
  const reason = failure ?? `was not healthy within ${o.healthyWithinSeconds} s${lastProblem}`;
  await child.stop();
  throw new Error(`${o.name} ${reason}${await lastLines(o.logFile)}`);
}

/** Takes over a process that an earlier parent started; undefined when it is gone, or another has its number. */
export async function adoptChild(o: {
  readonly name: string;
  readonly identity: ProcessIdentity;
  readonly logFile: string;
  readonly stopWithinSeconds?: number;
}): Promise<Child | undefined> {
  if (!(await isAlive(o.identity))) return undefined;
  return childOf(o.name, o.identity, o.logFile, o.stopWithinSeconds ?? 10, undefined);
}

function childOf(
  name: string,
  identity: ProcessIdentity,
  logFile: string,
  stopWithinSeconds: number,
  exited: Promise<void> | undefined,
): Child {
  const kill = async (signal: NodeJS.Signals): Promise<void> => {
    if (!(await isAlive(identity))) return;
    try {
      process.kill(identity.pid, signal);
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
    }
  };
  const goneWithin = async (seconds: number): Promise<boolean> => {
    const begun = Date.now();
    while (await isAlive(identity)) {
      if (Date.now() - begun >= seconds * 1000) return false;
      await sleep(30);
    }
    return true;
  };
  let ended = exited;
  return {
    name,
    identity,
    logFile,
    isAlive: () => isAlive(identity),
    kill,
    async stop() {
      await kill("SIGTERM");
      if (await goneWithin(stopWithinSeconds)) return;
      await kill("SIGKILL");
      if (!(await goneWithin(10))) throw new Error(`${name} (pid ${identity.pid}) does not end, even by SIGKILL`);
    },
    get ended() {
      ended ??= watch(identity);
      return ended;
    },
  };
}

async function watch(identity: ProcessIdentity): Promise<void> {
  while (await isAlive(identity)) await sleep(250);
}

/** The end of a log as text to append to a message, or nothing where there is none. */
async function lastLines(logFile: string): Promise<string> {
  const text = await readFile(logFile, "utf8").catch((error: unknown) => {
    if (isMissing(error)) return "";
    throw error;
  });
  const lines = text.trimEnd().split("\n").slice(-20);
  return text.trim() === "" ? "" : `; last lines of its log:\n  ${lines.join("\n  ")}`;
}

/** Whether `text` was written to the log after byte `from`: a log is appended to, and an earlier run said it too. */
export async function logSays(logFile: string, from: number, text: string): Promise<boolean> {
  const file = await open(logFile, "r").catch((error: unknown) => {
    if (isMissing(error)) return undefined;
    throw error;
  });
  if (file === undefined) return false;
  try {
    const { size } = await file.stat();
    const tail = Buffer.alloc(Math.max(0, size - from));
    await file.read(tail, 0, tail.length, from);
    return tail.includes(text);
  } finally {
    await file.close();
  }
}
