import { setTimeout as sleep } from "node:timers/promises";
import kafkajs, { type AclEntry, type Kafka } from "kafkajs";
import { z } from "zod";
import { connectorName } from "#core/wave/connector-name.ts";
import { workerUrl } from "#local/demo/worker-url.ts";
import { CLUSTER, DEFAULT_REGION } from "#local/home/local-account.ts";
import { FLOOR_WAVE, MIGRATION, PARTITIONS, topicOf } from "./declaration.ts";

const { AclOperationTypes, AclPermissionTypes, AclResourceTypes, ResourcePatternTypes } = kafkajs;

/** Milliseconds of the three outside effects that no freeze of this kind can do without, asked for directly. */
export type Floor = { readonly fence: number; readonly stop: number; readonly offsets: number };

export type FloorMeter = {
  /** Once, on the connectors of a wave that nobody freezes; leaves everything as it was. */
  readonly measure: () => Promise<Floor>;
  readonly close: () => Promise<void>;
};

const BOUND_MILLISECONDS = 20_000;
const statusSchema = z.object({
  connector: z.object({ state: z.string() }),
  tasks: z.array(z.object({ state: z.string() })),
});
const denyWrite: AclEntry = {
  resourceType: AclResourceTypes.TOPIC,
  resourceName: topicOf(FLOOR_WAVE),
  resourcePatternType: ResourcePatternTypes.LITERAL,
  principal: "User:*",
  host: "*",
  operation: AclOperationTypes.WRITE,
  permissionType: AclPermissionTypes.DENY,
};

/** By kafkajs and fetch on connections that are already open, with none of the product's code in between. */
export const floorMeter = async (edge: string, source: Kafka): Promise<FloorMeter> => {
  const admin = source.admin();
  await admin.connect();
  const urlOf = (direction: "forward" | "reverse"): Promise<string> =>
    workerUrl({ edge, region: DEFAULT_REGION, cluster: CLUSTER, migration: MIGRATION, direction });
  const connector = async (direction: "forward" | "reverse"): Promise<string> =>
    `${await urlOf(direction)}/connectors/${connectorName({ migration: MIGRATION, wave: FLOOR_WAVE }, 1, direction)}`;
  const forward = await connector("forward");
  const reverse = await connector("reverse");

  const ask = async (method: string, url: string, body?: unknown): Promise<unknown> => {
    const answer = await fetch(url, {
      method,
      signal: AbortSignal.timeout(BOUND_MILLISECONDS),
      ...(body === undefined ? {} : { headers: { "content-type": "application/json" }, body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${url} was answered ${answer.status}: ${text}`);
    return text === "" ? undefined : JSON.parse(text);
  };
  const until = async (what: string, isSo: () => Promise<boolean>): Promise<void> => {
    const begun = Date.now();
    while (!(await isSo())) {
      if (Date.now() - begun > BOUND_MILLISECONDS) throw new Error(`the floor waited in vain for ${what}`);
      await sleep(10);
    }
  };
  const forwardIs = (state: string, tasks: (states: readonly string[]) => boolean) => async (): Promise<boolean> => {
    const status = statusSchema.parse(await ask("GET", `${forward}/status`));
    return status.connector.state === state && tasks(status.tasks.map((task) => task.state));
  };
  const timed = async (work: () => Promise<void>): Promise<number> => {
    const begun = performance.now();
    await work();
    return performance.now() - begun;
  };
  return {
    close: () => admin.disconnect(),
    measure: async () => {
      const { permissionType, operation, principal, host, ...resource } = denyWrite;
      const filter = { ...resource, permissionType, operation, principal, host };
      const fence = await timed(async () => {
        await admin.createAcls({ acl: [denyWrite] });
        await until("the fence", async () => (await admin.describeAcls(filter)).resources.length > 0);
      });
      await admin.deleteAcls({ filters: [filter] });
      const stop = await timed(async () => {
        await ask("PUT", `${forward}/stop`);
        await until(
          "STOP",
          forwardIs("STOPPED", (tasks) => tasks.length === 0),
        );
      });
      const offsets = await timed(async () => {
        const positions = Array.from({ length: PARTITIONS }, (_, partition) => ({
          partition: { cluster: "target", topic: topicOf(FLOOR_WAVE), partition },
          offset: { offset: 1 },
        }));
        await ask("PATCH", `${reverse}/offsets`, { offsets: positions });
        // Connect trips over a write that its reader of offsets is still taking in, and answers 500.
        await until("the offsets", async () => (await fetch(`${reverse}/offsets`)).ok);
      });
      await ask("PUT", `${forward}/resume`);
      await until(
        "RUNNING",
        forwardIs("RUNNING", (tasks) => tasks.length > 0 && tasks.every((state) => state === "RUNNING")),
      );
      return { fence, stop, offsets };
    },
  };
};
