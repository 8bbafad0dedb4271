import { readFile } from "node:fs/promises";

/** A process that cannot be confused with a later one of the same number. */
export type ProcessIdentity = {
  readonly pid: number;
  /** Clock ticks from boot to the start of the process, as `/proc/<pid>/stat` has it. */
  readonly startTicks: string;
};

/** Of the running process with this number, or undefined; one that has ended and only waits to be reaped counts as ended. */
export async function processIdentity(pid: number): Promise<ProcessIdentity | undefined> {
  let stat: string;
  try {
    stat = await readFile(`/proc/${pid}/stat`, "utf8");
  } catch {
    return undefined;
  }
  // The command's name stands in parentheses and may hold blanks and parentheses itself.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const [state, startTicks] = [fields[0], fields[19]];
  if (startTicks === undefined || state === "Z" || state === "X") return undefined;
  return { pid, startTicks };
}

export async function isAlive(identity: ProcessIdentity): Promise<boolean> {
  return (await processIdentity(identity.pid))?.startTicks === identity.startTicks;
}
