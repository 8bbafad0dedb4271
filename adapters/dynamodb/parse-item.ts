import { UnreadableFault } from "#core/fault.ts";
import type * as z from "#core/schema.ts";
import type { Key } from "./keys.ts";

export const nameOf = ({ pk, sk }: Key): string => `item ${pk} / ${sk}`;

/** A stored value that this version does not know refuses to load, naming item, field and value; nothing is touched. */
export const parseItem = <T>(schema: z.ZodMiniType<T>, key: Key, value: unknown): T => {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const findings = parsed.error.issues
    .map(({ path, message }) => `${path.join(".") || "the item"} holds ${shown(valueAt(value, path))}: ${message}`)
    .join("; ");
  throw new UnreadableFault(
    `${nameOf(key)} was not written by this version of Sluice: ${findings}. Deploy the version that wrote it, or restore the item; nothing was changed`,
  );
};

const valueAt = (value: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>(
    (inner, key) =>
      typeof inner === "object" && inner !== null ? (inner as Record<PropertyKey, unknown>)[key] : undefined,
    value,
  );

const shown = (value: unknown): string => {
  if (value === undefined) return "nothing";
  if (typeof value === "string") return JSON.stringify(value.slice(0, 80));
  return typeof value === "object" && value !== null ? "an object" : (JSON.stringify(value) ?? typeof value);
};
