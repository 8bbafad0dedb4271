import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { type CloudWatchClient, paginateDescribeAlarms } from "@aws-sdk/client-cloudwatch";
import type { FunctionEntry } from "#functions/manifest.ts";
import { logLine, messageOf } from "../host/log-line.ts";
import type { EventQueue } from "./event-queue.ts";

const POLL_MILLIS = 1000;

export type AlarmPoller = { end(): Promise<void> };

type Seen = { readonly value: string; readonly reason: string; readonly changedAt: string; readonly arn: string };

/**
 * What EventBridge does for functions that alarms invoke: each second the alarms are looked at, and one whose state has changed
 * since the last look is an event of EventBridge's shape. What stood so before the first look is no change.
 */
export function startAlarmPoller(o: {
  readonly functions: ReadonlyMap<string, FunctionEntry>;
  readonly cloudwatch: CloudWatchClient;
  readonly events: Pick<EventQueue, "accept">;
  readonly region: string;
  readonly account: string;
  readonly pollMillis?: number;
}): AlarmPoller {
  const woken = [...o.functions.values()].filter((entry) => entry.invokedBy.kind === "alarm-event");
  const ended = new AbortController();
  let before: ReadonlyMap<string, Seen> | undefined;

  const look = async (): Promise<void> => {
    const now = await alarmsNow(o.cloudwatch, ended.signal);
    if (before !== undefined)
      for (const [name, alarm] of now) {
        const was = before.get(name);
        if (was?.value === alarm.value) continue;
        const event = stateChange(name, alarm, was, o);
        for (const entry of woken) o.events.accept(entry, event);
      }
    before = now;
  };

  const run = async (): Promise<void> => {
    let lastReason = "";
    while (!ended.signal.aborted) {
      try {
        await look();
        lastReason = "";
      } catch (thrown) {
        const reason = messageOf(thrown);
        if (reason !== lastReason && !ended.signal.aborted) logLine({ event: "alarms-not-read", reason });
        lastReason = reason;
      }
      await sleep(o.pollMillis ?? POLL_MILLIS, undefined, { signal: ended.signal }).catch((error: unknown) => {
        if (!ended.signal.aborted) throw error;
      });
    }
  };
  const running = woken.length === 0 ? Promise.resolve() : run();
  return {
    async end() {
      ended.abort();
      await running;
    },
  };
}

async function alarmsNow(client: CloudWatchClient, signal: AbortSignal): Promise<ReadonlyMap<string, Seen>> {
  const alarms = new Map<string, Seen>();
  const pages = paginateDescribeAlarms(
    { client, pageSize: 100 },
    { AlarmTypes: ["MetricAlarm", "CompositeAlarm"] },
    { abortSignal: signal },
  );
  for await (const page of pages)
    for (const alarm of [...(page.MetricAlarms ?? []), ...(page.CompositeAlarms ?? [])])
      if (alarm.AlarmName !== undefined)
        alarms.set(alarm.AlarmName, {
          value: alarm.StateValue ?? "INSUFFICIENT_DATA",
          reason: alarm.StateReason ?? "",
          changedAt: (alarm.StateTransitionedTimestamp ?? alarm.StateUpdatedTimestamp ?? new Date()).toISOString(),
          arn: alarm.AlarmArn ?? "",
        });
  return alarms;
}

const stateChange = (
  name: string,
  alarm: Seen,
  was: Seen | undefined,
  o: { readonly region: string; readonly account: string },
) => ({
  version: "0",
  id: randomUUID(),
  "detail-type": "CloudWatch Alarm State Change",
  source: "aws.cloudwatch",
  account: o.account,
  time: alarm.changedAt,
  region: o.region,
  resources: [alarm.arn],
  detail: {
    alarmName: name,
    state: { value: alarm.value, reason: alarm.reason, timestamp: alarm.changedAt },
    previousState: {
      value: was?.value ?? "INSUFFICIENT_DATA",
      ...(was === undefined ? {} : { reason: was.reason, timestamp: was.changedAt }),
    },
  },
});
