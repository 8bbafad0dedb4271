import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build, type Plugin } from "esbuild";
import { repositoryRoot } from "../setup/cached-folder.ts";
import { startCliServer } from "./cli-server.ts";
import type { Graph } from "./graph.ts";
import { sstPlatform } from "./platform.ts";

/** What SST's command line leaves to be loaded when the config runs. */
const LOADED_LATER = ["@pulumi/*", "@pulumiverse/*", "archiver", "glob"];
/** Components of web sites want these; none is deployed. One of them has esbuild shorten a script as it is loaded: the project's own does. */
const leftOut: Plugin = {
  name: "left-out",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^esbuild$/ }, () => ({
      path: createRequire(import.meta.url).resolve("esbuild"),
      external: true,
    }));
    onResolve({ filter: /^(undici|vite|prettier|typescript)$/ }, ({ path }) => ({ path, namespace: "left-out" }));
    onLoad({ filter: /.*/, namespace: "left-out" }, () => ({ contents: "module.exports = {};", loader: "js" }));
  },
};
/** What SST's command line gives every file of a config: which stage it is, and where things are. */
const BANNER = `import { createRequire as evaluationRequire } from "node:module";
const require = evaluationRequire(import.meta.url);
const __filename = import.meta.filename;
const __dirname = import.meta.dirname;
Object.assign(globalThis, { $dev: false, ...JSON.parse(process.env.SLUICE_SYNTH_GLOBALS) });`;

/**
 * The resource graph of each stage: `sst.config.ts` itself, with SST's own components, evaluated as a deployment would, but
 * with Pulumi's mocks in place of its engine. No network, no account. `bundles` holds what `buildBundles` made.
 */
export async function synth<Stage extends string>(
  stages: readonly Stage[],
  bundles: string,
): Promise<Readonly<Record<Stage, Graph>>> {
  const { folder, platform } = await sstPlatform();
  const work = await mkdtemp(join(tmpdir(), "sluice-synth-"));
  // Beside the libraries, since that is from where they are loaded.
  const program = join(folder, `synth.${process.pid}.${Date.now()}.mjs`);
  const server = await startCliServer();
  try {
    await bundleProgram(program, platform);
    const given = { program, platform, work, bundles, serverUrl: server.url };
    const graphs = await Promise.all(stages.map(async (stage) => [stage, await evaluated(stage, given)] as const));
    return Object.fromEntries(graphs) as Record<Stage, Graph>;
  } finally {
    server.close();
    await rm(program, { force: true });
    await rm(work, { recursive: true, force: true });
  }
}

async function evaluated(
  stage: string,
  o: {
    readonly program: string;
    readonly platform: string;
    readonly work: string;
    readonly bundles: string;
    readonly serverUrl: string;
  },
): Promise<Graph> {
  const app = await appOf(stage);
  const work = join(o.work, stage);
  const output = join(o.work, `${stage}.json`);
  const paths = { home: work, root: repositoryRoot, work, platform: o.platform };
  await runProgram(o.program, {
    SST_SERVER: o.serverUrl,
    SST_AWS_REGION: REGION,
    SLUICE_SYNTH_GLOBALS: JSON.stringify({
      $app: { ...app, providers: undefined },
      $cli: { command: "diff", dev: false, paths, state: { version: {} } },
    }),
    SLUICE_SYNTH_APP: JSON.stringify({ ...app, region: REGION }),
    SLUICE_SYNTH_OUTPUT: output,
    SLUICE_BUNDLES: o.bundles,
    ...(existsSync(join(repositoryRoot, stageFile(stage))) ? {} : { SLUICE_STAGE_FILE: stageFile("example") }),
  });
  return { app, ...(JSON.parse(await readFile(output, "utf8")) as Omit<Graph, "app">) };
}

const REGION = "eu-west-1";
export const stageFile = (stage: string): string => `stacks/stages/${stage}.json`;

type Config = { app(input: { readonly stage: string }): Graph["app"] };

async function appOf(stage: string): Promise<Graph["app"]> {
  Object.assign(globalThis, { $config: (config: Config) => config });
  const { default: config } = (await import(join(repositoryRoot, "sst.config.ts"))) as { readonly default: Config };
  return { ...config.app({ stage }), stage };
}

async function bundleProgram(outfile: string, platform: string): Promise<void> {
  const globals = `import * as aws from "@pulumi/aws"; import * as sst from "${platform}/src/components";`;
  const withGlobals: Plugin = {
    name: "with-globals",
    setup({ onLoad }) {
      onLoad({ filter: /\/(stacks\/[^/]+|sst\.config)\.ts$/ }, async ({ path }) => ({
        contents: `${globals}\n${await readFile(path, "utf8")}`,
        loader: "ts",
      }));
    },
  };
  await build({
    stdin: {
      contents: `import { record } from ${JSON.stringify(fileURLToPath(new URL("./recorder.ts", import.meta.url)))};
        import { run } from "${platform}/src/auto/run.ts";
        import config from "./sst.config.ts";
        await record((onReady) => run(async () => { onReady(); return config.run(); }));`,
      resolveDir: repositoryRoot,
      sourcefile: "evaluation.ts",
      loader: "ts",
    },
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    mainFields: ["module", "main"],
    logLevel: "error",
    nodePaths: [join(platform, "../../node_modules")],
    banner: { js: BANNER },
    inject: [join(platform, "src/shim/run.js")],
    external: LOADED_LATER,
    plugins: [withGlobals, leftOut],
  });
}

function runProgram(file: string, environment: Readonly<Record<string, string>>): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ["--no-warnings", file], {
      cwd: repositoryRoot,
      env: { PATH: process.env["PATH"], HOME: process.env["HOME"], ...environment },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let told = "";
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (chunk: Buffer) => {
        told = (told + chunk.toString("utf8")).slice(-20_000);
      });
    child.once("error", reject);
    child.once("close", (code) =>
      code === 0 ? resolve() : reject(new Error(`sst.config.ts could not be evaluated:\n${told.trimEnd()}`)),
    );
  });
}
