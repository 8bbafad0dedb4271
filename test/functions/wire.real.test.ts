import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { handlerEnvironment, LOCAL_CREDENTIALS } from "#local/home/control-environment.ts";
import { seedSecrets } from "#local/home/seed-secrets.ts";
import { type Moto, startMoto } from "#local/processes/start-moto.ts";
import { migration as migrationOf } from "../in-memory/migration.ts";

const REGION = "eu-west-1";
const auth = { type: "scram", mechanism: "SCRAM-SHA-256", secret: "shop/sluice" };
const cluster = { bootstrapServers: ["127.0.0.1:1"], auth };
let directory: string;
let moto: Moto | undefined;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "sluice-wire-"));
  moto = await startMoto({ name: "moto", directory, region: REGION });
  await seedSecrets(
    { url: moto.url, region: REGION, credentials: LOCAL_CREDENTIALS },
    { "shop/sluice": { username: "sluice", password: "planted" } },
  );
  Object.assign(process.env, {
    ...handlerEnvironment(REGION, directory),
    AWS_REGION: REGION,
    AWS_ACCESS_KEY_ID: LOCAL_CREDENTIALS.accessKeyId,
    AWS_SECRET_ACCESS_KEY: LOCAL_CREDENTIALS.secretAccessKey,
    AWS_ENDPOINT_URL: moto.url,
  });
});
afterAll(async () => {
  await moto?.process.stop();
  await rm(directory, { recursive: true, force: true });
});

it("keeps the connections of a migration where its secrets cannot be looked up any more, and makes none without them", async () => {
  const { deps } = await import("#functions/wire.ts");
  const shop = migrationOf({ source: cluster, target: cluster });
  const made = await deps().estate(shop);
  await moto?.process.stop();
  expect(await deps().estate(shop, { lookUpSecrets: true })).toBe(made);
  await expect(deps().estate({ ...shop, name: "another" })).rejects.toMatchObject({ name: "RetryableFault" });
});
