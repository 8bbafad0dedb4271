import { join } from "node:path";
import { freePort } from "../setup/free-port.ts";
import { motoServer } from "../setup/python.ts";
import { type Child, startChild } from "./child.ts";

export type Moto = { readonly url: string; readonly port: number; readonly process: Child };

/** moto as it is shipped, on loopback; it keeps everything in memory and forgets it when it ends. */
export async function startMoto(o: {
  /** For messages and the log's name: "moto-control". */
  readonly name: string;
  readonly directory: string;
  readonly region: string;
  readonly port?: number;
  /** Where its state machines send their calls, such as Lambda's Invoke: the edge. Without it no state machine runs. */
  readonly edgePort?: number;
  readonly ownSession?: boolean;
}): Promise<Moto> {
  const port = o.port ?? (await freePort());
  const [command, ...args] = await motoServer();
  if (command === undefined) throw new Error("no command for moto");
  const url = `http://127.0.0.1:${port}`;
  const child = await startChild({
    name: o.name,
    command,
    args: [...args, "-H", "127.0.0.1", "-p", String(port)],
    environment: {
      PATH: process.env["PATH"],
      HOME: process.env["HOME"],
      LANG: "C.UTF-8",
      PYTHONUNBUFFERED: "1",
      AWS_DEFAULT_REGION: o.region,
      AWS_ACCESS_KEY_ID: "local",
      AWS_SECRET_ACCESS_KEY: "local",
      ...(o.edgePort === undefined ? {} : { MOTO_PORT: String(o.edgePort) }),
    },
    logFile: join(o.directory, `${o.name}.log`),
    isHealthy: async () => (await fetch(`${url}/moto-api/data.json`, { signal: AbortSignal.timeout(2000) })).ok,
    healthyWithinSeconds: 60,
    stopWithinSeconds: 5,
    ownSession: o.ownSession ?? false,
  });
  if (o.edgePort !== undefined) {
    const answer = await fetch(`${url}/moto-api/config`, {
      method: "POST",
      body: JSON.stringify({ stepfunctions: { execute_state_machine: true } }),
    });
    if (!answer.ok) {
      await child.stop();
      throw new Error(`${o.name} would not run state machines: ${answer.status} ${await answer.text()}`);
    }
  }
  return { url, port, process: child };
}
