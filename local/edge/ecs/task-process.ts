import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { constants } from "node:os";
import { fileURLToPath } from "node:url";
import { isAlive, type ProcessIdentity, processIdentity } from "../../processes/process-identity.ts";

const REPOSITORY = fileURLToPath(new URL("../../../", import.meta.url));

/** In the environment of a task's process and of all it starts, so that they are found whoever their parent is now. */
const MARK = "SLUICE_TASK_ARN";

export type StartedTask = { readonly child: ChildProcess; readonly identity: ProcessIdentity | undefined };

/** Starts the process in a session of its own, so that it outlives the edge; rejects when the command cannot be run. */
export async function startTaskProcess(o: {
  readonly taskArn: string;
  readonly argv: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly logFile: string;
}): Promise<StartedTask> {
  const [command, ...args] = o.argv;
  if (command === undefined) throw new Error("no command to run");
  const log = openSync(o.logFile, "a", 0o600);
  const child = spawn(command, args, {
    cwd: REPOSITORY,
    env: { ...o.environment, [MARK]: o.taskArn },
    stdio: ["ignore", log, log],
    detached: true,
  });
  closeSync(log);
  await new Promise<void>((resolve, reject) => {
    child.once("spawn", resolve);
    child.once("error", reject);
  });
  child.unref();
  return { child, identity: child.pid === undefined ? undefined : await processIdentity(child.pid) };
}

/** As a container's: 128 and the signal's number where a signal ended it. */
export const exitCodeOf = (code: number | null, signal: NodeJS.Signals | null): number =>
  code ?? 128 + (signal === null ? 0 : constants.signals[signal]);

/** To the process and all of its group; nothing happens when it is gone or another has its number. */
export async function signalTask(identity: ProcessIdentity, signal: NodeJS.Signals): Promise<void> {
  if (await isAlive(identity)) send(-identity.pid, signal);
}

/** Ends what a task's main process left behind, as the end of a container does. */
export async function killRemains(taskArn: string): Promise<void> {
  for (const { pid } of await processesOf(taskArn)) send(pid, "SIGKILL");
}

/** The main process of a task whose start was not recorded in time. */
export async function findMainProcess(taskArn: string): Promise<ProcessIdentity | undefined> {
  const processes = await processesOf(taskArn);
  const main = processes.find(({ pid, sessionId }) => pid === sessionId) ?? processes[0];
  return main === undefined ? undefined : processIdentity(main.pid);
}

async function processesOf(taskArn: string): Promise<readonly { pid: number; sessionId: number }[]> {
  const mark = `${MARK}=${taskArn}`;
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    pids.map(async (pid) => {
      // Gone meanwhile, or another user's: not a process of this task.
      const [environment, stat] = await Promise.all([
        readFile(`/proc/${pid}/environ`, "utf8").catch(() => ""),
        readFile(`/proc/${pid}/stat`, "utf8").catch(() => ""),
      ]);
      if (!environment.split("\0").includes(mark)) return [];
      const sessionId = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[3]);
      return [{ pid: Number(pid), sessionId }];
    }),
  );
  return found.flat();
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
  }
}
