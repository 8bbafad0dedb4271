/** `npm run -s synth -- STAGE`: the stage's resource graph as JSON on stdout. */
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildBundles } from "../../stacks/bundles/build-bundles.ts";
import { repositoryRoot } from "../setup/cached-folder.ts";
import { stageFile, synth } from "./synth.ts";

const [stage] = process.argv.slice(2);
if (stage === undefined) {
  process.stderr.write("A stage is missing: npm run -s synth -- STAGE\n");
  process.exit(1);
}
if (!existsSync(join(repositoryRoot, stageFile(stage))))
  process.stderr.write(`${stageFile(stage)} is not there: evaluated with ${stageFile("example")}\n`);
const bundles = await mkdtemp(join(tmpdir(), "sluice-bundles-"));
try {
  await buildBundles(bundles);
  process.stdout.write(`${JSON.stringify((await synth([stage], bundles))[stage], null, 2)}\n`);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
} finally {
  await rm(bundles, { recursive: true, force: true });
}
