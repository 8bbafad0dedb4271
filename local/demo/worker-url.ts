import { DescribeTasksCommand, ECSClient, ListTasksCommand } from "@aws-sdk/client-ecs";

const CONNECT_PORT = 8083;

/** Where the REST interface of a direction's worker answers, as ECS tells it. */
export const workerUrl = async (o: {
  readonly edge: string;
  readonly region: string;
  readonly cluster: string;
  readonly migration: string;
  readonly direction: "forward" | "reverse";
}): Promise<string> => {
  const service = `sluice-${o.migration}-${o.direction}`;
  const ecs = new ECSClient({
    endpoint: o.edge,
    region: o.region,
    credentials: { accessKeyId: "local", secretAccessKey: "local" },
  });
  try {
    const { taskArns = [] } = await ecs.send(new ListTasksCommand({ cluster: o.cluster, serviceName: service }));
    const { tasks = [] } = await ecs.send(new DescribeTasksCommand({ cluster: o.cluster, tasks: taskArns }));
    for (const container of tasks.flatMap((task) => (task.lastStatus === "RUNNING" ? (task.containers ?? []) : [])))
      for (const binding of container.networkBindings ?? [])
        if (binding.containerPort === CONNECT_PORT) return `http://${binding.bindIP}:${binding.hostPort}`;
    throw new Error(`no task of ${service} runs with container port ${CONNECT_PORT}`);
  } finally {
    ecs.destroy();
  }
};
