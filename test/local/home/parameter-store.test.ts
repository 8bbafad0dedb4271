import { mkdtemp, rm } from "node:fs/promises";
import type { Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  DeleteParameterCommand,
  GetParameterCommand,
  GetParametersByPathCommand,
  GetParametersCommand,
  PutParameterCommand,
  SSMClient,
} from "@aws-sdk/client-ssm";
import { afterEach, beforeEach, expect, test } from "vitest";
import { parameterStore } from "#local/parameters/parameter-store.ts";

let directory: string;
let server: Server;
let ssm: SSMClient;

async function open(): Promise<void> {
  server = await parameterStore(join(directory, "parameters.json"));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  ssm = new SSMClient({
    region: "eu-west-1",
    credentials: { accessKeyId: "local", secretAccessKey: "local" },
    endpoint: `http://127.0.0.1:${address.port}`,
  });
}
async function close(): Promise<void> {
  ssm.destroy();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "sluice-parameters-"));
  await open();
});
afterEach(async () => {
  await close();
  await rm(directory, { recursive: true, force: true });
});

const put = (Name: string, Value: string, Overwrite = true) =>
  ssm.send(new PutParameterCommand({ Name, Value, Type: "String", Overwrite }));

test("what was acknowledged is there after a restart, with its version", async () => {
  await put("/orders/cluster", "source");
  expect((await put("/orders/cluster", "paused")).Version).toBe(2);
  await close();
  await open();
  const { Parameter } = await ssm.send(new GetParameterCommand({ Name: "/orders/cluster" }));
  expect(Parameter).toMatchObject({ Value: "paused", Version: 2, Type: "String" });
  expect(Parameter?.LastModifiedDate).toBeInstanceOf(Date);
});

test("writes that arrive together are all kept", async () => {
  await Promise.all(Array.from({ length: 30 }, (_, i) => put(`/client/${i}`, `value-${i}`)));
  await close();
  await open();
  const { Parameters } = await ssm.send(new GetParametersByPathCommand({ Path: "/client", Recursive: true }));
  expect(Parameters).toHaveLength(30);
});

test("refusals have the names that SSM gives them", async () => {
  await put("/there", "source", false);
  await expect(put("/there", "target", false)).rejects.toMatchObject({ name: "ParameterAlreadyExists" });
  await expect(ssm.send(new GetParameterCommand({ Name: "/absent" }))).rejects.toMatchObject({
    name: "ParameterNotFound",
  });
  const many = await ssm.send(new GetParametersCommand({ Names: ["/there", "/absent"] }));
  expect([many.Parameters?.map((p) => p.Value), many.InvalidParameters]).toEqual([["source"], ["/absent"]]);
  await ssm.send(new DeleteParameterCommand({ Name: "/there" }));
  await expect(ssm.send(new DeleteParameterCommand({ Name: "/there" }))).rejects.toMatchObject({
    name: "ParameterNotFound",
  });
});

test("a change of a parameter that is not there creates none", async () => {
  const change = ssm.send(new PutParameterCommand({ Name: "/nobody/cluster", Value: "target", Overwrite: true }));
  await expect(change).rejects.toMatchObject({ name: "ValidationException" });
  const answer = await ssm.send(new GetParametersCommand({ Names: ["/nobody/cluster"] }));
  expect(answer.InvalidParameters).toEqual(["/nobody/cluster"]);
});
