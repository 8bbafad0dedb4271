import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Side } from "#core/kafka/offset.ts";
import { mirrorEnds } from "#core/replication/mirror-ends.ts";
import { readBody } from "#local/host/read-body.ts";
import type { Direction } from "#use-cases/ports/replicator.ts";

/** What stands for one connector: where its mirror is, per topic the same on each partition. */
export type StandInConnector = {
  readonly direction: Direction;
  state: "RUNNING" | "STOPPED";
  readonly topics: ReadonlyMap<string, { readonly partitions: number; records: number }>;
};

/**
 * Answers a tick's questions to ECS and to a Connect worker as both would, so that a tick is measured on as many waves as
 * one likes: a worker that runs fifty real mirrors of two hundred partitions is another measurement. Mirrors nothing itself.
 */
export type ConnectStandIn = {
  readonly url: string;
  /** By name. */
  readonly connectors: Map<string, StandInConnector>;
  stop(): Promise<void>;
};

export const startConnectStandIn = async (): Promise<ConnectStandIn> => {
  const connectors = new Map<string, StandInConnector>();
  const server: Server = createServer((request, response) => {
    void readBody(request, 1e6).then(() => {
      const port = (server.address() as AddressInfo).port;
      const operation = String(request.headers["x-amz-target"] ?? "").split(".")[1];
      const answer =
        operation === undefined ? connectAnswer(connectors, request.url ?? "") : ecsAnswer(operation, port);
      response
        .writeHead(answer === undefined ? 404 : 200, { "content-type": "application/json" })
        .end(JSON.stringify(answer ?? { error_code: 404, message: "no such connector" }));
    });
  });
  server.listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    connectors,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};

const ecsAnswer = (operation: string, port: number): unknown => {
  switch (operation) {
    case "ListTasks":
      return { taskArns: ["arn:aws:ecs:eu-west-1:123456789012:task/sluice/worker"] };
    case "DescribeTasks": {
      const networkBindings = [{ bindIP: "127.0.0.1", containerPort: 8083, hostPort: port, protocol: "tcp" }];
      return { tasks: [{ lastStatus: "RUNNING", desiredStatus: "RUNNING", containers: [{ networkBindings }] }] };
    }
    default:
      return undefined;
  }
};

const connectAnswer = (connectors: ReadonlyMap<string, StandInConnector>, path: string): unknown => {
  const [, , name = "", what] = path.split("/");
  const connector = connectors.get(decodeURIComponent(name));
  if (connector === undefined) return undefined;
  const { direction, state, topics } = connector;
  const upstream: Side = mirrorEnds(direction).upstream;
  switch (what) {
    case "status":
      return { connector: { state }, tasks: state === "RUNNING" ? [{ id: 0, state }] : [] };
    case "config":
      return { "tasks.max": "1" };
    case "offsets":
      return {
        offsets: [...topics].flatMap(([topic, { partitions, records }]) =>
          Array.from({ length: partitions }, (_, partition) => ({
            partition: { cluster: upstream, topic, partition },
            offset: { offset: records - 1 },
          })),
        ),
      };
    default:
      return undefined;
  }
};
