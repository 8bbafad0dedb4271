import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import type { Graph } from "#local/synth/graph.ts";
import { synth } from "#local/synth/synth.ts";
import { buildBundles } from "../../stacks/bundles/build-bundles.ts";

/** What a bundle can ask for and do: read from what esbuild left in it. */
export type BundleSeen = {
  readonly name: string;
  readonly file: string;
  readonly bytes: number;
  /** Modules of the product's own. */
  readonly ownModules: readonly string[];
  /** Environment variables that it can ask for. */
  readonly variables: readonly string[];
  /** Operations of AWS clients, as `states:StartExecution`. */
  readonly operations: readonly string[];
};

declare module "vitest" {
  interface ProvidedContext {
    stages: { readonly production: Graph; readonly trial: Graph };
    bundles: readonly BundleSeen[];
    /** Of the processor, for both evaluations: the clock would count whatever else the machine does. */
    evaluationSeconds: number;
  }
}

const CLIENTS: Readonly<Record<string, string>> = {
  "client-dynamodb": "dynamodb",
  "client-sfn": "states",
  "client-secrets-manager": "secretsmanager",
};

const TICKS_PER_SECOND = 100;
/** What ended child processes have had of the processor, in s: proc(5), cutime and cstime. */
async function childrensSeconds(): Promise<number> {
  const fields = (await readFile("/proc/self/stat", "utf8")).replace(/^.*\) /s, "").split(" ");
  return (Number(fields[13]) + Number(fields[14])) / TICKS_PER_SECOND;
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), "sluice-bundles-"));
  const bundles = await buildBundles(folder);
  const before = await childrensSeconds();
  const stages = await synth(["production", "trial"], folder);
  project.provide("evaluationSeconds", (await childrensSeconds()) - before);
  project.provide("stages", stages);
  project.provide(
    "bundles",
    await Promise.all(
      bundles.map(async ({ name, bytes, modules }): Promise<BundleSeen> => {
        const file = join(folder, name, "index.mjs");
        const text = await readFile(file, "utf8");
        const asked = [...text.matchAll(/"(SLUICE_[A-Z_]+)"/g)].flatMap(([, variable]) => variable ?? []);
        const operations = [...modules].flatMap(([path, left]) => {
          const [, client = "", operation] =
            /@aws-sdk\/(?:(client-[a-z-]+)\/dist-es|nested-clients\/dist-es\/submodules\/(\w+))\/commands\/(\w+)Command\.js$/
              .exec(path)
              ?.filter((part) => part !== undefined) ?? [];
          if (operation === undefined || left === 0) return [];
          return [`${CLIENTS[client] ?? client.replace("client-", "")}:${operation}`];
        });
        const ownModules = [...modules.keys()].filter((path) => /^(core|use-cases|adapters|functions)\//.test(path));
        return { name, file, bytes, ownModules, variables: [...new Set(asked)].sort(), operations: operations.sort() };
      }),
    ),
  );
  return () => rm(folder, { recursive: true, force: true });
}
