import { execFile } from "node:child_process";
import { copyFile, mkdir, readFile, realpath, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { cachedFolder, repositoryRoot } from "../setup/cached-folder.ts";

const run = promisify(execFile);
const NAME = "sst-platform-4.17.1";
const packages = fileURLToPath(new URL("./platform-4.17.1/", import.meta.url));

/** The platform is installed for an app; what this one says does not matter, only its provider's version does. */
const CONFIG = `export default $config({
  app: () => ({ name: "sluice", home: "aws", version: "4.17.1", providers: { aws: { version: "7.20.0" } } }),
  async run() {},
});
`;

/**
 * SST's components and Pulumi's libraries, as a deployment has them in `.sst`: the first from the `sst` package itself, the
 * others by the lock file beside this one. Fetched once into `.sluice/cache`, without an account or an install script.
 */
export async function sstPlatform(): Promise<{ readonly folder: string; readonly platform: string }> {
  const files = ["package.json", "package-lock.json"];
  const texts = await Promise.all(files.map((file) => readFile(join(packages, file), "utf8")));
  const folder = await cachedFolder({
    name: NAME,
    inputs: [...texts, CONFIG],
    fill: async (temporary) => {
      await writeFile(join(temporary, "sst.config.ts"), CONFIG);
      // SST wants a package manager of its own for the libraries. They come by the lock file instead, so it is given one that does nothing.
      const nothing = join(temporary, "nothing");
      await writeFile(nothing, "#!/bin/sh\nexit 0\n", { mode: 0o755 });
      const home = join(temporary, "home");
      await mkdir(home);
      await run(join(repositoryRoot, "node_modules/.bin/sst"), ["install", "--stage", "synth"], {
        cwd: temporary,
        env: {
          ...process.env,
          HOME: home,
          SST_BUN_PATH: nothing,
          SST_SKIP_DEPENDENCY_CHECK: "1",
          SST_TELEMETRY_DISABLED: "1",
        },
      });
      await rm(home, { recursive: true, force: true });
      for (const file of files) await copyFile(join(packages, file), join(temporary, file));
      await run("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], { cwd: temporary });
    },
  });
  // A bundler names files by their real paths.
  const real = await realpath(folder);
  return { folder: real, platform: join(real, ".sst/platform") };
}
