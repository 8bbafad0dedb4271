import { FUNCTIONS } from "#functions/manifest.ts";
import { functionName, MACHINES, machineArn, tableName } from "./names.ts";
import { QUEUES } from "./queue-list.ts";
import type { Stage } from "./read-stage.ts";

/** One page: do ticks come, do steps fail, does anything wait in a queue, how long does what takes part in a freeze take. */
export function dashboard({ place, prefix }: Stage) {
  const { stage, region } = place;
  const ofFunctions = (metric: string, named: readonly string[]) =>
    named.map((name) => ["AWS/Lambda", metric, "FunctionName", functionName(stage, name)]);
  const all = FUNCTIONS.map(({ name }) => name);
  const inFreeze = ["steps-cutover", "steps-thaw", "timer-thaw-at-deadline"];
  const charts: readonly (readonly [string, readonly (readonly string[])[], string])[] = [
    ...(["FrozenSeconds", "HeldSeconds", "MirrorDelaySeconds", "OnlyOnTargetRecords"] as const).map(
      (metric) => [`Waves: ${metric}, the worst`, [["Sluice", metric, "service", "sluice"]], "Maximum"] as const,
    ),
    ["Ticks", ofFunctions("Invocations", ["timer-tick-active-waves", "timer-tick-wave"]), "Sum"],
    ["Errors", ofFunctions("Errors", all), "Sum"],
    ["Throttles", ofFunctions("Throttles", all), "Sum"],
    ["Freeze and thaw, ms", ofFunctions("Duration", inFreeze), "Maximum"],
    [
      "Executions",
      MACHINES.flatMap((machine) =>
        ["ExecutionsStarted", "ExecutionsFailed", "ExecutionsTimedOut"].map((metric) => [
          "AWS/States",
          metric,
          "StateMachineArn",
          machineArn(place, machine),
        ]),
      ),
      "Sum",
    ],
    [
      "Failed for good",
      QUEUES.map(({ name }) => ["AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", `${prefix}-${name}`]),
      "Maximum",
    ],
    ["Announcements behind, ms", ofFunctions("IteratorAge", ["stream-announce-journal"]), "Maximum"],
    ["Table throttled", [["AWS/DynamoDB", "ThrottledRequests", "TableName", tableName(stage)]], "Sum"],
  ];
  new aws.cloudwatch.Dashboard("Dashboard", {
    dashboardName: prefix,
    dashboardBody: JSON.stringify({
      widgets: charts.map(([title, metrics, stat], index) => ({
        type: "metric",
        x: (index % 2) * 12,
        y: Math.floor(index / 2) * 6,
        width: 12,
        height: 6,
        properties: { title, metrics, stat, region, period: 60, view: "timeSeries" },
      })),
    }),
  });
}
