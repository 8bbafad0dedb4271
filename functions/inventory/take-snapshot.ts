import { setTimeout as sleep } from "node:timers/promises";
import type { Context } from "aws-lambda";
import * as z from "#core/schema.ts";
import { snapshotCluster } from "#use-cases/snapshot-cluster.ts";
import { STORING_MILLISECONDS } from "#use-cases/take-snapshot.ts";
import { namedIn, observed } from "../telemetry.ts";
import { snapshotDeps } from "../wire-inventory.ts";

const eventSchema = z.strictObject({
  migration: z.string(),
  side: z.enum(["source", "target"]),
  goesOn: z.optional(z.string()),
});

type Snapshotted = { readonly state: string; readonly id?: string; readonly why?: string };

export const handler = observed<unknown, Snapshotted, Pick<Context, "getRemainingTimeInMillis">>(
  { about: namedIn, outcome: (answer) => answer },
  async (event, context) => {
    const { goesOn, ...of } = eventSchema.parse(event);
    const remaining = context.getRemainingTimeInMillis();
    const reading = new AbortController();
    try {
      const taken = await snapshotCluster(snapshotDeps(), of, {
        goesOn,
        endsAt: Date.now() + remaining,
        readingEnds: sleep(Math.max(0, remaining - STORING_MILLISECONDS), undefined, { signal: reading.signal }).catch(
          () => undefined,
        ),
      });
      if (taken.state === "whole") return { state: taken.state, id: taken.header.id };
      if (taken.state === "failed") return { state: taken.state, id: taken.id, why: taken.why };
      return taken.state === "cut-off" ? { state: taken.state, id: taken.id } : { state: taken.state };
    } finally {
      reading.abort();
    }
  },
);
