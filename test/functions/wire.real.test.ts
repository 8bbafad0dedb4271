import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { afterAll, beforeAll, expect, it } from "vitest";
import { iamTokens } from "#adapters/msk/iam-token.ts";
import { ownSignIn } from "#core/migration/sign-in.ts";
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

it("assumes a role under the session's own name, whose principal is the one that the journal shows", async () => {
  const role = "arn:aws:iam::123456789012:role/service/sluice";
  const session = { role, name: "sluice-shop", region: REGION };
  const token = await iamTokens()(session);
  const signed = new URL(Buffer.from(token, "base64url").toString("utf8")).searchParams;
  const accessKeyId = signed.get("X-Amz-Credential")?.split("/")[0] ?? "";
  const asSession = new STSClient({ region: REGION, credentials: { accessKeyId, secretAccessKey: "any" } });
  const { Arn } = await asSession.send(new GetCallerIdentityCommand({}));
  const auth = { type: "iam", role, region: REGION };
  const named = migrationOf({ source: { bootstrapServers: ["127.0.0.1:1"], auth } });
  expect(ownSignIn(named, "source")).toMatchObject({ session, principal: `IAM:${Arn}` });
});

it("keeps the connections of a migration where its secrets cannot be looked up any more, and makes none without them", async () => {
  const { deps } = await import("#functions/wire-estate.ts");
  const shop = migrationOf({ source: cluster, target: cluster });
  const made = await deps().estate(shop);
  await moto?.process.stop();
  expect(await deps().estate(shop, { lookUpSecrets: true })).toBe(made);
  await expect(deps().estate({ ...shop, name: "another" })).rejects.toMatchObject({ name: "RetryableFault" });
});
