import { type CloudWatchClient, DescribeAlarmsCommand } from "@aws-sdk/client-cloudwatch";
import { callAws } from "#adapters/aws/call-aws.ts";
import { OperatorFault } from "#core/fault.ts";
import type { Alarm } from "#core/rule/alarm.ts";
import * as z from "#core/schema.ts";
import type { Alarms } from "#use-cases/ports/alarms.ts";

/** As many names as one DescribeAlarms takes, and as many alarms as it answers at once. */
const CHUNK = 100;

const alarmSchema = z.pipe(
  z.object({
    AlarmName: z.string(),
    StateValue: z.enum(["OK", "ALARM", "INSUFFICIENT_DATA"]),
    StateReason: z._default(z.string(), "no reason given"),
    /** When the value last changed. */
    StateTransitionedTimestamp: z.optional(z.date()),
    /** Moves with every evaluation that writes anything, even where the value stays. */
    StateUpdatedTimestamp: z.date(),
  }),
  z.transform(
    (alarm): Alarm => ({
      name: alarm.AlarmName,
      state: alarm.StateValue,
      stateReason: alarm.StateReason,
      changedAt: (alarm.StateTransitionedTimestamp ?? alarm.StateUpdatedTimestamp).getTime(),
    }),
  ),
);

/**
 * Alarms of CloudWatch, metric and composite ones. Faults: an `OperatorFault` for missing rights and an answer that is not
 * understood; a `RetryableFault` for throttling and an unreachable service.
 */
export const cloudWatchAlarms = ({ client }: { readonly client: CloudWatchClient }): Alarms => ({
  async describe(names) {
    const found = new Map<string, Alarm>();
    const distinct = [...new Set(names)];
    for (let from = 0; from < distinct.length; from += CHUNK)
      for (const alarm of await describeChunk(client, distinct.slice(from, from + CHUNK))) found.set(alarm.name, alarm);
    return found;
  },
});

async function describeChunk(client: CloudWatchClient, names: readonly string[]): Promise<readonly Alarm[]> {
  const alarms: Alarm[] = [];
  const what = `asking CloudWatch for alarms ${names.slice(0, 5).join(", ")}${names.length > 5 ? ", …" : ""}`;
  let next: string | undefined;
  do {
    const page = await callAws(what, () =>
      client.send(
        new DescribeAlarmsCommand({
          AlarmNames: [...names],
          // Without types it answers metric alarms only, and a composite one would seem not to exist.
          AlarmTypes: ["MetricAlarm", "CompositeAlarm"],
          MaxRecords: CHUNK,
          ...(next === undefined ? {} : { NextToken: next }),
        }),
      ),
    );
    const parsed = z.array(alarmSchema).safeParse([...(page.MetricAlarms ?? []), ...(page.CompositeAlarms ?? [])]);
    if (!parsed.success)
      throw new OperatorFault(`${what}: the answer is not understood: ${z.prettifyError(parsed.error)}`);
    alarms.push(...parsed.data);
    next = page.NextToken;
  } while (next !== undefined && next !== "");
  return alarms;
}
