import { createHash } from "node:crypto";
import { CreateSecretCommand, PutSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";

type SignIn =
  | { readonly username: string; readonly password: string }
  | { readonly certificate: string; readonly key: string }
  | { readonly token: string };
export type Secrets = Readonly<Record<string, SignIn>>;

type Endpoint = {
  readonly url: string;
  readonly region: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
};

/**
 * Puts secrets into a moto, by name. Their ARNs are the same after each restart of it, since tasks that run hold them: moto
 * ends an ARN in the value of the tag `_custom_id_` (moto/utilities/id_generator.py), and in random letters without it.
 */
export async function seedSecrets(endpoint: Endpoint, secrets: Secrets): Promise<void> {
  const client = new SecretsManagerClient({
    region: endpoint.region,
    credentials: endpoint.credentials,
    endpoint: endpoint.url,
  });
  try {
    for (const [name, value] of Object.entries(secrets)) {
      const SecretString = JSON.stringify(value);
      const Tags = [{ Key: "_custom_id_", Value: suffixOf(name) }];
      try {
        await client.send(new CreateSecretCommand({ Name: name, SecretString, Tags }));
      } catch (error) {
        if (!(error instanceof Error && error.name === "ResourceExistsException")) throw error;
        await client.send(new PutSecretValueCommand({ SecretId: name, SecretString }));
      }
    }
  } finally {
    client.destroy();
  }
}

/** Six hexadecimal digits, where Secrets Manager has six letters and digits of its own choice. */
const suffixOf = (name: string): string => createHash("sha256").update(name).digest("hex").slice(0, 6);
