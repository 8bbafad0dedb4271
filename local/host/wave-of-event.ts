/** Of a state's, a tick's or a schedule's input, an HTTP call's path or a stream record's key. */
const WAVE = [
  /"migration":"([\w-]+)","wave":"([\w-]+)"/,
  /\/migrations\/([\w-]+)\/waves\/([\w-]+)/,
  /WAVE#([\w-]+)\/([\w-]+)/,
];

/** The wave that an invocation is about; of a batch of stream records the first. */
export const waveOf = (event: unknown): { readonly migration: string; readonly wave: string } | undefined => {
  const text = JSON.stringify(event ?? null);
  const [, migration, wave] = WAVE.map((pattern) => pattern.exec(text)).find((found) => found !== null) ?? [];
  return migration === undefined || wave === undefined ? undefined : { migration, wave };
};
