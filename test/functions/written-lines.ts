import { vi } from "vitest";

export type Line = Readonly<Record<string, unknown>>;

/** Everything that this process writes from now on, on either stream, kept from the terminal. */
export const captureOutput = () => {
  const chunks: string[] = [];
  const keep = (chunk: unknown): boolean => {
    chunks.push(String(chunk));
    return true;
  };
  const spies = [
    vi.spyOn(process.stdout, "write").mockImplementation(keep),
    vi.spyOn(process.stderr, "write").mockImplementation(keep),
    vi.spyOn(console, "log").mockImplementation((...parts) => {
      chunks.push(`${parts.map(String).join(" ")}\n`);
    }),
  ];
  const text = (): string => chunks.join("");
  const json = (): Line[] =>
    text()
      .split("\n")
      .filter((line) => line.startsWith("{"))
      .map((line) => JSON.parse(line) as Line);
  return {
    text,
    /** Lines of the log. */
    lines: (): Line[] => json().filter((line) => !("_aws" in line)),
    /** Lines in CloudWatch's embedded metric format. */
    metrics: (): Line[] => json().filter((line) => "_aws" in line),
    clear: (): void => {
      chunks.length = 0;
    },
    restore: (): void => {
      for (const spy of spies) spy.mockRestore();
    },
  };
};
