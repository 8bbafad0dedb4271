import { createHash } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { z } from "zod";

/** The person whose token this is, or undefined. Rejects, and so lets nobody in, when the file cannot be read or parsed. */
export type PersonOf = (authorization: string | undefined) => Promise<string | undefined>;

const tokensFile = z.record(z.string().min(8), z.string().min(1));

/** Held by their digests, so that looking one up takes the same time however much of it is right. */
const digest = (token: string): string => createHash("sha256").update(token).digest("hex");

export function personOf(path: string): PersonOf {
  let known: { version: string; people: ReadonlyMap<string, string> } | undefined;
  return async (authorization) => {
    const token = /^Bearer +(\S+)$/i.exec(authorization ?? "")?.[1];
    if (token === undefined) return undefined;
    const { mtimeMs, size, ino } = await stat(path);
    const version = `${mtimeMs} ${size} ${ino}`;
    if (known?.version !== version) known = { version, people: await readPeople(path) };
    return known.people.get(digest(token));
  };
}

async function readPeople(path: string): Promise<ReadonlyMap<string, string>> {
  const parsed = tokensFile.safeParse(parseJson(await readFile(path, "utf8")));
  // Without zod's own text: it may quote a key, and the keys are the tokens.
  if (!parsed.success) throw new Error(`${path} is not a JSON object of tokens (8 or more letters) to people`);
  return new Map(Object.entries(parsed.data).map(([token, person]) => [digest(token), person]));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
