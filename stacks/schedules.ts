import { FUNCTIONS, NIGHTLY_AT } from "#functions/manifest.ts";
import type { Functions } from "./functions.ts";
import type { Messaging } from "./messaging.ts";
import { componentName, functionArn, queueArn, scheduleGroup } from "./names.ts";
import type { Stage } from "./read-stage.ts";
import { policyDocument, trustOf } from "./rights.ts";

export type Schedules = ReturnType<typeof schedules>;
type With = { readonly code: Functions; readonly queues: Messaging };

/** What a timer invokes, by the manifest's kind. */
const EXPRESSIONS: Readonly<Record<string, string>> = {
  "minute-timer": "rate(1 minute)",
  "nightly-timer": `cron(${NIGHTLY_AT.minute} ${NIGHTLY_AT.hour} * * ? *)`,
};

/** The timers, and the group in which the control plane sets the one-shot schedule of each freeze's deadline. */
export function schedules({ place, prefix }: Stage, { code, queues }: With) {
  const timed = FUNCTIONS.filter(({ invokedBy }) => invokedBy.kind in EXPRESSIONS);
  const called = FUNCTIONS.filter(({ invokedBy }) => invokedBy.kind === "one-shot-schedule");
  const role = (name: string, invoked: readonly { readonly name: string }[]) =>
    new aws.iam.Role(`${componentName(name)}Role`, {
      name: `${prefix}-${name}`,
      assumeRolePolicy: trustOf("scheduler.amazonaws.com", place),
      inlinePolicies: [
        {
          name: "invoke",
          policy: policyDocument([
            {
              Effect: "Allow",
              Action: ["lambda:InvokeFunction"],
              Resource: invoked.map((one) => functionArn(place, one.name)),
            },
            { Effect: "Allow", Action: ["sqs:SendMessage"], Resource: [queueArn(place, "failed-schedules")] },
          ]),
        },
      ],
    });

  const timerRole = role("timers", timed);
  const timers = new aws.scheduler.ScheduleGroup("Timers", { name: `${prefix}-timers` });
  for (const { name, invokedBy } of timed)
    new aws.scheduler.Schedule(`${componentName(name)}Schedule`, {
      name,
      groupName: timers.name,
      scheduleExpression: EXPRESSIONS[invokedBy.kind] ?? "",
      flexibleTimeWindow: { mode: "OFF" },
      target: {
        arn: code.named(name).arn,
        roleArn: timerRole.arn,
        deadLetterConfig: { arn: queues.queues["failed-schedules"].arn },
        retryPolicy: { maximumEventAgeInSeconds: 60, maximumRetryAttempts: 1 },
      },
    });

  // The group carries the tags of its schedules, since Scheduler knows none on a schedule.
  const deadlines = new aws.scheduler.ScheduleGroup("Deadlines", {
    name: scheduleGroup(place.stage),
    tags: { sluice: "deadlines" },
  });
  return { deadlines, deadlineRole: role("deadlines", called) };
}
