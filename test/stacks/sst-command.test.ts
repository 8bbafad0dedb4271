import { execFile } from "node:child_process";
import { copyFile, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { repositoryRoot } from "#local/setup/cached-folder.ts";

/** On a new machine it does so once before it has Pulumi's packages: whoever imports one at the top of a file breaks the first deployment. */
it("SST's own command line bundles and reads the config, with nothing of Pulumi installed", {
  timeout: 60_000,
}, async () => {
  const folder = await mkdtemp(join(tmpdir(), "sluice-sst-"));
  try {
    for (const name of ["core", "functions", "adapters", "stacks", "node_modules"])
      await symlink(join(repositoryRoot, name), join(folder, name));
    for (const name of ["sst.config.ts", "package.json", "tsconfig.json"])
      await copyFile(join(repositoryRoot, name), join(folder, name));
    const nothing = join(folder, "nothing");
    await writeFile(nothing, "#!/bin/sh\nexit 0\n", { mode: 0o755 });
    await mkdir(join(folder, "home"));
    await promisify(execFile)(
      join(repositoryRoot, "node_modules/.bin/sst"),
      ["install", "--stage", "trial", "--print-logs"],
      {
        cwd: folder,
        env: {
          PATH: process.env["PATH"],
          HOME: join(folder, "home"),
          SST_BUN_PATH: nothing,
          SST_SKIP_DEPENDENCY_CHECK: "1",
          SST_TELEMETRY_DISABLED: "1",
        },
      },
    );
    const wanted = JSON.parse(await readFile(join(folder, ".sst/platform/package.json"), "utf8")) as {
      readonly dependencies: Record<string, string>;
    };
    const pinned = JSON.parse(
      await readFile(join(repositoryRoot, "local/synth/platform-4.17.1/package.json"), "utf8"),
    ) as typeof wanted;
    // What evaluates offline is what a deployment runs.
    for (const [name, version] of Object.entries(wanted.dependencies).filter(([one]) => one.startsWith("@pulumi/")))
      expect(pinned.dependencies[name], name).toBe(version.replace(/^v/, ""));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
