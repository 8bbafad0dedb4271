import { readFile } from "node:fs/promises";
import { isMissing } from "../setup/cached-folder.ts";

/** The file's text, or undefined where there is none. */
export const readIfThere = (path: string): Promise<string | undefined> =>
  readFile(path, "utf8").catch((error: unknown) => {
    if (isMissing(error)) return undefined;
    throw error;
  });
