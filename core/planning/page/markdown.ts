/** Markdown in which no name of the estate, whatever its characters, ends a cell, a span or a heading. */

/** A sentence: what Markdown or HTML would read as markup stands as it is written. */
export const text = (words: string): string =>
  words
    .replaceAll(/[\\`*[\]|]/g, (sign) => `\\${sign}`)
    .replaceAll("<", "&lt;")
    .replaceAll(/\s+/g, " ")
    .trim();

/** A name, within a fence longer than any run of backticks that it has. */
export const name = (words: string): string => {
  const runs = words.match(/`+/g) ?? [];
  const fence = "`".repeat(1 + Math.max(0, ...runs.map((run) => run.length)));
  const inner = words.replaceAll(/\s+/g, " ");
  const pad = inner.startsWith("`") || inner.endsWith("`") || inner.trim() === "" ? " " : "";
  return `${fence}${pad}${inner}${pad}${fence}`;
};

/** For a cell: a pipe ends one even within a name's fence, and a backslash before it would undo its own. */
export const nameInCell = (words: string): string =>
  words.includes("\\")
    ? `<code>${words.replaceAll(/[^\w .:/-]/g, (sign) => `&#${sign.codePointAt(0)};`)}</code>`
    : name(words).replaceAll("|", "\\|");

export const names = (all: readonly string[], otherwise = "none"): string =>
  all.length === 0 ? otherwise : all.map(name).join(", ");
export const namesInCell = (all: readonly string[], otherwise = "none"): string =>
  all.length === 0 ? otherwise : all.map(nameInCell).join(", ");

/** Cells as they are given: whoever fills them escapes them. */
export const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");

export const bullets = (lines: readonly string[]): string => lines.map((line) => `- ${line}`).join("\n");

export const code = (lines: string, language = ""): string =>
  lines === "" ? "" : [`\`\`\`${language}`, lines.trimEnd(), "```"].join("\n");
export const json = (value: unknown): string => code(JSON.stringify(value, null, 2), "json");

/** Paragraphs, tables and lists; what is empty leaves no gap. */
export const blocks = (...parts: readonly (string | undefined)[]): string =>
  parts.filter((part) => part !== undefined && part !== "").join("\n\n");
