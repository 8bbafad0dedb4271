import { execFile } from "node:child_process";
import { copyFile, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, inject, it } from "vitest";
import { FUNCTIONS } from "#functions/manifest.ts";
import { isInVpc } from "../../stacks/rights.ts";

const bundles = inject("bundles");
const MEGABYTE = 1_048_576;
/** What a person waits for. */
const API_BYTES = 300 * 1024;
const PLANS = "commands-plan-waves";

describe("the bundles that are uploaded", () => {
  it.each(bundles)("$name is as small as its cold start needs", ({ name, bytes }) => {
    expect(bytes).toBeLessThanOrEqual(name.startsWith("http-") ? API_BYTES : MEGABYTE);
  });

  it("are one for each function of the manifest", () => {
    expect(bundles.map(({ name }) => name)).toEqual(FUNCTIONS.map(({ name }) => name));
  });

  it("carry no client of Kafka where none is reached", () => {
    const light = bundles.filter(({ name }) => !isInVpc(name));
    const ofApi = bundles.filter(({ name }) => name.startsWith("http-"));
    expect(ofApi.filter((bundle) => !light.includes(bundle)).map(({ name }) => name)).toEqual([]);
    expect(light.length).toBeGreaterThan(10);
    const ofKafka = light.flatMap(({ name, ownModules }) =>
      ownModules.filter((path) => /^adapters\/(kafka|connect|msk)\//.test(path)).map((path) => `${name}: ${path}`),
    );
    expect(ofKafka).toEqual([]);
    expect(bundles.flatMap(({ ownModules }) => ownModules)).toContain("adapters/kafka/connect-cluster.ts");
    // What plans waves is as much again as a command, and is no client of anything.
    for (const { name, bytes } of light) expect(bytes, name).toBeLessThan(name === PLANS ? 400_000 : 330_000);
  });

  it("know nothing of crash points, which are put around the ports on one machine only", () => {
    const inAny = new Set(bundles.flatMap(({ ownModules }) => ownModules));
    expect(inAny).toContain("use-cases/decide-and-write.ts");
    expect([...inAny].filter((module) => module.includes("crash-point"))).toEqual([]);
  });

  it("tell of the migration file's fields only where that is asked for", async () => {
    const words = "How long the business wants to be able to go back";
    const telling = await Promise.all(
      bundles.map(async ({ name, file }) => ((await readFile(file, "utf8")).includes(words) ? [name] : [])),
    );
    expect(telling.flat()).toEqual(["http-read-openapi"]);
  });

  it("say in English what is wrong with what they are given", async () => {
    for (const { name, file } of bundles)
      expect(await readFile(file, "utf8"), name).toContain("Invalid input: expected ");
    const posting = bundles.find(({ name }) => name === "http-post-migration")?.file;
    const event = {
      requestContext: { authorizer: { jwt: { claims: { sub: "poster" } } } },
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ name: "Shop" }),
    };
    const program = `const { handler } = await import(${JSON.stringify(posting)});
      const { statusCode, body } = await handler(${JSON.stringify(event)}, { getRemainingTimeInMillis: () => 5000 });
      process.stderr.write(JSON.stringify({ statusCode, body: JSON.parse(body) }));`;
    const { stderr } = await promisify(execFile)(process.execPath, ["--input-type=module", "--eval", program], {
      env: { SLUICE_POSTERS: "jwt:poster" },
    });
    expect(JSON.parse(stderr)).toMatchObject({
      statusCode: 400,
      body: {
        errors: expect.arrayContaining([
          { path: "name", value: "Shop", message: "expected 1 to 40 of a-z, 0-9 and -, not beginning with -" },
          { path: "waves", message: "is missing: Invalid input: expected array, received undefined" },
        ]),
      },
    });
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
