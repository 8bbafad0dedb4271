import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { MachineName } from "#core/wave/lifecycle.ts";
import type { Functions } from "./functions.ts";
import { componentName, functionArn, MACHINES, machineName } from "./names.ts";
import type { Stage } from "./read-stage.ts";
import { policyDocument, trustOf } from "./rights.ts";

export type Machines = ReturnType<typeof machines>;

/** Each committed machine with this stage's functions in place of their names: a new one is a name in stacks/names.ts. */
export function machines(stage: Stage, code: Functions) {
  const made = MACHINES.map((machine) => [machine, stateMachine(stage, code, machine)] as const);
  return { byName: new Map<MachineName, aws.sfn.StateMachine>(made) };
}

function stateMachine({ place, prefix, root, settings }: Stage, code: Functions, machine: MachineName) {
  const component = `Machine${componentName(machine)}`;
  const text = readFileSync(join(root, `state-machines/${machine}.asl.json`), "utf8");
  const called = [...new Set([...text.matchAll(/\$\{([^}]*)\}/g)].map(([, name]) => name ?? ""))];
  const logs = new aws.cloudwatch.LogGroup(`${component}Logs`, {
    // Below this path AWS needs no resource policy of its own for each machine.
    name: `/aws/vendedlogs/states/${prefix}-${machine}`,
    retentionInDays: settings.logDays,
  });
  const role = new aws.iam.Role(`${component}Role`, {
    name: `${prefix}-machine-${machine}`,
    assumeRolePolicy: trustOf("states.amazonaws.com", place),
    inlinePolicies: [
      {
        name: "run",
        policy: policyDocument([
          {
            Effect: "Allow",
            Action: ["lambda:InvokeFunction"],
            Resource: called.map((name) => functionArn(place, name)),
          },
          {
            Effect: "Allow",
            Action: [
              "logs:CreateLogDelivery",
              "logs:GetLogDelivery",
              "logs:UpdateLogDelivery",
              "logs:DeleteLogDelivery",
              "logs:ListLogDeliveries",
              "logs:PutResourcePolicy",
              "logs:DescribeResourcePolicies",
              "logs:DescribeLogGroups",
              "xray:PutTraceSegments",
              "xray:PutTelemetryRecords",
              "xray:GetSamplingRules",
              "xray:GetSamplingTargets",
            ],
            Resource: ["*"],
            why: "Step Functions delivers its logs and traces by rights that AWS knows on no resource",
          },
        ]),
      },
    ],
  });
  return new aws.sfn.StateMachine(
    component,
    {
      name: machineName(place.stage, machine),
      type: "STANDARD",
      roleArn: role.arn,
      definition: text.replaceAll(/\$\{([^}]*)\}/g, (_placeholder, name: string) => functionArn(place, name)),
      // Ids and errors only: a machine's input and output carry nothing else, and none of it is needed in a log.
      loggingConfiguration: {
        level: "ERROR",
        includeExecutionData: false,
        logDestination: $interpolate`${logs.arn}:*`,
      },
      tracingConfiguration: { enabled: true },
    },
    { dependsOn: called.map((name) => code.named(name)) },
  );
}
