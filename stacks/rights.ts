/** The IAM statements that each need brings. `*` stands only where AWS knows nothing narrower, with the reason beside it. */

import * as names from "./names.ts";
import { type Need, needsOf } from "./needs.ts";
import type { Settings } from "./settings.ts";

export type Statement = {
  readonly Effect: "Allow";
  readonly Action: readonly string[];
  readonly Resource: readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
  /** Why nothing narrower than `*` can stand as the resource. Not part of the policy. */
  readonly why?: string;
};

/** ARNs that only the deployment knows. */
export type Given = { readonly tableArn: string; readonly keyArn: string };
type Scope = { readonly place: names.Place; readonly settings: Settings; readonly given: Given };

const allow = (Action: readonly string[], Resource: readonly string[], more: Partial<Statement> = {}): Statement => ({
  Effect: "Allow",
  Action,
  Resource,
  ...more,
});

const SECRET_SUFFIX = "-??????";
const secretArns = ({ place, settings }: Scope): readonly string[] =>
  settings.secrets.map(
    (name) =>
      `arn:aws:secretsmanager:${place.region}:${place.account}:secret:${name.endsWith("*") ? name : `${name}${SECRET_SUFFIX}`}`,
  );
const parameterArns = ({ place, settings }: Scope): readonly string[] =>
  settings.switches.map((name) => `arn:aws:ssm:${place.region}:${place.account}:parameter${name}`);

/** Reading the secrets that migration files may name: for functions, and for the tasks that are started with them. */
export const secretStatements = (scope: Scope, actions: readonly string[]): readonly Statement[] => [
  ...(scope.settings.secrets.length === 0 ? [] : [allow(actions, secretArns(scope))]),
  ...(scope.settings.secretKeys.length === 0 ? [] : [allow(["kms:Decrypt"], scope.settings.secretKeys)]),
];

/** Signing in to MSK by IAM: the role that the migration file names is taken for a session, by functions and by workers. */
export const sessionStatements = ({ settings }: Scope): readonly Statement[] =>
  settings.msk.roles.length === 0 ? [] : [allow(["sts:AssumeRole"], settings.msk.roles)];
const mskStatements = (scope: Scope): readonly Statement[] => [
  ...sessionStatements(scope),
  ...(scope.settings.msk.clusters.length === 0
    ? []
    : [allow(["kafka:DescribeClusterV2", "kafka:GetBootstrapBrokers"], scope.settings.msk.clusters)]),
];

const machineArns = (place: names.Place): readonly string[] =>
  names.MACHINES.map((machine) => names.machineArn(place, machine));
const NO_TASK_DEFINITIONS =
  "ECS has no narrower right for task definitions; what one may do is bound by the two roles that may be passed";

const STATEMENTS: Readonly<Record<Need, (scope: Scope) => readonly Statement[]>> = {
  "know-callers": () => [],
  "read-table": ({ given }) => [
    allow(["dynamodb:GetItem", "dynamodb:Query"], [given.tableArn, `${given.tableArn}/index/*`]),
    allow(["kms:Decrypt"], [given.keyArn]),
  ],
  "write-table": ({ given }) => [allow(["dynamodb:PutItem"], [given.tableArn])],
  "clear-items": ({ given }) => [allow(["dynamodb:DeleteItem"], [given.tableArn])],
  "start-executions": ({ place }) => [allow(["states:StartExecution"], machineArns(place))],
  "answer-tokens": ({ place }) => [allow(["states:SendTaskSuccess"], machineArns(place))],
  "look-at-executions": ({ place }) => [
    allow(
      ["states:DescribeExecution"],
      names.MACHINES.map((machine) => names.executionsArn(place, machine)),
    ),
  ],
  "ask-for-ticks": ({ place }) => [allow(["lambda:InvokeFunction"], [names.functionArn(place, "timer-tick-wave")])],
  "ask-for-snapshots": ({ place }) => [
    allow(["lambda:InvokeFunction"], [names.functionArn(place, "inventory-take-snapshot")]),
  ],
  "order-thaws": ({ place }) => [allow(["lambda:InvokeFunction"], [names.functionArn(place, "commands-thaw-wave")])],
  "order-roll-backs": ({ place }) => [
    allow(["lambda:InvokeFunction"], [names.functionArn(place, "commands-roll-back-wave")]),
  ],
  "order-plans": ({ place }) => [allow(["lambda:InvokeFunction"], [names.functionArn(place, "commands-plan-waves")])],
  "let-items-expire": ({ given }) => [allow(["dynamodb:UpdateItem"], [given.tableArn])],
  announce: ({ place, given }) => [
    allow(["sns:Publish"], [names.topicArn(place)]),
    allow(["kms:Decrypt", "kms:GenerateDataKey"], [given.keyArn]),
  ],
  "set-deadlines": ({ place }) => [
    allow(["scheduler:CreateSchedule", "scheduler:UpdateSchedule"], [names.schedulesArn(place)]),
    passRole(names.roleArn(place, "deadlines"), "scheduler.amazonaws.com"),
  ],
  "clear-deadlines": ({ place }) => [allow(["scheduler:DeleteSchedule"], [names.schedulesArn(place)])],
  "look-at-alarms": () => [
    allow(["cloudwatch:DescribeAlarms"], ["*"], {
      why: "a composite alarm can be described with no narrower right",
    }),
  ],
  "look-at-operations": ({ place, settings }) => [
    allow(["cloudwatch:ListDashboards"], ["*"], { why: "dashboards are listed with no narrower resource" }),
    allow(["cloudwatch:GetDashboard"], [`arn:aws:cloudwatch::${place.account}:dashboard/*`]),
    ...(settings.msk.clusters.length === 0
      ? []
      : [
          allow(["kafka:ListNodes"], settings.msk.clusters),
          allow(
            ["kafka:DescribeConfiguration", "kafka:DescribeConfigurationRevision"],
            [...new Set(settings.msk.clusters.map(configurationsBeside))],
          ),
          allow(
            ["application-autoscaling:DescribeScalableTargets", "application-autoscaling:DescribeScalingPolicies"],
            ["*"],
            {
              why: "how storage scales can be described with no narrower resource",
            },
          ),
        ]),
  ],
  brokers: (scope) => [
    ...secretStatements(scope, ["secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue"]),
    ...mskStatements(scope),
  ],
  clusters: (scope) => [
    allow(["ecs:DescribeServices"], [names.servicesArn(scope.place)]),
    allow(["ecs:DescribeTasks"], [names.tasksArn(scope.place)]),
    allow(["ecs:ListTasks"], ["*"], {
      why: "tasks are listed with no narrower resource; the condition leaves one cluster",
      Condition: { ArnEquals: { "ecs:cluster": names.clusterArn(scope.place) } },
    }),
  ],
  "start-workers": ({ place }) => [
    allow(["ecs:CreateService", "ecs:UpdateService"], [names.servicesArn(place)]),
    allow(["ecs:TagResource"], [names.servicesArn(place), names.taskDefinitionsArn(place)]),
    allow(["ecs:RegisterTaskDefinition", "ecs:DescribeTaskDefinition"], ["*"], { why: NO_TASK_DEFINITIONS }),
    passRole(names.roleArn(place, "worker"), "ecs-tasks.amazonaws.com"),
    passRole(names.roleArn(place, "worker-execution"), "ecs-tasks.amazonaws.com"),
  ],
  "release-workers": ({ place }) => [
    allow(["ecs:UpdateService", "ecs:DeleteService"], [names.servicesArn(place)]),
    allow(["ecs:ListTaskDefinitions", "ecs:DeregisterTaskDefinition"], ["*"], { why: NO_TASK_DEFINITIONS }),
  ],
  "look-at-switches": (scope) => onSwitches(scope, "ssm:GetParameter"),
  "turn-switches": (scope) => onSwitches(scope, "ssm:PutParameter"),
};

