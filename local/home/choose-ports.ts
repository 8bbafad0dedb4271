import { isAlive } from "../processes/process-identity.ts";
import { freePort, isFree } from "../setup/free-port.ts";
import { type HomeFile, type PortName, portNames } from "./home-file.ts";

/** Which process listens where; the edge has two ports. */
const owner: Readonly<Record<PortName, string>> = {
  dynamodb: "dynamodb",
  moto: "moto",
  host: "host",
  edge: "edge",
  http: "edge",
  parameters: "parameters",
  guard: "guard",
};

/**
 * The ports of an earlier start where they are free or still held by the process that was recorded for them, so that
 * workers, applications and people find things where they were; else new ones.
 */
export async function choosePorts(
  earlier: HomeFile | undefined,
  wantedHttpPort: number | undefined,
): Promise<Record<PortName, number>> {
  const chosen: Partial<Record<PortName, number>> = {};
  for (const name of portNames) {
    const recorded = earlier?.services[owner[name]];
    const isHeld = recorded !== undefined && (await isAlive(recorded));
    const wanted = name === "http" ? (wantedHttpPort ?? earlier?.ports.http) : earlier?.ports[name];
    const isOurs = isHeld && wanted === earlier?.ports[name];
    if (wanted !== undefined && (isOurs || (await isFree(wanted)))) chosen[name] = wanted;
    else if (name === "http" && wantedHttpPort !== undefined)
      throw new Error(`port ${wantedHttpPort} is taken by another program; expected a free one, name another`);
    else chosen[name] = await portBut(new Set(Object.values(chosen)));
  }
  return chosen as Record<PortName, number>;
}

async function portBut(taken: ReadonlySet<number>): Promise<number> {
  for (;;) {
    const port = await freePort();
    if (!taken.has(port)) return port;
  }
}
