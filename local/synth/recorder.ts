/**
 * Runs inside the evaluation: every resource is told to Pulumi's mocks, which answer as AWS would have, and the graph is
 * written when nothing is left to settle.
 */
import { writeFileSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";
import { attributesOf, type Inputs, lookUp } from "./mocked-aws.ts";

type Recorded = { type: string; name: string; custom: boolean; inputs: unknown; options: Record<string, unknown> };

const app = JSON.parse(process.env["SLUICE_SYNTH_APP"] ?? "") as { name: string; stage: string; region: string };

/** Pulumi hands secrets over in an envelope; a test looks at what is inside. */
function plain(value: unknown): unknown {
  if (pulumi.runtime.isRpcSecret(value)) return plain(pulumi.runtime.unwrapRpcSecret(value));
  if (Array.isArray(value)) return value.map(plain);
  if (value instanceof pulumi.asset.Asset || value instanceof pulumi.asset.Archive) return { asset: true };
  if (typeof value === "object" && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, plain(one)]));
  return value;
}

const namesOf = (resources: unknown): string[] =>
  (Array.isArray(resources) ? resources : [resources]).flatMap((one) =>
    typeof one === "object" && one !== null && "__name" in one ? [String(one.__name)] : [],
  );

export async function record(program: (onReady: () => void) => Promise<unknown>): Promise<void> {
  const resources: Recorded[] = [];
  const options = new Map<string, Record<string, unknown>>();
  const problems = new Set<string>();
  const key = (type: string, name: string): string => `${type}::${name}`;
  const tell = (error: unknown): void => {
    problems.add(error instanceof Error ? (error.stack ?? error.message) : String(error));
  };

  await pulumi.runtime.setMocks(
    {
      newResource({ type, name, custom, inputs }) {
        resources.push({ type, name, custom: custom ?? false, inputs: plain(inputs), options: {} });
        const given = inputs as Inputs;
        return {
          id: `${name}-id`,
          state: { ...given, name: given["name"] ?? name, ...attributesOf(app.region, type, name, given) },
        };
      },
      call({ token, inputs }) {
        try {
          // As a real look-up does, the answer repeats the question.
          return { ...inputs, ...lookUp(app.region, token, inputs as Inputs) };
        } catch (error) {
          // Pulumi swallows what a mock throws.
          tell(error);
          throw error;
        }
      },
    },
    app.name,
    app.stage,
    false,
  );
  pulumi.runtime.setConfig("aws:region", app.region);
  process.on("unhandledRejection", tell);

  let outputs: unknown = {};
  const result = await pulumi.runtime.runInPulumiStack(() =>
    program(() => {
      pulumi.runtime.registerStackTransformation(({ type, name, opts }) => {
        const { protect, retainOnDelete, ignoreChanges, dependsOn, parent } = opts as pulumi.CustomResourceOptions;
        options.set(key(type, name), {
          ...(parent === undefined ? {} : { parent: namesOf(parent)[0] }),
          ...(protect === undefined ? {} : { protect }),
          ...(retainOnDelete === undefined ? {} : { retainOnDelete }),
          ...(ignoreChanges === undefined ? {} : { ignoreChanges }),
          ...(dependsOn === undefined ? {} : { dependsOn: namesOf(dependsOn) }),
        });
        return undefined;
      });
    }),
  );
  pulumi.output(result).apply((settled: unknown) => {
    outputs = settled;
  });

  // Emitted once the event loop is empty, by which Pulumi's own host knows too that every output has settled.
  process.once("beforeExit", () => {
    if (problems.size > 0 || pulumi.log.hasErrors()) {
      for (const problem of problems) process.stderr.write(`${problem}\n`);
      process.exit(1);
    }
    for (const resource of resources) resource.options = options.get(key(resource.type, resource.name)) ?? {};
    writeFileSync(process.env["SLUICE_SYNTH_OUTPUT"] ?? "", JSON.stringify({ resources, outputs }));
  });
}
