import type { Context } from "aws-lambda";
import * as z from "#core/schema.ts";
import { tickWave } from "#use-cases/tick-wave.ts";
import { waveGauges } from "#use-cases/wave-gauges.ts";
import { countingAnnouncer } from "../journal-metrics.ts";
import { isMeasured, recordWave } from "../metrics.ts";
import { namedIn, observed } from "../telemetry.ts";
import { announcer, snapshotStore } from "../wire.ts";
import { deps } from "../wire-estate.ts";

const eventSchema = z.strictObject({ migration: z.string(), wave: z.string() });

type Ticked = { readonly outcome: string };

export const handler = observed<unknown, Ticked, Pick<Context, "getRemainingTimeInMillis">>(
  { about: namedIn, outcome: (answer) => answer },
  async (event, context) => {
    const ref = eventSchema.parse(event);
    const begun = performance.now();
    const invocationEndsAt = Date.now() + context.getRemainingTimeInMillis();
    const ticking = { ...deps(), announcer: countingAnnouncer(announcer()), snapshots: snapshotStore() };
    const outcome = await tickWave(ticking, ref, invocationEndsAt);
    if (isMeasured()) {
      const gauges = outcome === "busy" ? undefined : await waveGauges(deps(), ref);
      recordWave(ref, {
        TickMilliseconds: performance.now() - begun,
        TickBusy: outcome === "busy" ? 1 : 0,
        FrozenSeconds: gauges?.frozenSeconds,
        HeldSeconds: gauges?.heldSeconds,
        MirrorDelaySeconds: gauges?.mirrorDelaySeconds,
        OnlyOnTargetRecords: gauges?.onlyOnTargetRecords,
      });
    }
    return { outcome };
  },
);
