import {
  DeleteScheduleCommand,
  GetScheduleCommand,
  type GetScheduleOutput,
  paginateListSchedules,
  type SchedulerClient,
} from "@aws-sdk/client-scheduler";
import type { FunctionEntry } from "#functions/manifest.ts";
import { logLine, messageOf } from "../host/log-line.ts";
import type { InvokeFunction } from "./invoke-function.ts";
import { invokedFunction } from "./lambda-api.ts";

export type Schedules = { end(): Promise<void> };

/**
 * Fires the one-shot schedules that moto keeps, which fires none itself. One is deleted when its function has ended well, so
 * that the next edge fires again what this one leaves behind; one that was set anew meanwhile stays.
 */
export function startSchedules(o: {
  readonly functions: ReadonlyMap<string, FunctionEntry>;
  readonly invoke: InvokeFunction;
  readonly scheduler: SchedulerClient;
  readonly lookEverySeconds?: number;
  readonly lateSeconds?: number;
}): Schedules {
  const underWay = new Map<string, Promise<void>>();
  const late = (o.lateSeconds ?? 0) * 1000;

  const fire = async (key: string, schedule: GetScheduleOutput): Promise<void> => {
    const name = functionOf(schedule);
    const entry = o.functions.get(name);
    if (entry === undefined) return logLine({ event: "schedule-names-no-function", schedule: key, function: name });
    const invoked = await o.invoke(entry, JSON.parse(schedule.Target?.Input ?? "{}"));
    if (invoked.kind !== "result") {
      const reason = invoked.kind === "error" ? invoked.error.errorType : invoked.reason;
      return logLine({ event: "schedule-fired-in-vain", schedule: key, requestId: invoked.requestId, reason });
    }
    const named = { Name: schedule.Name ?? "", GroupName: schedule.GroupName ?? "" };
    const now = await get(named.Name, named.GroupName);
    if (now?.ScheduleExpression === schedule.ScheduleExpression && schedule.ActionAfterCompletion === "DELETE")
      await o.scheduler.send(new DeleteScheduleCommand(named)).catch(unlessGone);
  };
  const get = (Name: string, GroupName: string): Promise<GetScheduleOutput | undefined> =>
    o.scheduler.send(new GetScheduleCommand({ Name, GroupName })).catch(unlessGone);

  const look = async (): Promise<void> => {
    for await (const page of paginateListSchedules({ client: o.scheduler }, {}))
      for (const { Name = "", GroupName = "" } of page.Schedules ?? []) {
        const key = `${GroupName}/${Name}`;
        if (underWay.has(key)) continue;
        const schedule = await get(Name, GroupName);
        if (schedule === undefined || schedule.State === "DISABLED") continue;
        const at = timeOf(schedule.ScheduleExpression ?? "");
        if (at === undefined || at + late > Date.now()) continue;
        const firing = fire(key, schedule)
          .catch((error: unknown) => logLine({ event: "schedule-failed", schedule: key, reason: messageOf(error) }))
          .finally(() => underWay.delete(key));
        underWay.set(key, firing);
      }
  };

  let looking: Promise<void> | undefined;
  const interval = setInterval(
    () => {
      // moto that is being started again: the next look finds it.
      looking ??= look()
        .catch((error: unknown) => logLine({ event: "schedules-not-read", reason: messageOf(error) }))
        .finally(() => {
          looking = undefined;
        });
    },
    (o.lookEverySeconds ?? 1) * 1000,
  );
  return {
    async end() {
      clearInterval(interval);
      await looking;
      await Promise.all(underWay.values());
    },
  };
}

/** When `at(…)` is due, in ms; undefined for what comes round again, which this home has none of. */
export const timeOf = (expression: string): number | undefined => {
  const text = /^at\((\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\)$/.exec(expression)?.[1];
  return text === undefined ? undefined : Date.parse(`${text}Z`);
};

const functionOf = ({ Target }: GetScheduleOutput): string =>
  invokedFunction(`/2015-03-31/functions/${encodeURIComponent(Target?.Arn ?? "")}/invocations`) ?? "";

function unlessGone(error: unknown): undefined {
  if (!(error instanceof Error && error.name === "ResourceNotFoundException")) throw error;
}
