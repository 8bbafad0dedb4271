/**
 * One JSON line on stderr, which Lambda and the local home keep. Only the fault's own words: never the event, which may
 * carry credentials.
 */
export const logFault = (
  what: string,
  fault: unknown,
  context: Readonly<Record<string, string | undefined>> = {},
): void => {
  const { name, message, stack } = fault instanceof Error ? fault : new Error(String(fault));
  process.stderr.write(`${JSON.stringify({ level: "error", what, ...context, fault: name, message, stack })}\n`);
};
