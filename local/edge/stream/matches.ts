import type { RecordPattern } from "#functions/manifest.ts";

/** Whether a record has what a pattern of Lambda's filter language asks for: in each field one of its texts. */
export const matches = (record: unknown, pattern: RecordPattern): boolean =>
  typeof record === "object" &&
  record !== null &&
  Object.entries(pattern).every(([field, wanted]) => {
    const value = (record as Readonly<Record<string, unknown>>)[field];
    if (!isList(wanted)) return matches(value, wanted);
    return (
      typeof value === "string" &&
      wanted.some((one) => (typeof one === "string" ? value === one : value.startsWith(one.prefix)))
    );
  });

const isList = (wanted: RecordPattern[string]): wanted is Extract<RecordPattern[string], readonly unknown[]> =>
  Array.isArray(wanted);
