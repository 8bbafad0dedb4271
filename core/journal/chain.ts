import { canonicalJson } from "./canonical-json.ts";
import { type JournalEntry } from "./entry.ts";

/** Hex SHA-256 of a UTF-8 text; injected, since the core has no crypto of its own. */
export type Sha256 = (text: string) => string;

/** The previous hash of a wave's first entry. */
export const GENESIS = "";

export type UnchainedEntry = Omit<JournalEntry, "hash" | "previousHash">;

/** Links an entry to the one before: `hash` covers every field and `previousHash`. */
export const chain = (previousHash: string, entry: UnchainedEntry, sha256: Sha256): JournalEntry => {
  const linked = { ...entry, previousHash };
  return { ...linked, hash: sha256(canonicalJson(linked)) };
};

/**
 * The first sequence at which a whole journal is broken: changed, missing, out of order, or cut off before `head` (what the
 * wave's row says is the last entry). Undefined: unbroken.
 */
export const verifyChain = (
  entries: readonly JournalEntry[],
  sha256: Sha256,
  head?: { readonly sequence: number; readonly hash: string },
): number | undefined => {
  let previousHash = GENESIS;
  let expected = 1;
  for (const { hash, ...linked } of entries) {
    if (linked.sequence !== expected || linked.previousHash !== previousHash) return expected;
    if (sha256(canonicalJson(linked)) !== hash) return expected;
    previousHash = hash;
    expected += 1;
  }
  if (head === undefined) return undefined;
  // A journal whose last entries were deleted is a valid chain by itself; only the row knows that there were more.
  if (head.sequence !== expected - 1) return Math.min(expected, head.sequence + 1);
  return head.hash === previousHash ? undefined : Math.max(1, head.sequence);
};
