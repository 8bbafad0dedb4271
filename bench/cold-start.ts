/**
 * `npm run bench:cold-start -- [--times N] [--json]`: import and first call of each bundle, as it is uploaded, in a fresh
 * process. In the same run: a handler that does nothing, and one bundle with the AWS SDK left to the machine's own copy.
 */
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { CreateTableCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { build } from "esbuild";
import { tableDefinition } from "#adapters/dynamodb/table.ts";
import { FUNCTIONS } from "#functions/manifest.ts";
import { awsEnvironment, handlerEnvironment, LOCAL_CREDENTIALS } from "#local/home/control-environment.ts";
import { DEFAULT_REGION, TABLE } from "#local/home/local-account.ts";
import { startDynamoDb } from "#local/processes/start-dynamodb.ts";
import { startMoto } from "#local/processes/start-moto.ts";
import { repositoryRoot } from "#local/setup/cached-folder.ts";
import { buildBundles, bundleOptions } from "../stacks/bundles/build-bundles.ts";
import { eventFor } from "./cold-start/events.ts";
import { type ColdStart, coldStart } from "./cold-start/fresh-process.ts";
import { roundedRatio, roundedSpread, type Spread, spread } from "./waves/spread.ts";
import { table } from "./waves/table.ts";

const { values } = parseArgs({
  options: { times: { type: "string", default: "7" }, json: { type: "boolean", default: false } },
});
const times = Number(values.times);
if (!Number.isInteger(times) || times < 1) {
  process.stderr.write(`--times ${values.times}: expected a whole number of at least 1\n`);
  process.exit(2);
}
const COMPARED = "http-hold-wave";
type Result = {
  readonly name: string;
  readonly bytes: number;
  readonly imported: Spread;
  readonly called: Spread;
  readonly outcome: string;
};

const directory = join(repositoryRoot, ".sluice", "bench", "cold-start");
await rm(directory, { recursive: true, force: true });
await mkdir(directory, { recursive: true });
const bundles = await buildBundles(join(directory, "bundles"));
const compared = FUNCTIONS.find(({ name }) => name === COMPARED);
if (compared === undefined) throw new Error(`functions/manifest.ts has no ${COMPARED}`);
const [moto, dynamodb] = await Promise.all([
  startMoto({ name: "moto", directory, region: DEFAULT_REGION }),
  startDynamoDb({ directory, storage: "memory" }),
]);
try {
  const client = new DynamoDBClient({ endpoint: dynamodb.url, region: DEFAULT_REGION, credentials: LOCAL_CREDENTIALS });
  await client.send(new CreateTableCommand(tableDefinition(TABLE)));
  const endpoints = {
    edge: moto.url,
    dynamodb: dynamodb.url,
    ssm: moto.url,
    secretsManager: moto.url,
    cloudwatch: moto.url,
  };
  const environment = {
    ...awsEnvironment(DEFAULT_REGION, endpoints, LOCAL_CREDENTIALS),
    ...handlerEnvironment(DEFAULT_REGION, directory),
    SLUICE_POSTERS: "arn:aws:iam::123456789012:role/platform-team",
  };
  const repeat = async (file: string, event: unknown): Promise<readonly ColdStart[]> => {
    const measured: ColdStart[] = [];
    for (let time = 0; time < times; time++) measured.push(await coldStart(file, event, environment));
    return measured;
  };

  const nothing = join(directory, "nothing.mjs");
  await writeFile(nothing, "export const handler = async () => ({ statusCode: 200 });\n");
  const withoutSdk = join(directory, "without-sdk");
  await build({
    ...bundleOptions(withoutSdk),
    entryPoints: [{ in: `functions/${compared.file}`, out: "index" }],
    external: ["@aws-sdk/*", "@smithy/*"],
  });
  const rows = [
    ...bundles.map(({ name, bytes, folder }) => ({
      name,
      bytes,
      file: join(folder, "index.mjs"),
      event: eventFor(FUNCTIONS.find((entry) => entry.name === name) ?? compared),
    })),
    { name: "a handler that does nothing", bytes: 0, file: nothing, event: {} },
    {
      name: `${COMPARED}, the SDK not in it`,
      bytes: 0,
      file: join(withoutSdk, "index.mjs"),
      event: eventFor(compared),
    },
  ];
  const results: Result[] = [];
  for (const { name, bytes, file, event } of rows) {
    const measured = await repeat(file, event);
    results.push({
      name,
      bytes,
      imported: spread(measured.map((one) => one.importMilliseconds)),
      called: spread(measured.map((one) => one.callMilliseconds)),
      outcome: measured[0]?.outcome ?? "",
    });
  }
  process.stdout.write(
    `\nImport and first call of each bundle in a fresh process, ${times} times each; the table is there and empty.\n\n${table(
      [
        ["function", "KB", "import ms", "p95", "first call ms", "p95", "answer"],
        ...results.map(({ name, bytes, imported, called, outcome }) => [
          name,
          bytes === 0 ? "" : (bytes / 1000).toFixed(0),
          imported.median.toFixed(0),
          imported.p95.toFixed(0),
          called.median.toFixed(0),
          called.p95.toFixed(0),
          outcome,
        ]),
      ],
    )}\n\n`,
  );
  const medianOf = (name: string): number => results.find((one) => one.name === name)?.imported.median ?? Number.NaN;
  const json = {
    name: "cold-start",
    figures: Object.fromEntries(
      results.map(({ name, bytes, imported, called }) => [
        name,
        { bytes, importMilliseconds: roundedSpread(imported), firstCallMilliseconds: roundedSpread(called) },
      ]),
    ),
    ratios: {
      importWithoutSdkToBundled: roundedRatio(medianOf(`${COMPARED}, the SDK not in it`) / medianOf(COMPARED)),
      largestApiBytesTo300KiB: roundedRatio(
        Math.max(...bundles.flatMap(({ name, bytes }) => (name.startsWith("http-") ? [bytes] : []))) / (300 * 1024),
      ),
    },
  };
  process.stdout.write(
    `without the SDK in it, ${COMPARED} takes ${json.ratios.importWithoutSdkToBundled} times as long to load\n`,
  );
  if (values.json) process.stdout.write(`${JSON.stringify(json)}\n`);
} finally {
  await Promise.all([moto.process.stop(), dynamodb.process.stop()]);
}
