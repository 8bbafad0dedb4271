import { readFile, stat } from "node:fs/promises";
import { resolve } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { type Migration, migrationSchema } from "#core/migration/migration.ts";
import { inventorySecretsOf, mirrorSignIn, ownSignIn, secretsOf } from "#core/migration/sign-in.ts";
import { mskClustersSchema } from "../edge/msk.ts";
import type { Secrets } from "./seed-secrets.ts";

/** What a user can cure: the message is a whole sentence, and no stack helps. */
export class UserError extends Error {
  override readonly name: string = "UserError";
}

/** The migration file, JSON or YAML; each finding names the key and where it stands. */
export async function readMigrationFile(path: string): Promise<Migration> {
  const parsed = migrationSchema.safeParse(parseText(path, await readText(path)));
  if (!parsed.success) throw new UserError(`${path} is not a migration file:\n${z.prettifyError(parsed.error)}`);
  return parsed.data;
}

const text = z.string().min(1);
const secretsSchema = z.record(
  text,
  z.union([
    z.strictObject({ username: text, password: text }),
    z.strictObject({ certificate: text, key: text }),
    z.strictObject({ token: text }),
  ]),
);

/** Secret name to { username, password }, { certificate, key } or { token }, JSON or YAML, in a file that nobody but its owner can read. */
export async function readSecretsFile(path: string): Promise<Secrets> {
  const { mode } = await stat(path).catch(() => missing(path));
  const permissions = (mode & 0o777).toString(8).padStart(3, "0");
  if (permissions !== "600")
    throw new UserError(`${path} holds passwords and has mode ${permissions}; expected 600: chmod 600 ${path}`);
  const parsed = secretsSchema.safeParse(parseText(path, await readText(path)));
  // Only where and why: the values are passwords.
  if (!parsed.success)
    throw new UserError(
      `${path} is not a secrets file: ${parsed.error.issues.map((issue) => `${issue.path.join(".") || "the file"}: ${issue.code}`).join("; ")}; expected {"<secret's name>": {"username": "…", "password": "…"}}, {"certificate": "…", "key": "…"} for mtls, or {"token": "…"} for bearer`,
    );
  return parsed.data;
}

/** Where the clusters are said that stand in for MSK's, once it is seen that they are said as the edge reads them. */
export async function mskClustersFile(path: string): Promise<string> {
  const parsed = mskClustersSchema.safeParse(parseText(path, await readText(path)));
  if (!parsed.success)
    throw new UserError(`${path} does not say what MSK would of its clusters:\n${z.prettifyError(parsed.error)}`);
  return resolve(path);
}

/** Each secret that the migration names must be in the file, or a wave, or a snapshot, would only find out when it starts. */
export function expectAllSecrets(migration: Migration, secrets: Secrets): void {
  const named = new Set([...secretsOf(migration), ...inventorySecretsOf(migration)]);
  const absent = [...named].filter((name) => !(name in secrets));
  if (absent.length > 0)
    throw new UserError(
      `the migration names secrets that are not in the secrets file: ${absent.join(", ")}; add each as {"<name>": {"username": "…", "password": "…"}}, with "certificate" and "key" for mtls, or with "token" for bearer, to the file given with --secrets`,
    );
}

/** Roles are assumed with credentials of AWS, which the workers of this home, plain processes, are not given. */
export function refuseWithoutRoles(migration: Migration): void {
  for (const side of ["source", "target"] as const)
    for (const [who, { auth }] of [
      ["Sluice", ownSignIn(migration, side)],
      ["the forward mirror", mirrorSignIn(migration, "forward", side)],
      ["the reverse mirror", mirrorSignIn(migration, "reverse", side)],
    ] as const)
      if (auth.type === "iam")
        throw new UserError(
          `${who} signs in to the ${side} by IAM (role ${auth.role}), which only a deployed stage does; sign in by scram or mtls from this machine`,
        );
}

const readText = (path: string): Promise<string> => readFile(path, "utf8").catch(() => missing(path));

function missing(path: string): never {
  throw new UserError(`${path} cannot be read; expected a file`);
}

function parseText(path: string, text: string): unknown {
  try {
    return parse(text, { prettyErrors: false });
  } catch {
    // The parser's message quotes lines of the file, which may hold passwords.
    throw new UserError(`${path} is neither JSON nor YAML`);
  }
}
