import type { Messaging } from "./messaging.ts";
import type { Stage } from "./read-stage.ts";
import type { Workers } from "./workers.ts";

type With = { readonly home: Workers; readonly queues: Messaging };

/** Services come and go with migrations; the cluster's events tell of each task that did not end by a command. */
export function stoppedWorkers({ prefix }: Stage, { home, queues }: With) {
  const rule = new aws.cloudwatch.EventRule("StoppedWorkersRule", {
    name: `${prefix}-worker-stopped`,
    description: "A Connect worker ended by itself, could not start, or was not well",
    eventPattern: $jsonStringify({
      source: ["aws.ecs"],
      "detail-type": ["ECS Task State Change"],
      detail: {
        clusterArn: [home.cluster.arn],
        lastStatus: ["STOPPED"],
        $or: [
          { stopCode: ["EssentialContainerExited", "TaskFailedToStart"] },
          { stoppedReason: [{ prefix: "Task failed container health checks" }] },
        ],
      },
    }),
  });
  new aws.cloudwatch.EventTarget("StoppedWorkersTarget", {
    rule: rule.name,
    arn: queues.queues["stopped-workers"].arn,
  });
}
