/** What tests and the handler host tell each other about crash points: lines of JSON in files of one directory. */
import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";

/** `by` is the function that was invoked. */
const place = z.strictObject({ wave: z.string(), phase: z.string(), by: z.string(), point: z.string() });

/**
 * The host is to die when this function reaches this point of this wave in this phase, for the `reach`-th time in one process;
 * or where it reaches `orAt`, if it did not come by there before.
 */
const crashOrder = place.extend({
  id: z.string(),
  reach: z.int().min(1),
  orAt: z.string().optional(),
  /** It lives on, and who asked is told that no answer came in time: behind an effect, what was done is done. */
  how: z.literal("no-answer").optional(),
});
const crash = place.extend({ id: z.string(), at: z.int() });

export type CrashPlace = z.output<typeof place>;
export type CrashOrder = z.output<typeof crashOrder>;
/** An order that was carried out; `at` is in ms. */
export type Crash = z.output<typeof crash>;

type Lines<T> = { readonly all: () => readonly T[]; readonly add: (line: T) => void };

export type CrashFiles = {
  readonly orders: Lines<CrashOrder>;
  readonly crashes: Lines<Crash>;
  /** Each place that was reached, once for each process that came by; kept only where it is asked for. */
  readonly reached: Lines<CrashPlace> & { readonly isKept: () => boolean; readonly keep: () => void };
};

export const crashFiles = (directory: string): CrashFiles => {
  const reached = join(directory, "reached.jsonl");
  return {
    orders: linesOf(join(directory, "orders.jsonl"), crashOrder),
    crashes: linesOf(join(directory, "crashes.jsonl"), crash),
    reached: {
      ...linesOf(reached, place),
      isKept: () => existsSync(reached),
      keep: () => appendFileSync(reached, ""),
    },
  };
};

const linesOf = <T>(file: string, schema: z.ZodType<T>): Lines<T> => ({
  all: () =>
    existsSync(file)
      ? readFileSync(file, "utf8")
          .split("\n")
          .filter((line) => line !== "")
          .map((line) => schema.parse(JSON.parse(line)))
      : [],
  add: (line) => appendFileSync(file, `${JSON.stringify(line)}\n`),
});
