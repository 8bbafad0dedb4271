import { setTimeout as sleep } from "node:timers/promises";
import { GetParametersCommand, SSMClient } from "@aws-sdk/client-ssm";

export type Position = "source" | "paused" | "target";

const isPosition = (value: unknown): value is Position =>
  value === "source" || value === "paused" || value === "target";

const NAMES_PER_CALL = 10;

/**
 * Asks for the parameters again and again and tells each change, the first value included. A failed look is no change:
 * the client stays where it is.
 */
export const followPositions = (o: {
  readonly endpoint: string;
  readonly region: string;
  readonly parameters: readonly string[];
  readonly everyMilliseconds: number;
  readonly onChange: (parameter: string, position: Position) => void;
}): { stop: () => Promise<void> } => {
  const client = new SSMClient({ endpoint: o.endpoint, region: o.region });
  const last = new Map<string, Position>();
  let isStopped = false;
  const chunks: string[][] = [];
  for (let at = 0; at < o.parameters.length; at += NAMES_PER_CALL)
    chunks.push(o.parameters.slice(at, at + NAMES_PER_CALL));

  const look = async (names: string[]): Promise<void> => {
    const { Parameters = [] } = await client.send(new GetParametersCommand({ Names: names }));
    for (const { Name, Value } of Parameters) {
      if (Name === undefined || !isPosition(Value) || last.get(Name) === Value) continue;
      last.set(Name, Value);
      o.onChange(Name, Value);
    }
  };
  const run = async (): Promise<void> => {
    while (!isStopped) {
      const began = Date.now();
      for (const result of await Promise.allSettled(chunks.map(look)))
        if (result.status === "rejected") console.error(`switch not readable: ${String(result.reason)}`);
      await sleep(Math.max(10, o.everyMilliseconds - (Date.now() - began)));
    }
    client.destroy();
  };
  const running = run();
  return {
    stop: async () => {
      isStopped = true;
      await running;
    },
  };
};
