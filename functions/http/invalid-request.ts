import type * as z from "#core/schema.ts";

/** What is wrong with one field of a request. `path` is written as in code: `waves[0].topics[1]`. */
export type FieldError = { readonly path: string; readonly value?: unknown; readonly message: string };

export class InvalidRequest extends Error {
  override readonly name = "InvalidRequest";
  readonly errors: readonly FieldError[];
  constructor(message: string, errors: readonly FieldError[] = []) {
    super(message);
    this.errors = errors;
  }
}

const MOST_ERRORS = 50;
const MOST_CHARACTERS = 120;
const REDACTED = "(not shown)";

/** Parses a part of a request; a finding names field, value and what was expected. */
export const parseRequest = <T>(what: string, schema: z.ZodMiniType<T>, value: unknown): T => {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const errors = parsed.error.issues.flatMap((issue) => fieldErrors(issue, value));
  throw new InvalidRequest(
    `${what} has ${errors.length === 1 ? "1 error" : `${errors.length} errors`}${errors.length > MOST_ERRORS ? `; the first ${MOST_ERRORS} are listed` : ""}`,
    errors.slice(0, MOST_ERRORS),
  );
};

/** A part that the route does not ask for is undefined, which is then its type. */
export const parsePart = <T>(what: string, schema: z.ZodMiniType<T> | undefined, value: unknown): T =>
  schema === undefined ? (undefined as T) : parseRequest(what, schema, value);

const fieldErrors = (issue: z.core.$ZodIssue, root: unknown): FieldError[] => {
  if (issue.code === "unrecognized_keys")
    return issue.keys.map((key) => ({
      path: written([...issue.path, key]),
      message: `unknown key "${key}" in ${written(issue.path) || "the body"}; remove it or correct its name`,
    }));
  const value = valueAt(root, issue.path);
  return [
    {
      path: written(issue.path),
      ...(value !== undefined && { value: shown(issue.path, value) }),
      message: value === undefined ? `is missing: ${issue.message}` : issue.message,
    },
  ];
};

const written = (path: readonly PropertyKey[]): string =>
  path.reduce<string>(
    (text, key) => (typeof key === "number" ? `${text}[${key}]` : `${text}${text === "" ? "" : "."}${String(key)}`),
    "",
  );

const valueAt = (root: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>(
    (value, key) =>
      typeof value === "object" && value !== null ? (value as Record<PropertyKey, unknown>)[key] : undefined,
    root,
  );

const SECRET_NAME = /passw|secret|token|credential|api-?key|private|auth$/i;
/** `user:password@host`, in URLs and without a scheme. */
const CREDENTIALS = /[^\s/:@]+:[^\s/@]+@/g;

/** A value fit to be sent back: a secret put into the wrong place comes back in no answer. */
const shown = (path: readonly PropertyKey[], value: unknown): unknown => {
  if (path.some((key) => SECRET_NAME.test(String(key)))) return REDACTED;
  if (Array.isArray(value)) return `(a list of ${value.length})`;
  if (typeof value === "object" && value !== null) return "(an object)";
  if (typeof value !== "string") return value;
  if (value.includes("PRIVATE KEY")) return REDACTED;
  const text = value.replace(CREDENTIALS, `${REDACTED}@`);
  return text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS)}…` : text;
};
