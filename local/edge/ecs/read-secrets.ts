import { GetSecretValueCommand, type SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { z } from "zod";
import type { Plan } from "./records.ts";

/** In the words of ECS, in a task's stoppedReason; never holds a secret's value. */
export class ResourceInitializationError extends Error {
  override readonly name: string = "ResourceInitializationError";
}

/** Variables of a container from its `secrets`, each `<secret ARN>[:<json key>:<version stage>:<version id>]`. */
export type ReadSecrets = (secrets: Plan["container"]["secrets"]) => Promise<Readonly<Record<string, string>>>;

export function readSecretsFrom(client: SecretsManagerClient): ReadSecrets {
  return async (secrets) => {
    const values = await Promise.all(secrets.map(async (s) => [s.name, await valueOf(client, s.valueFrom)] as const));
    return Object.fromEntries(values);
  };
}

async function valueOf(client: SecretsManagerClient, valueFrom: string): Promise<string> {
  const parts = valueFrom.split(":");
  if (!valueFrom.startsWith("arn:") || parts[2] !== "secretsmanager" || parts.length < 7) {
    throw failure(`valueFrom ${valueFrom} is not the ARN of a secret in Secrets Manager`);
  }
  const secretId = parts.slice(0, 7).join(":");
  const [jsonKey = "", stage = "", version = ""] = parts.slice(7);
  const { SecretString } = await client
    .send(
      new GetSecretValueCommand({
        SecretId: secretId,
        ...(stage === "" ? {} : { VersionStage: stage }),
        ...(version === "" ? {} : { VersionId: version }),
      }),
    )
    .catch((error: unknown) => {
      throw failure(`failed to fetch secret ${secretId}: ${error instanceof Error ? error.name : String(error)}`);
    });
  if (SecretString === undefined) throw failure(`secret ${secretId} holds no text`);
  if (jsonKey === "") return SecretString;
  const value = jsonObject(SecretString)?.[jsonKey];
  if (value === undefined) throw failure(`secret ${secretId} did not contain json key ${jsonKey}`);
  return typeof value === "string" ? value : JSON.stringify(value);
}

function jsonObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    return z.record(z.string(), z.unknown()).safeParse(JSON.parse(text)).data;
  } catch {
    // The parser's message may quote the secret.
    return undefined;
  }
}

const failure = (what: string): ResourceInitializationError =>
  new ResourceInitializationError(
    `ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: unable to retrieve secret from asm: ${what}`,
  );
