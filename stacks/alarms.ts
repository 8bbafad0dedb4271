import { alarmsOf } from "./alarm-list.ts";
import type { Api } from "./api.ts";
import type { Machines } from "./machines.ts";
import type { Messaging } from "./messaging.ts";
import { componentName } from "./names.ts";
import type { Stage } from "./read-stage.ts";

type With = { readonly flow: Machines; readonly apis: Api; readonly queues: Messaging };

/** The list as alarms. ARNs and ids that AWS gives stay outputs, so each alarm waits for what it watches. */
export function alarms({ place, prefix }: Stage, { flow, apis, queues }: With) {
  const machineArns = Object.fromEntries([...flow.byName].map(([name, machine]) => [name, machine.arn]));
  const apiIds = Object.fromEntries(Object.entries(apis.apis).map(([name, api]) => [name, api.nodes.api.id]));
  const known = { machineArns: namesOnly(machineArns), apiIds: namesOnly(apiIds) };
  for (const alarm of alarmsOf(place.stage, known)) {
    const { StateMachineArn, ApiId, ...dimensions } = alarm.dimensions;
    new aws.cloudwatch.MetricAlarm(`Alarm${componentName(alarm.name)}`, {
      name: `${prefix}-${alarm.name}`,
      alarmDescription: `Owner: ${alarm.owner}. What to do: docs/runbooks.md#${alarm.runbook}`,
      namespace: alarm.namespace,
      metricName: alarm.metricName,
      dimensions: {
        ...dimensions,
        ...(StateMachineArn !== undefined && { StateMachineArn: given(machineArns, StateMachineArn) }),
        ...(ApiId !== undefined && { ApiId: given(apiIds, ApiId) }),
      },
      statistic: alarm.statistic,
      period: alarm.periodSeconds,
      evaluationPeriods: alarm.periods,
      threshold: alarm.threshold,
      comparisonOperator: alarm.comparison,
      treatMissingData: alarm.missingData,
      alarmActions: [queues.alarmsTopic.arn],
      okActions: [queues.alarmsTopic.arn],
      tags: { "sluice:owner": alarm.owner },
    });
  }
}

const namesOnly = (outputs: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.keys(outputs).map((name) => [name, name]));

function given(outputs: Readonly<Record<string, $util.Output<string>>>, name: string): $util.Output<string> {
  const output = outputs[name];
  if (output === undefined) throw new Error(`an alarm watches ${name}, which this stage does not have`);
  return output;
}