/** A cluster does not tell which configuration it has before it is asked; they are of its region and account. */
const configurationsBeside = (cluster: string): string => `${cluster.split(":").slice(0, 5).join(":")}:configuration/*`;

const onSwitches = (scope: Scope, action: string): readonly Statement[] =>
  scope.settings.switches.length === 0 ? [] : [allow([action], parameterArns(scope))];

const passRole = (role: string, service: string): Statement =>
  allow(["iam:PassRole"], [role], { Condition: { StringEquals: { "iam:PassedToService": service } } });

/** What every function may do: write its own log, trace, hand over an event that failed, and be in the VPC where it is. */
const ownStatements = (place: names.Place, name: string, isInVpc: boolean): readonly Statement[] => [
  allow(
    ["logs:CreateLogStream", "logs:PutLogEvents"],
    [`${names.logGroupArn(place, names.functionLogGroup(place.stage, name))}:*`],
  ),
  allow(["sqs:SendMessage"], [names.queueArn(place, "failed-events")]),
  allow(["xray:PutTraceSegments", "xray:PutTelemetryRecords"], ["*"], {
    why: "traces belong to no resource",
  }),
  ...(isInVpc
    ? [
        allow(
          [
            "ec2:CreateNetworkInterface",
            "ec2:DescribeNetworkInterfaces",
            "ec2:DescribeSubnets",
            "ec2:DeleteNetworkInterface",
            "ec2:AssignPrivateIpAddresses",
            "ec2:UnassignPrivateIpAddresses",
          ],
          ["*"],
          { why: "Lambda makes and removes network interfaces that have no name before" },
        ),
      ]
    : []),
];

export const isInVpc = (name: string): boolean => needsOf(name).has("brokers");

export const statementsOf = (name: string, scope: Scope): readonly Statement[] => [
  ...[...needsOf(name)].flatMap((need) => STATEMENTS[need](scope)),
  ...ownStatements(scope.place, name, isInVpc(name)),
  ...(name === "stream-announce-journal" ? streamStatements(scope) : []),
];

/** Lambda itself reads the table's stream with the function's role, and puts what failed for good into a queue. */
const streamStatements = ({ place, given }: Scope): readonly Statement[] => [
  allow(
    ["dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:ListStreams"],
    [`${given.tableArn}/stream/*`],
  ),
  allow(["sqs:SendMessage"], [names.queueArn(place, "failed-stream")]),
];

/** As JSON in which `why` is left out. */
export const policyDocument = (statements: readonly Statement[]): string =>
  JSON.stringify({ Version: "2012-10-17", Statement: statements.map(({ why: _why, ...statement }) => statement) });

/** A role that one service may take, for what belongs to this account. */
export const trustOf = (service: string, { account }: names.Place): string =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Principal: { Service: service },
        Action: "sts:AssumeRole",
        Condition: { StringEquals: { "aws:SourceAccount": account } },
      },
    ],
  });
