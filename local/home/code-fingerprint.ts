import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { repositoryRoot } from "../setup/cached-folder.ts";

const folders = [
  "core",
  "use-cases",
  "adapters",
  "functions",
  "local/edge",
  "local/guard",
  "local/host",
  "local/parameters",
];

/** Changes with the code that handlers and edge run, so that a process with older code is not taken over. */
export async function codeFingerprint(): Promise<string> {
  const hash = createHash("sha256");
  for (const folder of folders) {
    const path = join(repositoryRoot, folder);
    if (!existsSync(path)) continue;
    for (const file of (await readdir(path, { recursive: true })).toSorted()) {
      const { mtimeMs, size } = await stat(join(path, file));
      hash.update(`${folder}/${file} ${mtimeMs} ${size}\n`);
    }
  }
  return hash.digest("hex");
}
