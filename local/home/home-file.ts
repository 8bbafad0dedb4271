import { z } from "zod";
import { readIfThere } from "./read-if-there.ts";

const identity = z.object({ pid: z.number().int(), startTicks: z.string() });
const recordedService = identity.extend({ fingerprint: z.string() });
export type RecordedService = z.output<typeof recordedService>;

const portNames = ["dynamodb", "moto", "host", "edge", "http", "parameters", "guard"] as const;
export type PortName = (typeof portNames)[number];

/** `home.json`: which processes run for this state directory, and where; read by the next supervisor and by people. */
const homeFile = z.object({
  supervisor: identity,
  /** One that an older version did not have is chosen anew. */
  ports: z.partialRecord(z.enum(portNames), z.number().int()),
  services: z.record(z.string(), recordedService),
});
export type HomeFile = z.output<typeof homeFile>;

export { portNames };

export async function readHomeFile(path: string): Promise<HomeFile | undefined> {
  const text = await readIfThere(path);
  return text === undefined ? undefined : homeFile.parse(JSON.parse(text));
}
