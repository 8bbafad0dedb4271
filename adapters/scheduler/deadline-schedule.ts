import {
  CreateScheduleCommand,
  DeleteScheduleCommand,
  type SchedulerClient,
  UpdateScheduleCommand,
} from "@aws-sdk/client-scheduler";
import { callAws } from "#adapters/aws/call-aws.ts";
import { OperatorFault, RetryableFault } from "#core/fault.ts";
import type { DeadlineSchedule, FreezeRef } from "#use-cases/ports/deadline-schedule.ts";
import { scheduleName } from "./schedule-name.ts";
import { atExpression, scheduleTime } from "./schedule-time.ts";

/** A call that did not get through in this time is of no use to a freeze any more. */
const OLDEST_CALL_SECONDS = 900;

/** The group carries the tags: Scheduler knows none on a schedule. */
export const schedulerDeadlines = (o: {
  readonly client: SchedulerClient;
  readonly group: string;
  readonly functionArn: string;
  readonly roleArn: string;
  readonly now: () => number;
}): DeadlineSchedule => {
  const contentOf = (freeze: FreezeRef, at: number) => ({
    Name: scheduleName(freeze),
    GroupName: o.group,
    ScheduleExpression: atExpression(scheduleTime(at, o.now())),
    ScheduleExpressionTimezone: "UTC",
    FlexibleTimeWindow: { Mode: "OFF" as const },
    ActionAfterCompletion: "DELETE" as const,
    Target: {
      Arn: o.functionArn,
      RoleArn: o.roleArn,
      Input: JSON.stringify({ ...freeze.ref, freezeId: freeze.freezeId, deadlineAt: at }),
      RetryPolicy: { MaximumEventAgeInSeconds: OLDEST_CALL_SECONDS, MaximumRetryAttempts: 20 },
    },
  });
  return {
    async schedule(freeze, at) {
      const content = contentOf(freeze, at);
      const what = `scheduling the deadline of freeze ${freeze.freezeId} as ${content.Name}`;
      try {
        await callAws(what, () => o.client.send(new CreateScheduleCommand(content)));
      } catch (error) {
        if (!isNamed(error, "ConflictException")) throw translated(error, o.group);
        try {
          await callAws(what, () => o.client.send(new UpdateScheduleCommand(content)));
        } catch (again) {
          // It was called and deleted itself in between.
          if (isNamed(again, "ResourceNotFoundException", "ConflictException"))
            throw new RetryableFault(`${what}: it is being changed by another`, { cause: again });
          throw translated(again, o.group);
        }
      }
    },
    async cancel(freeze) {
      const Name = scheduleName(freeze);
      try {
        await callAws(`deleting schedule ${Name}`, () =>
          o.client.send(new DeleteScheduleCommand({ Name, GroupName: o.group })),
        );
      } catch (error) {
        if (!isNamed(error, "ResourceNotFoundException")) throw error;
      }
    },
  };
};

const isNamed = (error: unknown, ...names: string[]): boolean => error instanceof Error && names.includes(error.name);

const translated = (error: unknown, group: string): unknown => {
  if (isNamed(error, "ResourceNotFoundException"))
    return new OperatorFault(
      `schedule group ${group} does not exist; expected the one of this deployment: deploy it, or correct SLUICE_SCHEDULE_GROUP`,
      { cause: error },
    );
  if (isNamed(error, "ValidationException", "ServiceQuotaExceededException"))
    return new OperatorFault(
      `EventBridge Scheduler refuses the schedule of a freeze's deadline in group ${group}: ${error instanceof Error ? error.message : ""}; correct the deployment's SLUICE_DEADLINE_FUNCTION_ARN and SLUICE_SCHEDULER_ROLE_ARN, or raise the quota`,
      { cause: error },
    );
  return error;
};
