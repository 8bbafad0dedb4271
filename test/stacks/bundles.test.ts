import { execFile } from "node:child_process";
import { copyFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, inject, it } from "vitest";
import { FUNCTIONS } from "#functions/manifest.ts";
import { isInVpc } from "../../stacks/rights.ts";

const bundles = inject("bundles");
const MEGABYTE = 1_048_576;
/**
 * The design asked for 300 KB, which the AWS SDK's core, zod and Powertools take by themselves. With the SDK left to Lambda's own
 * copy it would be about 200 KB, and take more than twice as long to load (npm run bench:cold-start measures both).
 */
const API_BYTES = 400_000;

describe("the bundles that are uploaded", () => {
  it.each(bundles)("$name is as small as its cold start needs", ({ name, bytes }) => {
    const isApi = name.startsWith("http-") && !isInVpc(name);
    expect(bytes).toBeLessThanOrEqual(isApi ? API_BYTES : MEGABYTE);
  });

  it("are one for each function of the manifest", () => {
    expect(bundles.map(({ name }) => name)).toEqual(FUNCTIONS.map(({ name }) => name));
  });

  it("carry no client of Kafka where none is reached", () => {
    const light = bundles.filter(({ name }) => !isInVpc(name));
    expect(light.length).toBeGreaterThan(10);
    for (const { name, bytes } of light) expect(bytes, name).toBeLessThan(450_000);
  });

  it("know nothing of crash points, which are put around the ports on one machine only", () => {
    const inAny = new Set(bundles.flatMap(({ ownModules }) => ownModules));
    expect(inAny).toContain("use-cases/decide-and-write.ts");
    expect([...inAny].filter((module) => /crash-point|port-methods/.test(module))).toEqual([]);
  });

  it("load where nothing else is, and export a handler", { timeout: 60_000 }, async () => {
    const folder = await mkdtemp(join(tmpdir(), "sluice-loaded-"));
    try {
      const files = await Promise.all(
        bundles.map(async ({ name, file }) => {
          await copyFile(file, join(folder, `${name}.mjs`));
          return `./${name}.mjs`;
        }),
      );
      const program = `for (const file of ${JSON.stringify(files)}) console.log(file, typeof (await import(file)).handler);`;
      const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "--eval", program], {
        cwd: folder,
        env: {},
      });
      expect(stdout.trim().split("\n")).toEqual(files.map((file) => `${file} function`));
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});
