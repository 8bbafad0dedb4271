import { setTimeout as sleep } from "node:timers/promises";
import kafkajs, { type AclEntry } from "kafkajs";
import { z } from "zod";
import { offsetOn } from "#core/kafka/offset.ts";
import { partitionKey } from "#core/kafka/topic-partition.ts";
import { connectorName } from "#core/wave/connector-name.ts";
import { workerUrl } from "#local/demo/worker-url.ts";
import { CLUSTER, DEFAULT_REGION } from "#local/home/local-account.ts";
import type { BenchEstate } from "./bench-estate.ts";
import { FLOOR_WAVE, MIGRATION, PARTITIONS, topicOf } from "./declaration.ts";

const { AclOperationTypes, AclPermissionTypes, AclResourceTypes, ResourcePatternTypes } = kafkajs;

/**
 * Outside effects that no move of a wave can do without, each asked for directly and timed, in ms; on the connectors of a
 * wave whose producers never move.
 */
export type BareCalls = {
  /** One ACL added and listed; taken away again without being timed. */
  readonly fence: () => Promise<number>;
  /** PUT stop of the forward connector until it is STOPPED without tasks. */
  readonly stop: () => Promise<number>;
  /** The forward connector runs again. */
  readonly resume: () => Promise<void>;
  /** The reverse connector's offsets written and read back. */
  readonly offsets: () => Promise<number>;
  /** A group's offsets on every partition committed and read back. */
  readonly commit: () => Promise<number>;
  readonly close: () => Promise<void>;
};

const BOUND_MILLISECONDS = 20_000;
/** Of no wave. */
const FLOOR_GROUP = "floor-commits";
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

/**
 * By kafkajs and fetch on connections that are already open. Only a group's commit goes through the product's own client:
 * kafkajs would join the group for it, which takes seconds.
 */
export const bareCalls = async (
  edge: string,
  { asAdmin, sourceGroups }: Pick<BenchEstate, "asAdmin" | "sourceGroups">,
): Promise<BareCalls> => {
  const admin = asAdmin.source.admin();
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
  const partitions = Array.from({ length: PARTITIONS }, (_, partition) => ({ topic: topicOf(FLOOR_WAVE), partition }));
  let committed = 0n;
  return {
    close: () => admin.disconnect(),
    fence: async () => {
      const { permissionType, operation, principal, host, ...resource } = denyWrite;
      const filter = { ...resource, permissionType, operation, principal, host };
      const milliseconds = await timed(async () => {
        await admin.createAcls({ acl: [denyWrite] });
        await until("the fence", async () => (await admin.describeAcls(filter)).resources.length > 0);
      });
      await admin.deleteAcls({ filters: [filter] });
      return milliseconds;
    },
    stop: () =>
      timed(async () => {
        await ask("PUT", `${forward}/stop`);
        await until(
          "STOP",
          forwardIs("STOPPED", (tasks) => tasks.length === 0),
        );
      }),
    resume: async () => {
      await ask("PUT", `${forward}/resume`);
      await until(
        "RUNNING",
        forwardIs("RUNNING", (tasks) => tasks.length > 0 && tasks.every((state) => state === "RUNNING")),
      );
    },
    offsets: () =>
      timed(async () => {
        const positions = partitions.map((partition) => ({
          partition: { cluster: "target", ...partition },
          offset: { offset: 1 },
        }));
        await ask("PATCH", `${reverse}/offsets`, { offsets: positions });
        // Connect trips over a write that its reader of offsets is still taking in, and answers 500.
        await until("the offsets", async () => (await fetch(`${reverse}/offsets`)).ok);
      }),
    commit: () =>
      timed(async () => {
        committed++;
        const commit = { offset: offsetOn<"source">(committed), metadata: "" };
        await sourceGroups.commit(FLOOR_GROUP, new Map(partitions.map((one) => [partitionKey(one), commit])));
        await until("the commit", async () => {
          const read = await sourceGroups.committed(FLOOR_GROUP, partitions);
          return read.size === PARTITIONS && [...read.values()].every(({ offset }) => offset === committed);
        });
      }),
  };
};
