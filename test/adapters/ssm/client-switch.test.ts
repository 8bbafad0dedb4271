import { SSMClient } from "@aws-sdk/client-ssm";
import { expect, it } from "vitest";
import { ssmClientSwitch } from "#adapters/ssm/client-switch.ts";
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
