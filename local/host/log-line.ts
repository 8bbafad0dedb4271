/** One line of JSON on standard output. Names, ids, times and outcomes only: an event or a header may hold a credential. */
export function logLine(fields: Readonly<Record<string, string | number | boolean | undefined>>): void {
  console.log(JSON.stringify({ at: new Date().toISOString(), ...fields }));
}

/** Text of anything that was thrown. */
export const messageOf = (thrown: unknown): string => (thrown instanceof Error ? thrown.message : String(thrown));
