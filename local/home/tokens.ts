import { randomBytes } from "node:crypto";
import { z } from "zod";
import { readIfThere } from "./read-if-there.ts";
import { writeFileAtomically } from "./write-file-atomically.ts";

const tokensFile = z.record(z.string(), z.string());

/**
 * A token for each person, kept from an earlier start; people who are no longer named lose theirs. `path` is the file that
 * the edge reads, token to person, mode 600. Returns person to token.
 */
export async function ensureTokens(path: string, people: readonly string[]): Promise<Record<string, string>> {
  const text = await readIfThere(path);
  const earlier = new Map(
    text === undefined
      ? []
      : Object.entries(tokensFile.parse(JSON.parse(text))).map(([token, person]) => [person, token]),
  );
  const tokens = Object.fromEntries(
    people.map((person) => [person, earlier.get(person) ?? randomBytes(24).toString("base64url")]),
  );
  const byToken = Object.fromEntries(Object.entries(tokens).map(([person, token]) => [token, person]));
  await writeFileAtomically(path, JSON.stringify(byToken));
  return tokens;
}
