import type { Context } from "aws-lambda";
import * as z from "#core/schema.ts";
import { snapshotCluster } from "#use-cases/snapshot-cluster.ts";
import { namedIn, observed } from "../telemetry.ts";
import { snapshotDeps } from "../wire-inventory.ts";

const eventSchema = z.strictObject({ migration: z.string(), side: z.enum(["source", "target"]) });

type Snapshotted = { readonly state: string; readonly id?: string };

export const handler = observed<unknown, Snapshotted, Pick<Context, "getRemainingTimeInMillis">>(
  { about: namedIn, outcome: (answer) => answer },
  async (event, context) => {
    const of = eventSchema.parse(event);
    const endsAt = Date.now() + context.getRemainingTimeInMillis();
    const taken = await snapshotCluster(snapshotDeps(), of, { endsAt });
    if (taken.state === "whole") return { state: taken.state, id: taken.header.id };
    return taken.state === "cut-off" ? { state: taken.state, id: taken.id } : { state: taken.state };
  },
);
