import { z } from "zod";
import { wakeForAlarm } from "#use-cases/wake-for-alarm.ts";
import { tickRequester, waveStore } from "../wire.ts";

/** Only the name is read; AWS adds keys to its events without notice. */
const eventSchema = z.object({
  "detail-type": z.literal("CloudWatch Alarm State Change"),
  detail: z.object({ alarmName: z.string().min(1) }),
});

export const handler = async (event: unknown): Promise<{ readonly woken: number }> => {
  const { detail } = eventSchema.parse(event);
  const woken = await wakeForAlarm({ store: waveStore(), ticks: tickRequester() }, detail.alarmName);
  return { woken: woken.length };
};
