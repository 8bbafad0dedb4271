import { closeSync, openSync, readdirSync, readFileSync, writeSync } from "node:fs";
import { join } from "node:path";

export type ClusterName = "source" | "target";

/** A content id, or one that occurs several times in a row: [id, times]. */
export type Ids = readonly (string | readonly [id: string, times: number])[];

/** What an application noted about itself, one JSON object per line; `at` is ms since the epoch. */
export type JournalLine =
  /** The cluster acknowledged these records of one partition: the first at offset `first`, the others right after it. */
  | (Place & { readonly what: "acknowledged"; readonly first: string })
  /** Sent, and no acknowledgement came: each may be there once or not at all. */
  | (Omit<Place, "partition"> & { readonly what: "unclear"; readonly error: string })
  /** A group's member has processed these records; `offsets` are the first's and the last's. */
  | (Place & { readonly what: "processed"; readonly group: string; readonly offsets: readonly [string, string] })
  | {
      readonly what: "started" | "paused" | "fault";
      readonly client: string;
      readonly on: ClusterName;
      readonly at: number;
      readonly error?: string;
    };

type Place = {
  readonly client: string;
  readonly topic: string;
  readonly partition: number;
  readonly on: ClusterName;
  readonly at: number;
  readonly ids: Ids;
};

export type LineOf<W extends JournalLine["what"]> = Extract<JournalLine, { what: W }>;

/** Appends lines to `directory/name.ndjson`. Each is with the operating system when `write` returns: a kill of the process loses none. */
export const openJournal = (
  directory: string,
  name: string,
): { write: (line: JournalLine) => void; close: () => void } => {
  const file = openSync(join(directory, `${name}.ndjson`), "a");
  return {
    write: (line) => {
      writeSync(file, `${JSON.stringify(line)}\n`);
    },
    close: () => closeSync(file),
  };
};

const KINDS = new Set<string>(["acknowledged", "unclear", "processed", "started", "paused", "fault"]);

/** All lines of all `*.ndjson` files of the directory, file by file in the order they were written, by clients that have ended. */
export const readJournals = (directory: string): JournalLine[] =>
  textsOf(directory).flatMap(([file, text]) => parseLines(file, text));

/** The same while clients write: of each file, what stands before the last line end. */
export const readLiveJournals = (directory: string): JournalLine[] =>
  textsOf(directory).flatMap(([file, text]) => parseLines(file, text.slice(0, text.lastIndexOf("\n") + 1)));

const textsOf = (directory: string): (readonly [file: string, text: string])[] =>
  readdirSync(directory)
    .filter((file) => file.endsWith(".ndjson"))
    .sort()
    .map((file) => [file, readFileSync(join(directory, file), "utf8")]);

const parseLines = (file: string, text: string): JournalLine[] =>
  text
    .split("\n")
    .filter((line) => line !== "")
    .map((line, index) => parseLine(line, `${file}, line ${index + 1}`));

const parseLine = (text: string, where: string): JournalLine => {
  let line: unknown;
  try {
    line = JSON.parse(text);
  } catch (cause) {
    throw new Error(`${where}: not JSON: ${text.slice(0, 80)}`, { cause });
  }
  if (typeof line !== "object" || line === null || !("what" in line) || !KINDS.has(String(line.what)))
    throw new Error(`${where}: no line of an application's journal: ${text.slice(0, 80)}`);
  return line as JournalLine;
};

export const flatIds = (ids: Ids): string[] =>
  ids.flatMap((entry) => (typeof entry === "string" ? [entry] : new Array<string>(entry[1]).fill(entry[0])));

/** Equal neighbours in one entry. */
export const packedIds = (ids: readonly string[]): Ids => {
  const packed: (string | [string, number])[] = [];
  for (const id of ids) {
    const last = packed.at(-1);
    if (last === undefined || (typeof last === "string" ? last : last[0]) !== id) packed.push(id);
    else packed[packed.length - 1] = [id, typeof last === "string" ? 2 : last[1] + 1];
  }
  return packed;
};
