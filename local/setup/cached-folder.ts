import { createHash } from "node:crypto";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { isAlive, type ProcessIdentity, processIdentity } from "../processes/process-identity.ts";

export const repositoryRoot = fileURLToPath(new URL("../..", import.meta.url));
export const cacheRoot = join(repositoryRoot, ".sluice", "cache");

/**
 * The folder `.sluice/cache/<name>`, filled once for each content of `inputs` and then instant.
 * `fill` gets a temporary folder; only a complete one takes the final name, so that an interrupted fetch is never mistaken
 * for a whole one, and a lock keeps two processes from fetching at once.
 */
export async function cachedFolder(o: {
  readonly name: string;
  readonly inputs: readonly string[];
  readonly fill: (temporary: string) => Promise<void>;
  readonly announce?: (line: string) => void;
}): Promise<string> {
  const hash = createHash("sha256");
  for (const input of o.inputs) hash.update(input).update("\0");
  const wanted = hash.digest("hex");
  const folder = join(cacheRoot, o.name);
  if ((await markerOf(folder)) === wanted) return folder;
  await mkdir(cacheRoot, { recursive: true });
  const release = await lock(join(cacheRoot, `${o.name}.lock`));
  try {
    if ((await markerOf(folder)) === wanted) return folder;
    const announce = o.announce ?? announceOnStderr;
    announce(`${o.name}: making it ready once, in .sluice/cache…`);
    const begun = performance.now();
    const temporary = join(cacheRoot, `${o.name}.${process.pid}.partial`);
    await rm(temporary, { recursive: true, force: true });
    await mkdir(temporary, { recursive: true });
    try {
      await o.fill(temporary);
      await writeFile(join(temporary, markerName), wanted);
      // Never pulls a complete folder away from under a process that uses it.
      if ((await markerOf(folder)) === wanted) return folder;
      await rm(folder, { recursive: true, force: true });
      await rename(temporary, folder);
    } finally {
      await rm(temporary, { recursive: true, force: true });
    }
    announce(`${o.name}: ready after ${((performance.now() - begun) / 1000).toFixed(0)} s`);
    return folder;
  } finally {
    await release();
  }
}

const markerName = ".inputs-sha256";
const announceOnStderr = (line: string): void => {
  process.stderr.write(`${line}\n`);
};

const markerOf = (folder: string): Promise<string | undefined> =>
  readFile(join(folder, markerName), "utf8").catch((error: unknown) => {
    if (isMissing(error)) return undefined;
    throw error;
  });

/** A folder as lock, naming its holder; a holder that died leaves a lock that the next one takes over. */
async function lock(path: string): Promise<() => Promise<void>> {
  const holder = JSON.stringify(await processIdentity(process.pid));
  for (;;) {
    try {
      await writeFile(path, holder, { flag: "wx" });
      return () => rm(path, { force: true });
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
    }
    const text = await readFile(path, "utf8").catch(() => "");
    if (text !== "" && !(await isAlive(JSON.parse(text) as ProcessIdentity))) {
      // Renaming first: of two waiters that saw the dead holder only one takes its lock away.
      const stale = `${path}.${process.pid}.stale`;
      await rename(path, stale).then(
        () => rm(stale, { force: true }),
        () => undefined,
      );
    } else await sleep(200);
  }
}

export const isMissing = (error: unknown): boolean =>
  error instanceof Error && "code" in error && error.code === "ENOENT";
