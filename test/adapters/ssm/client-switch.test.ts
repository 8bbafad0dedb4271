import { mkdtemp, rm } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DeleteParameterCommand, GetParameterCommand, PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { expect, it, onTestFinished } from "vitest";
import { ssmClientSwitch } from "#adapters/ssm/client-switch.ts";
import { parameterStore } from "#local/parameters/parameter-store.ts";
import { freePort } from "#local/setup/free-port.ts";
import { migration } from "../../in-memory/migration.ts";

const client = migration().waves[0]?.clients[0];
if (client === undefined) throw new Error("the example has no client");
const ssmThatThrows = (error: Error): SSMClient => {
  const ssm = new SSMClient({ region: "eu-west-1", credentials: { accessKeyId: "x", secretAccessKey: "y" } });
  ssm.send = () => Promise.reject(error);
  return ssm;
};
const named = (name: string, more: object = {}) => Object.assign(new Error("it said no"), { name, ...more });

it.each([
  ["ThrottlingException", {}],
  ["TooManyUpdates", {}],
  ["InternalServerError", { $metadata: { httpStatusCode: 500 } }],
  ["TimeoutError", {}],
])("%s passes by itself", async (name, more) => {
  const clients = ssmClientSwitch({ client: ssmThatThrows(named(name, more)) });
  await expect(clients.stop(client)).rejects.toMatchObject({ name: "RetryableFault" });
});

it.each(["AccessDeniedException", "ExpiredTokenException", "UnrecognizedClientException", "CredentialsProviderError"])(
  "%s is a person's to cure",
  async (name) => {
    const clients = ssmClientSwitch({ client: ssmThatThrows(named(name)) });
    await expect(clients.stop(client)).rejects.toMatchObject({
      name: "OperatorFault",
      message: expect.stringContaining("/payments/kafka/cluster"),
    });
  },
);

it("a service that nobody answers at passes by itself", async () => {
  const ssm = new SSMClient({
    region: "eu-west-1",
    endpoint: `http://127.0.0.1:${await freePort()}`,
    credentials: { accessKeyId: "x", secretAccessKey: "y" },
    maxAttempts: 1,
  });
  await expect(ssmClientSwitch({ client: ssm }).position(client)).rejects.toMatchObject({ name: "RetryableFault" });
});

it("what nobody foresaw is not called by another name", async () => {
  const unforeseen = named("ValidationException");
  await expect(ssmClientSwitch({ client: ssmThatThrows(unforeseen) }).stop(client)).rejects.toBe(unforeseen);
});

it("names a parameter that was deleted after it was seen, and does not create it anew", async () => {
  const directory = await mkdtemp(join(tmpdir(), "sluice-switch-"));
  const server = await parameterStore(join(directory, "parameters.json"));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const ssm = new SSMClient({
    region: "eu-west-1",
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    credentials: { accessKeyId: "x", secretAccessKey: "y" },
    maxAttempts: 1,
  });
  onTestFinished(async () => {
    ssm.destroy();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await rm(directory, { recursive: true, force: true });
  });
  const Name = client.switch.ssm;
  await ssm.send(new PutParameterCommand({ Name, Value: "source", Type: "String" }));
  const clients = ssmClientSwitch({ client: ssm });
  await clients.stop(client);
  await ssm.send(new DeleteParameterCommand({ Name }));
  await expect(clients.start(client, "target")).rejects.toMatchObject({
    name: "OperatorFault",
    message: expect.stringMatching(/\/payments\/kafka\/cluster.*create it/),
  });
  await expect(ssm.send(new GetParameterCommand({ Name }))).rejects.toMatchObject({ name: "ParameterNotFound" });
});
