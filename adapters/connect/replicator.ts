import { OperatorFault, RetryableFault } from "#core/fault.ts";
import { type PartitionKey, type PartitionMap, parsePartitionKey, partitionKey } from "#core/kafka/topic-partition.ts";
import { mirrorEnds } from "#core/replication/mirror-ends.ts";
import * as z from "#core/schema.ts";
import type { ConnectorStatus, Direction, Replicator } from "#use-cases/ports/replicator.ts";
import { type ConnectAnswer, connectRest, messageOf, type WorkerAddresses } from "./connect-rest.ts";
import { type ConnectorSettings, connectorConfig } from "./connector-config.ts";

export type ReplicatorSettings = Omit<ConnectorSettings, "ends"> & {
  readonly workers: WorkerAddresses;
  /** How a direction's mirror signs in on either cluster; looked up when a connector is created. */
  readonly ends: (direction: Direction) => Promise<ConnectorSettings["ends"]>;
  /** How long a stop may take to be seen. */
  readonly stopSeconds?: number;
};

/** Each time 20 ms later. */
const OFFSETS_READ_AGAIN = 10;

/** MirrorMaker 2 over Connect's REST interface. */
export const connectReplicator = (settings: ReplicatorSettings): Replicator => {
  const request = connectRest(settings.workers);
  const stopMilliseconds = (settings.stopSeconds ?? 30) * 1000;
  /** A connector's number of tasks never changes under its name, so each status needs one request, not two. */
  const taskCounts = new Map<string, number>();

  const storedConfig = async (
    direction: Direction,
    name: string,
  ): Promise<Readonly<Record<string, string>> | undefined> => {
    const answer = await request(direction, { method: "GET", path: `${at(name)}/config`, expects: [404] });
    return answer.status === 404 ? undefined : parsed(configSchema, answer.body, `config of connector ${name}`);
  };

  const expectedTasksOf = async (direction: Direction, name: string): Promise<number | undefined> => {
    const key = `${direction}/${name}`;
    const known = taskCounts.get(key);
    if (known !== undefined) return known;
    const config = await storedConfig(direction, name);
    if (config === undefined) return undefined;
    const count = Number(config["tasks.max"]);
    taskCounts.set(key, count);
    return count;
  };

  const status = async (direction: Direction, name: string): Promise<ConnectorStatus | undefined> => {
    const answer = await request(direction, { method: "GET", path: `${at(name)}/status`, expects: [404] });
    if (answer.status === 404) return undefined;
    const expectedTasks = await expectedTasksOf(direction, name);
    if (expectedTasks === undefined) return undefined;
    const { connector, tasks } = parsed(statusSchema, answer.body, `status of connector ${name}`);
    return {
      state: connector.state,
      ...(connector.trace === undefined ? {} : { trace: connector.trace }),
      expectedTasks,
      tasks: tasks.map(({ id, state, trace }) => ({ id, state, ...(trace === undefined ? {} : { trace }) })),
    };
  };

  const stop = async (direction: Direction, name: string): Promise<void> => {
    await request(direction, { method: "PUT", path: `${at(name)}/stop` });
    const until = Date.now() + stopMilliseconds;
    let seen: ConnectorStatus | undefined;
    do {
      seen = await status(direction, name);
      // The final commit of offsets comes with the tasks' end: STOPPED alone may still be followed by one.
      if (seen?.state === "STOPPED" && seen.tasks.length === 0) return;
      await new Promise((resolve) => setTimeout(resolve, 10));
    } while (Date.now() < until);
    throw new RetryableFault(
      `connector ${name} was told to stop and after ${stopMilliseconds / 1000} s is ${seen === undefined ? "gone" : `${seen.state} with ${seen.tasks.length} tasks`}; expected STOPPED with none`,
    );
  };

  /** Connect's readers of offsets trip over a write that comes meanwhile, and answer 500: a freeze must not end for that. */
  const readOffsets = async (direction: Direction, name: string): Promise<ConnectAnswer> => {
    const read = { method: "GET", path: `${at(name)}/offsets` } as const;
    for (let left = OFFSETS_READ_AGAIN; left > 0; left--) {
      const answer = await request(direction, { ...read, expects: [500] });
      if (answer.status !== 500) return answer;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    return request(direction, read);
  };

  const replicatedThrough = async (direction: Direction, name: string): Promise<PartitionMap<bigint>> => {
    const { body } = await readOffsets(direction, name);
    const { offsets } = parsed(offsetsSchema, body, `offsets of connector ${name}`);
    const through = new Map<PartitionKey, bigint>();
    for (const { partition, offset } of offsets)
      if (offset !== null && partition.cluster === mirrorEnds(direction).upstream)
        through.set(partitionKey(partition), BigInt(offset.offset) + 1n);
    return through;
  };

  return {
    status,
    stop,
    replicatedThrough,

    async ensure(direction, spec, initialState) {
      const wanted = connectorConfig(direction, spec, { ...settings, ends: await settings.ends(direction) });
      const there = await storedConfig(direction, spec.name);
      if (there !== undefined) return sameOrFault(spec.name, there, wanted);
      const answer = await request(direction, {
        method: "POST",
        path: "/connectors",
        json: JSON.stringify({ name: spec.name, config: wanted, initial_state: initialState }),
        expects: [409],
      });
      if (answer.status !== 409) return;
      // 409 is both "somebody created it first" and "the group is rebalancing"; what is stored tells them apart.
      const now = await storedConfig(direction, spec.name);
      if (now === undefined)
        throw new RetryableFault(`connector ${spec.name} cannot be created yet: ${messageOf(answer.body)}`);
      sameOrFault(spec.name, now, wanted);
    },

    async resume(direction, name) {
      await request(direction, { method: "PUT", path: `${at(name)}/resume` });
    },

    async restartFailed(direction, name) {
      await request(direction, { method: "POST", path: `${at(name)}/restart?includeTasks=true&onlyFailed=true` });
    },

    async remove(direction, name) {
      if ((await status(direction, name)) === undefined) return;
      await stop(direction, name);
      // Connect keeps a deleted connector's offsets, and they come back with its name.
      await request(direction, { method: "DELETE", path: `${at(name)}/offsets` });
      await request(direction, { method: "DELETE", path: at(name), expects: [404] });
      taskCounts.delete(`${direction}/${name}`);
    },

    async startFrom(direction, name, positions) {
      const stored = await replicatedThrough(direction, name);
      const cluster = mirrorEnds(direction).upstream;
      const offsets: string[] = [];
      for (const [key, position] of positions) {
        // A stored offset is of the last mirrored record; −1 is refused, and null takes a stored one away.
        if (position === 0n && !stored.has(key)) continue;
        const offset = position === 0n ? "null" : `{"offset":${position - 1n}}`;
        offsets.push(`{"partition":${JSON.stringify({ cluster, ...parsePartitionKey(key) })},"offset":${offset}}`);
      }
      if (offsets.length === 0) return;
      const path = `${at(name)}/offsets`;
      const answer = await request(direction, {
        method: "PATCH",
        path,
        json: `{"offsets":[${offsets.join(",")}]}`,
        expects: [400],
      });
      if (answer.status !== 400) return;
      const message = messageOf(answer.body);
      // Somebody resumed it a moment ago, and its status still says STOPPED: it says otherwise soon.
      if (message.includes("must be in the STOPPED state"))
        throw new RetryableFault(
          `connector ${name} was told to run, though its status does not say so yet: ${message}`,
        );
      throw new OperatorFault(`PATCH ${path} of the ${direction} worker was refused with 400: ${message}`);
    },
  };
};

const at = (name: string): string => `/connectors/${encodeURIComponent(name)}`;

const configSchema = z.record(z.string(), z.string());
const statusSchema = z.object({
  connector: z.object({
    state: z.enum(["RUNNING", "PAUSED", "STOPPED", "FAILED", "UNASSIGNED", "RESTARTING"]),
    trace: z.optional(z.string()),
  }),
  tasks: z.array(z.object({ id: z.int(), state: z.string(), trace: z.optional(z.string()) })),
});
const offsetsSchema = z.object({
  offsets: z.array(
    z.object({
      partition: z.object({ cluster: z.string(), topic: z.string(), partition: z.int() }),
      offset: z.nullable(z.object({ offset: z.union([z.int(), z.bigint()]) })),
    }),
  ),
});

const parsed = <T>(schema: z.ZodMiniType<T>, body: unknown, what: string): T => {
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  throw new OperatorFault(
    `the ${what} is not as Connect 4 gives it: ${z.prettifyError(result.error)}. Expected a worker of the image that Sluice deploys.`,
  );
};

const sameOrFault = (
  name: string,
  there: Readonly<Record<string, string>>,
  wanted: Readonly<Record<string, string>>,
): void => {
  const keys = [...new Set([...Object.keys(there), ...Object.keys(wanted)])].sort();
  const differing = keys.filter((key) => there[key] !== wanted[key]);
  if (differing.length > 0)
    throw new OperatorFault(
      `connector ${name} is there with another configuration (${differing.map((key) => `${key}: ${there[key] ?? "unset"}, expected ${wanted[key] ?? "unset"}`).join("; ")}); remove it, or go on under another attempt`,
    );
};
