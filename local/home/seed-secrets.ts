import { createHash, randomInt } from "node:crypto";
import { CreateSecretCommand, PutSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";

type SignIn =
  | { readonly username: string; readonly password: string }
  | { readonly certificate: string; readonly key: string };
export type Secrets = Readonly<Record<string, SignIn>>;

type Endpoint = {
  readonly url: string;
  readonly region: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
};

/**
 * Puts secrets into a moto, by name. Their ARNs are the same after each restart of it: tasks that run hold them, and moto
 * would otherwise end each ARN in new random letters.
 */
export async function seedSecrets(endpoint: Endpoint, secrets: Secrets): Promise<void> {
  const client = new SecretsManagerClient({
    region: endpoint.region,
    credentials: endpoint.credentials,
    endpoint: endpoint.url,
  });
  try {
    for (const [name, value] of Object.entries(secrets).toSorted(([a], [b]) => (a < b ? -1 : 1))) {
      const SecretString = JSON.stringify(value);
      await seed(endpoint.url, createHash("sha256").update(name).digest().readUInt32BE());
      try {
        await client.send(new CreateSecretCommand({ Name: name, SecretString }));
      } catch (error) {
        if (!(error instanceof Error && error.name === "ResourceExistsException")) throw error;
        await client.send(new PutSecretValueCommand({ SecretId: name, SecretString }));
      }
    }
  } finally {
    // Task tokens and execution ids come from the same source: without this a token of an earlier life could be given again.
    await seed(endpoint.url, randomInt(2 ** 47));
    client.destroy();
  }
}

async function seed(url: string, value: number): Promise<void> {
  const answer = await fetch(`${url}/moto-api/seed?a=${value}`, { method: "POST" });
  if (!answer.ok) throw new Error(`moto's random source could not be set: ${answer.status} ${await answer.text()}`);
}
