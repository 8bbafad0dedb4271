import { gunzipSync, gzipSync } from "node:zlib";
import { OperatorFault, UnreadableFault } from "#core/fault.ts";
import { canonicalJson } from "#core/journal/canonical-json.ts";

/** One of the two attributes: JSON text, or the same text compressed where it is long. */
export type PackedJson = { readonly content: string } | { readonly packedContent: Uint8Array };

const PLAIN_CHARACTERS = 32_768;
/** DynamoDB refuses items above 400 KB, keys and names included. */
const MOST_BYTES = 390_000;

/** `what` names the item in the fault that an oversized value gets. */
export const packJson = (what: string, value: unknown): PackedJson => packText(what, canonicalJson(value));

export const packText = (what: string, text: string): PackedJson => {
  if (text.length <= PLAIN_CHARACTERS) return { content: text };
  const packedContent = gzipSync(text);
  if (packedContent.byteLength > MOST_BYTES)
    throw new OperatorFault(
      `${what} takes ${packedContent.byteLength} bytes compressed; one item holds at most ${MOST_BYTES}: split the wave (or the migration) into smaller ones`,
    );
  return { packedContent };
};

/** Faults: an UnreadableFault where the item holds neither attribute or no JSON. */
export const unpackText = (what: string, item: Readonly<Record<string, unknown>>): string => {
  if (typeof item["content"] === "string") return item["content"];
  if (item["packedContent"] instanceof Uint8Array) return gunzipSync(item["packedContent"]).toString("utf8");
  throw new UnreadableFault(
    `${what} holds neither content nor packedContent; expected what Sluice wrote: somebody changed the table by hand, restore the item`,
  );
};

export const unpackJson = (what: string, item: Readonly<Record<string, unknown>>): unknown => {
  const text = unpackText(what, item);
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new UnreadableFault(
      `${what} holds text that is no JSON: somebody changed the table by hand, restore the item`,
      {
        cause,
      },
    );
  }
};
