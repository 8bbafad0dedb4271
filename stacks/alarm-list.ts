/** Every alarm of a stage as data: what it watches, who is called, and which section of docs/runbooks.md says what to do. */
import { FUNCTIONS } from "#functions/manifest.ts";
import { functionName, MACHINES, prefixOf, scheduleGroup } from "./names.ts";
import { QUEUES } from "./queue-list.ts";

export type Owner = "platform team" | "streaming operations";

export type AlarmEntry = {
  /** Without the stage's prefix. */
  readonly name: string;
  readonly owner: Owner;
  /** A heading below `## Alarms`. */
  readonly runbook: string;
  readonly namespace: string;
  readonly metricName: string;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly statistic: "Sum" | "Maximum" | "Average";
  readonly periodSeconds: number;
  /** How many periods in a row it must last. */
  readonly periods: number;
  readonly threshold: number;
  readonly comparison: "GreaterThanOrEqualToThreshold" | "LessThanThreshold";
  readonly missingData: "notBreaching" | "breaching";
};

type Sort = Pick<AlarmEntry, "statistic" | "periodSeconds" | "periods" | "threshold" | "comparison" | "missingData">;
const any = (periodSeconds: number): Sort => ({
  statistic: "Sum",
  periodSeconds,
  periods: 1,
  threshold: 1,
  comparison: "GreaterThanOrEqualToThreshold",
  missingData: "notBreaching",
});

const ofFunctions = (stage: string): AlarmEntry[] =>
  FUNCTIONS.flatMap(({ name, invokedBy }) => {
    const common = {
      owner: "platform team" as const,
      namespace: "AWS/Lambda",
      dimensions: { FunctionName: functionName(stage, name) },
    };
    return [
      // A machine tries its steps again, and a tick comes each minute: one error there is nobody's night.
      {
        ...common,
        ...any(300),
        name: `${name}-errors`,
        runbook: "function-errors",
        metricName: "Errors",
        // Somebody waits for an answer of the API, and for what it hands over.
        threshold: invokedBy.kind === "http" || name.startsWith("commands-") ? 1 : 5,
      },
      { ...common, ...any(60), name: `${name}-throttles`, runbook: "function-throttles", metricName: "Throttles" },
    ];
  });

const ofQueues = (stage: string): AlarmEntry[] =>
  QUEUES.map(({ name, owner }) => ({
    ...any(60),
    name: `${name}-depth`,
    owner,
    runbook: `queue-${name}`,
    namespace: "AWS/SQS",
    metricName: "ApproximateNumberOfMessagesVisible",
    statistic: "Maximum",
    dimensions: { QueueName: `${prefixOf(stage)}-${name}` },
  }));

const ofMachines = (machineArns: Readonly<Record<string, string>>): AlarmEntry[] =>
  MACHINES.flatMap((machine) =>
    ["ExecutionsFailed", "ExecutionsTimedOut", "ExecutionsAborted"].map((metricName) => ({
      ...any(60),
      name: `machine-${machine}-${metricName.slice("Executions".length).toLowerCase()}`,
      owner: "streaming operations" as const,
      runbook: "machine-ended",
      namespace: "AWS/States",
      metricName,
      dimensions: { StateMachineArn: machineArns[machine] ?? "" },
    })),
  );

const ofTimersAndStream = (stage: string): AlarmEntry[] => [
  {
    name: "timer-silent",
    owner: "streaming operations",
    runbook: "timer-silent",
    namespace: "AWS/Lambda",
    metricName: "Invocations",
    dimensions: { FunctionName: functionName(stage, "timer-tick-active-waves") },
    statistic: "Sum",
    periodSeconds: 60,
    periods: 3,
    threshold: 1,
    comparison: "LessThanThreshold",
    missingData: "breaching",
  },
  {
    ...any(60),
    name: "deadline-dropped",
    owner: "streaming operations",
    runbook: "deadline-dropped",
    namespace: "AWS/Scheduler",
    metricName: "InvocationDroppedCount",
    dimensions: { ScheduleGroup: scheduleGroup(stage) },
  },
  {
    ...any(60),
    name: "timer-dropped",
    owner: "streaming operations",
    runbook: "timer-silent",
    namespace: "AWS/Scheduler",
    metricName: "InvocationDroppedCount",
    dimensions: { ScheduleGroup: `${prefixOf(stage)}-timers` },
  },
  {
    ...any(60),
    name: "announcements-late",
    owner: "platform team",
    runbook: "announcements-late",
    namespace: "AWS/Lambda",
    metricName: "IteratorAge",
    dimensions: { FunctionName: functionName(stage, "stream-announce-journal") },
    statistic: "Maximum",
    periods: 3,
    threshold: 60_000,
  },
];

/** Of all waves together, as ticks measure them. */
const ofWaves: AlarmEntry[] = [
  {
    ...any(60),
    name: "freeze-stands",
    owner: "streaming operations",
    runbook: "freeze-stands",
    namespace: "Sluice",
    metricName: "FrozenSeconds",
    dimensions: { service: "sluice" },
    statistic: "Maximum",
    // A freeze lifts itself within 90 s: this one has not, and clients stand still.
    threshold: 90,
  },
];

const ofApis = (apiIds: Readonly<Record<string, string>>): AlarmEntry[] =>
  Object.entries(apiIds).map(([api, id]) => ({
    ...any(300),
    name: `${api}-5xx`,
    owner: "platform team",
    runbook: "api-5xx",
    namespace: "AWS/ApiGateway",
    metricName: "5xx",
    dimensions: { ApiId: id },
  }));

const ofTable = (table: string): AlarmEntry => ({
  ...any(60),
  name: "table-throttles",
  owner: "platform team",
  runbook: "table-throttles",
  namespace: "AWS/DynamoDB",
  metricName: "ThrottledRequests",
  dimensions: { TableName: table },
  periods: 3,
});

export const alarmsOf = (
  stage: string,
  seen: { readonly machineArns: Readonly<Record<string, string>>; readonly apiIds: Readonly<Record<string, string>> },
): readonly AlarmEntry[] => [
  ...ofFunctions(stage),
  ...ofQueues(stage),
  ...ofMachines(seen.machineArns),
  ...ofTimersAndStream(stage),
  ...ofWaves,
  ...ofApis(seen.apiIds),
  ofTable(prefixOf(stage)),
];
