import {
  DescribeSecretCommand,
  GetSecretValueCommand,
  type SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager";
import { callAws } from "#adapters/aws/call-aws.ts";
import { OperatorFault } from "#core/fault.ts";
import * as z from "#core/schema.ts";
import { type ClientCertificate, clientCertificateShape, parseClientCertificate } from "./client-certificate.ts";

export type Credentials = { readonly username: string; readonly password: string };

export type SecretReference = {
  readonly arn: string;
  /** Id of the current version: changes when the value does, and tells nothing about it. */
  readonly version: string;
};

/** Secrets by name or ARN. A missing or malformed one is an OperatorFault that names it and never shows its value. */
export type SecretReader = {
  readCredentials(name: string): Promise<Credentials>;
  readClientCertificate(name: string): Promise<ClientCertificate>;
  /** Of a server that takes a bearer's token. */
  readToken(name: string): Promise<string>;
  reference(name: string): Promise<SecretReference>;
};

const credentialsSchema = z.object({
  username: z.string().check(z.minLength(1)),
  password: z.string().check(z.minLength(1)),
});
const expected = 'expected a JSON object such as {"username":"…","password":"…"}';

const tokenSchema = z.object({ token: z.string().check(z.regex(/^[\x21-\x7e]+$/)) });
const expectedToken = 'expected a JSON object such as {"token":"…"}, the token in one line without blanks';

export const secretReader = (client: SecretsManagerClient): SecretReader => ({
  async readClientCertificate(name) {
    return parseClientCertificate(name, jsonOrUndefined(await textOf(client, name, clientCertificateShape)));
  },

  async readCredentials(name) {
    const parsed = credentialsSchema.safeParse(jsonOrUndefined(await textOf(client, name, expected)));
    if (parsed.success) return parsed.data;
    // Only paths: zod's messages can quote what they refuse, and this is a secret.
    const where = [...new Set(parsed.error.issues.map((issue) => issue.path.join(".")))].filter((path) => path !== "");
    throw new OperatorFault(
      `secret ${name} is malformed${where.length > 0 ? ` (${where.join(", ")})` : ""}; ${expected}`,
    );
  },

  async readToken(name) {
    const parsed = tokenSchema.safeParse(jsonOrUndefined(await textOf(client, name, expectedToken)));
    if (parsed.success) return parsed.data.token;
    throw new OperatorFault(`secret ${name} holds no token; ${expectedToken}`);
  },

  async reference(name) {
    const answer = await found(name, () => client.send(new DescribeSecretCommand({ SecretId: name })));
    const versions = Object.entries(answer.VersionIdsToStages ?? {});
    const version = versions.find(([, stages]) => stages.includes("AWSCURRENT"))?.[0];
    if (answer.ARN === undefined || version === undefined)
      throw new OperatorFault(`secret ${name} has no current value; put one: ${expected}`);
    return { arn: answer.ARN, version };
  },
});

const textOf = async (client: SecretsManagerClient, name: string, shape: string): Promise<string> => {
  const answer = await found(name, () => client.send(new GetSecretValueCommand({ SecretId: name })));
  if (answer.SecretString === undefined) throw new OperatorFault(`secret ${name} holds bytes; ${shape}`);
  return answer.SecretString;
};

const found = async <T>(name: string, call: () => Promise<T>): Promise<T> => {
  try {
    return await callAws(`reading secret ${name}`, call);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    if (error.name === "ResourceNotFoundException")
      throw new OperatorFault(`secret ${name} does not exist; create it, or correct its name in the migration file`, {
        cause: error,
      });
    if (["InvalidRequestException", "InvalidParameterException", "DecryptionFailure"].includes(error.name))
      throw new OperatorFault(
        `secret ${name} cannot be read: ${error.message}; restore it, or correct its key's policy`,
        {
          cause: error,
        },
      );
    throw error;
  }
};

const jsonOrUndefined = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    // The parser's own message quotes the text, which is a secret.
    return undefined;
  }
};
