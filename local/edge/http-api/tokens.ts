import { createHash } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { z } from "zod";

/** What API Gateway's authorizer would have found: a JWT's subject, or the ARN of an IAM principal. */
export type Caller = { readonly subject: string } | { readonly userArn: string };

/** Whose token this is, or undefined. Rejects, and so lets nobody in, when the file cannot be read or parsed. */
export type CallerOf = (authorization: string | undefined) => Promise<Caller | undefined>;

const tokensFile = z.record(
  z.string().min(8),
  z.union([
    z
      .string()
      .min(1)
      .transform((subject): Caller => ({ subject })),
    z.strictObject({ iam: z.string().min(1) }).transform(({ iam }): Caller => ({ userArn: iam })),
  ]),
);

/** Held by their digests, so that looking one up takes the same time however much of it is right. */
const digest = (token: string): string => createHash("sha256").update(token).digest("hex");

export function callerOf(path: string): CallerOf {
  let known: { version: string; callers: ReadonlyMap<string, Caller> } | undefined;
  return async (authorization) => {
    const token = /^Bearer +(\S+)$/i.exec(authorization ?? "")?.[1];
    if (token === undefined) return undefined;
    const { mtimeMs, size, ino } = await stat(path);
    const version = `${mtimeMs} ${size} ${ino}`;
    if (known?.version !== version) known = { version, callers: await readCallers(path) };
    return known.callers.get(digest(token));
  };
}

async function readCallers(path: string): Promise<ReadonlyMap<string, Caller>> {
  const parsed = tokensFile.safeParse(parseJson(await readFile(path, "utf8")));
  // Without zod's own text: it may quote a key, and the keys are the tokens.
  if (!parsed.success)
    throw new Error(`${path} is not a JSON object of tokens (8 or more letters) to JWT subjects or { "iam": "<ARN>" }`);
  return new Map(Object.entries(parsed.data).map(([token, caller]) => [digest(token), caller]));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
