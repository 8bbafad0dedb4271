import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { GetParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { Kafka, logLevel } from "kafkajs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Estate, startEstate } from "#local/home/estate.ts";

let directory: string;
let estate: Estate;
const users = { admin: "admin-secret" };

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "sluice-estate-"));
  const cluster = { users, superUsers: ["admin"], allowEveryone: false };
  estate = await startEstate({
    directory,
    source: cluster,
    target: cluster,
    secrets: { "demo/sluice": { username: "sluice", password: "p" } },
    parameters: { "/orders/kafka/cluster": "source" },
  });
});
afterAll(async () => {
  await estate?.stop();
  await rm(directory, { recursive: true, force: true });
});

test("two clusters of different ids, and a moto with the parameters and secrets of the applications", async () => {
  const ids = await Promise.all(
    [estate.source, estate.target].map(async ({ bootstrapServers }) => {
      const sasl = { mechanism: "scram-sha-256", username: "admin", password: users.admin } as const;
      const admin = new Kafka({ brokers: [bootstrapServers], sasl, logLevel: logLevel.NOTHING }).admin();
      await admin.connect();
      try {
        return (await admin.describeCluster()).clusterId;
      } finally {
        await admin.disconnect();
      }
    }),
  );
  expect(new Set(ids).size).toBe(2);
  const client = {
    region: "eu-west-1",
    credentials: { accessKeyId: "local", secretAccessKey: "local" },
    endpoint: estate.awsUrl,
  };
  const parameter = await new SSMClient(client).send(new GetParameterCommand({ Name: "/orders/kafka/cluster" }));
  expect(parameter.Parameter?.Value).toBe("source");
  const secret = await new SecretsManagerClient(client).send(new GetSecretValueCommand({ SecretId: "demo/sluice" }));
  expect(JSON.parse(secret.SecretString ?? "")).toEqual({ username: "sluice", password: "p" });
});

test("stopped, it leaves no process", async () => {
  await estate.stop();
  for (const one of [estate.source.process, estate.target.process, estate.moto.process])
    expect(await one.isAlive()).toBe(false);
});
