/**
 * Rights that a function has although no recorded run (test/stacks/recorded-calls.json) called them, each with its reason. Keyed
 * by action, or by function and action. A reason that is no longer needed fails a test, as does a right without one.
 */
const THAWS_TOO = "a thaw is one use case wherever it runs; the recorded runs thawed by other hands";
const AFTER_THAW = "a roll-back that was ordered in a freeze is set going at the end of the thaw";
const GATE_LOST = "an approval whose token nobody takes any more looks at the execution, and starts another";
const MIRROR_GONE = "a connector is removed through a worker: where none runs any more, one is started for it";
const NO_ARN =
  "operating objects are read where a cluster is named by ARN; on one machine clusters are named by their servers";
const BY_HAND = "the recorded runs have their waves from the file; plans are made in a run beside them";
const OTHER_DEFINITION = "workers that were started for an earlier wave run by another definition";

export const UNSEEN: Readonly<Record<string, string>> = {
  "dynamodb:GetItem": "reading the table is one right: items and queries of the same wave",
  "dynamodb:Query": "reading the table is one right: items and queries of the same wave",
  "secretsmanager:DescribeSecret": "sign-ins are looked up when the environment is cold, by whichever function it is",
  "secretsmanager:GetSecretValue": "sign-ins are read when the environment is cold, or when a secret changed",
  "kafka:DescribeClusterV2": "a cluster named by ARN; on one machine clusters are named by their servers",
  "kafka:GetBootstrapBrokers": "a cluster named by ARN; on one machine clusters are named by their servers",
  "sts:AssumeRole": "signing in to MSK by IAM; on one machine nobody does",
  "ecs:DescribeServices": "where no worker runs, its service tells why",
  "ecs:DescribeTasks": "a worker's address is kept a minute; whoever comes after that looks it up",
  "ecs:ListTasks": "a worker's address is kept a minute; whoever comes after that looks it up",
  "timer-take-nightly-snapshots lambda:InvokeFunction":
    "the recorded runs took their snapshots by hand; no night passed",
  "inventory-take-snapshot lambda:InvokeFunction": "a snapshot that is cut off asks for its next run",
  "inventory-take-snapshot dynamodb:UpdateItem": "a snapshot that a newer one replaces gets a time at which it ends",
  "cloudwatch:ListDashboards": NO_ARN,
  "cloudwatch:GetDashboard": NO_ARN,
  "inventory-take-snapshot cloudwatch:DescribeAlarms": NO_ARN,
  "kafka:ListNodes": NO_ARN,
  "kafka:DescribeConfiguration": NO_ARN,
  "kafka:DescribeConfigurationRevision": NO_ARN,
  "application-autoscaling:DescribeScalableTargets": NO_ARN,
  "application-autoscaling:DescribeScalingPolicies": NO_ARN,
  "http-propose-plan lambda:InvokeFunction": BY_HAND,
  "http-accept-plan lambda:InvokeFunction": BY_HAND,
  "http-approve-plan dynamodb:PutItem": BY_HAND,
  "commands-plan-waves dynamodb:PutItem": BY_HAND,
  "commands-plan-waves dynamodb:UpdateItem": BY_HAND,
  "commands-plan-waves dynamodb:DeleteItem": BY_HAND,
  "http-post-migration dynamodb:DeleteItem": "a file posted again may have fewer waves",
  "http-resume-wave states:SendTaskSuccess": "the execution of the run before is let go",
  "commands-thaw-wave states:StartExecution": AFTER_THAW,
  "commands-roll-back-wave ssm:GetParameter": "a wave that is ordered back in a freeze thaws first",
  "commands-roll-back-wave ssm:PutParameter": "a wave that is ordered back in a freeze thaws first",
  "commands-roll-back-wave scheduler:DeleteSchedule": "a wave that is ordered back in a freeze thaws first",
  "http-approve-gate states:DescribeExecution": GATE_LOST,
  "http-approve-gate states:StartExecution": GATE_LOST,
  "http-seal-wave states:DescribeExecution": GATE_LOST,
  "http-seal-wave states:StartExecution": GATE_LOST,
  "steps-thaw states:StartExecution": AFTER_THAW,
  "steps-cutover states:StartExecution": AFTER_THAW,
  "timer-thaw-at-deadline states:StartExecution": AFTER_THAW,
  "timer-thaw-at-deadline scheduler:CreateSchedule": "called long before the deadline, it sets the schedule anew",
  "timer-thaw-at-deadline scheduler:UpdateSchedule": "called long before the deadline, it sets the schedule anew",
  "timer-tick-wave dynamodb:UpdateItem": "a snapshot that a gate has passed on does not expire any more",
  "timer-tick-wave ssm:PutParameter": "clients of a thawed wave that do not stand on the source are turned again",
  "timer-tick-wave scheduler:DeleteSchedule": THAWS_TOO,
  "steps-start ecs:UpdateService": OTHER_DEFINITION,
  "steps-prepare-cutover ecs:UpdateService": OTHER_DEFINITION,
  "steps-seal ecs:DescribeTaskDefinition": MIRROR_GONE,
  "ecs:CreateService": MIRROR_GONE,
  "ecs:RegisterTaskDefinition": MIRROR_GONE,
};

export function unseenReason(
  name: string,
  action: string,
): { readonly key: string; readonly reason: string } | undefined {
  for (const key of [`${name} ${action}`, action]) {
    const reason = UNSEEN[key];
    if (reason !== undefined) return { key, reason };
  }
  return undefined;
}
