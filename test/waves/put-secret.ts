import { CreateSecretCommand, PutSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { LOCAL_CREDENTIALS } from "#local/home/control-environment.ts";
import { DEFAULT_REGION } from "#local/home/local-account.ts";

/** Writes a sign-in as a person would who corrects it: the secret keeps its ARN and gets a new version. */
export const putSecret = async (
  endpoint: string,
  Name: string,
  signIn: { readonly username: string; readonly password: string },
): Promise<void> => {
  const client = new SecretsManagerClient({ endpoint, region: DEFAULT_REGION, credentials: LOCAL_CREDENTIALS });
  const SecretString = JSON.stringify(signIn);
  try {
    await client.send(new PutSecretValueCommand({ SecretId: Name, SecretString }));
  } catch (error) {
    if (!(error instanceof Error && error.name === "ResourceNotFoundException")) throw error;
    await client.send(new CreateSecretCommand({ Name, SecretString }));
  } finally {
    client.destroy();
  }
};
