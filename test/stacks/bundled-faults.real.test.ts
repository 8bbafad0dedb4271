import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CreateStateMachineCommand, SFNClient } from "@aws-sdk/client-sfn";
import { build } from "esbuild";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Moto, startMoto } from "#local/processes/start-moto.ts";
import { bundleOptions } from "../../stacks/bundles/build-bundles.ts";
import { startLocalTable } from "../adapters/dynamodb/local-table.ts";
import { type Provoked, provoked } from "./fixtures/provoked-faults.ts";

const directory = await mkdtemp(join(tmpdir(), "sluice-faults-"));
let moto: Moto;
let table: Awaited<ReturnType<typeof startLocalTable>>;

beforeAll(async () => {
  [moto, table] = await Promise.all([startMoto({ name: "moto", directory, region: "eu-west-1" }), startLocalTable()]);
});
afterAll(async () => {
  await Promise.all([moto?.process.stop(), table?.stop()]);
  await rm(directory, { recursive: true, force: true });
});

it("what is left out of bundles changes no fault: adapters say the same of every error, bundled or not", async () => {
  const sfn = new SFNClient({
    endpoint: moto.url,
    region: "eu-west-1",
    credentials: { accessKeyId: "local", secretAccessKey: "local" },
  });
  const machineOf = async (name: string): Promise<string> => {
    const definition = JSON.stringify({ StartAt: "End", States: { End: { Type: "Succeed" } } });
    const made = await sfn.send(
      new CreateStateMachineCommand({ name, definition, roleArn: "arn:aws:iam::123456789012:role/r" }),
    );
    return made.stateMachineArn ?? "";
  };
  const { outputFiles: _none } = await build({
    ...bundleOptions(directory),
    entryPoints: [{ in: "test/stacks/fixtures/provoked-faults.ts", out: "bundled" }],
  });
  const bundled = ((await import(join(directory, "bundled.mjs"))) as { readonly provoked: typeof provoked }).provoked;
  const outcomes: Provoked[] = [];
  for (const [name, provoke] of [
    ["plain", provoked],
    ["small", bundled],
  ] as const) {
    const machine = await machineOf(name);
    const seen = await provoke({ aws: moto.url, dynamodb: table.url, table: table.tableName, machine, name });
    outcomes.push(
      Object.fromEntries(Object.entries(seen).map(([what, told]) => [what, told.replaceAll(name, "NAME")])),
    );
  }
  const [plain, small] = outcomes;
  expect(small).toEqual(plain);
  expect(plain).toMatchObject({
    created: 'answered "created"',
    "created again": 'answered "same"',
    "another of that name": 'answered "different"',
    "a write that lost": 'answered {"written":false}',
    "no table": expect.stringMatching(/^OperatorFault: .*nowhere/),
    "started twice": 'answered "started"',
    "no machine": expect.stringMatching(/^OperatorFault: state machine .* does not exist/),
    "no execution": "answered false",
    "no parameter": expect.stringMatching(/^OperatorFault: SSM parameter .* does not exist/),
    "no secret": expect.stringMatching(/^OperatorFault: secret nowhere does not exist/),
    "no topic": expect.stringMatching(/^OperatorFault: SNS topic .* does not exist/),
    "no schedule": "answered undefined",
  });
});
