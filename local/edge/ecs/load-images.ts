import { pathToFileURL } from "node:url";
import { z } from "zod";

const image = z.object({
  /** Command and arguments, run in the repository's root; the container's command is appended. */
  argv: z.array(z.string()).min(1),
  /** The variable by which the process is told which free port it has in place of a container port. */
  ports: z.array(z.object({ containerPort: z.number().int(), variable: z.string() })).default([]),
  /** Asked at each start, since it may fetch what the image would contain. */
  environment: z.custom<() => Promise<Readonly<Record<string, string>>>>((value) => typeof value === "function"),
});

export type LocalImage = {
  readonly argv: readonly string[];
  readonly ports: readonly { readonly containerPort: number; readonly variable: string }[];
  environment(): Promise<Readonly<Record<string, string>>>;
};

export async function loadImages(path: string): Promise<ReadonlyMap<string, LocalImage>> {
  const parsed = z.object({ IMAGES: z.record(z.string(), image) }).safeParse(await import(pathToFileURL(path).href));
  if (!parsed.success) throw new Error(`The images of ${path}: ${z.prettifyError(parsed.error)}`);
  return new Map(Object.entries(parsed.data.IMAGES));
}
