import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { cachedFolder, repositoryRoot } from "./cached-folder.ts";
import { runQuietly } from "./run-quietly.ts";

/** argv that runs moto's server, from an environment of pinned versions in `.sluice/cache`, made once. */
export async function motoServer(): Promise<string[]> {
  const requirements = fileURLToPath(new URL("requirements.txt", import.meta.url));
  // An environment points at the interpreter it was made with, so another interpreter needs another environment.
  const interpreter = await runQuietly(
    "python3",
    ["-c", "import sys; print(sys.base_prefix, sys.version)"],
    repositoryRoot,
  );
  const folder = await cachedFolder({
    name: "python-moto",
    inputs: [await readFile(requirements, "utf8"), interpreter],
    fill: async (temporary) => {
      await runQuietly("python3", ["-m", "venv", temporary], repositoryRoot);
      await runQuietly(
        join(temporary, "bin", "python"),
        ["-m", "pip", "install", "--no-input", "--disable-pip-version-check", "--quiet", "-r", requirements],
        repositoryRoot,
      );
    },
  });
  // By module: the scripts in bin/ name the temporary folder in which they were made.
  return [join(folder, "bin", "python"), "-m", "moto.server"];
}
