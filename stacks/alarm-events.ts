import { FUNCTIONS } from "#functions/manifest.ts";
import type { Functions } from "./functions.ts";
import type { Messaging } from "./messaging.ts";
import { componentName } from "./names.ts";
import type { Stage } from "./read-stage.ts";

type With = { readonly code: Functions; readonly queues: Messaging };

/** Any alarm of the account may be one that a migration file rolls back on; which it is, the function finds out. */
export function alarmEvents({ prefix }: Stage, { code, queues }: With) {
  for (const { name, invokedBy } of FUNCTIONS) {
    if (invokedBy.kind !== "alarm-event") continue;
    const component = componentName(name);
    const rule = new aws.cloudwatch.EventRule(`${component}Rule`, {
      name: `${prefix}-alarm-changed`,
      description: "An alarm changed: waves that roll back on it are looked at now",
      eventPattern: JSON.stringify({
        source: ["aws.cloudwatch"],
        "detail-type": ["CloudWatch Alarm State Change"],
      }),
    });
    new aws.cloudwatch.EventTarget(`${component}Target`, {
      rule: rule.name,
      arn: code.named(name).arn,
      deadLetterConfig: { arn: queues.queues["failed-alarm-events"].arn },
      retryPolicy: { maximumEventAgeInSeconds: 300, maximumRetryAttempts: 5 },
    });
    new aws.lambda.Permission(`${component}Permission`, {
      action: "lambda:InvokeFunction",
      function: code.named(name).name,
      principal: "events.amazonaws.com",
      sourceArn: rule.arn,
    });
  }
}
