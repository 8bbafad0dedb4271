import * as z from "#core/schema.ts";
import { wakeForAlarm } from "#use-cases/wake-for-alarm.ts";
import { observed, tell } from "../telemetry.ts";
import { tickRequester, waveStore } from "../wire.ts";

/** Only the name is read; AWS adds keys to its events without notice. */
const eventSchema = z.object({
  "detail-type": z.literal("CloudWatch Alarm State Change"),
  detail: z.object({ alarmName: z.string().check(z.minLength(1)) }),
});

export const handler = observed(
  { about: () => ({}), outcome: ({ woken }: { readonly woken: number }) => ({ woken }) },
  async (event: unknown) => {
    const { alarmName: alarm } = eventSchema.parse(event).detail;
    const woken = await wakeForAlarm({ store: waveStore(), ticks: tickRequester() }, alarm);
    for (const ref of woken) tell("tick requested for an alarm", { ...ref, alarm });
    return { woken: woken.length };
  },
);
