/** Routes of the snapshots themselves. */
import { kinds } from "#core/inventory/assemble.ts";
import { failureSchema, headerSchema } from "#core/inventory/kept.ts";
import * as z from "#core/schema.ts";
import { contract, limit, migrationPath } from "./contract.ts";

const sideSchema = z.enum(["source", "target"]);
const ANY_ID = "2026-01-02T03:04:05.000Z";
const idPattern = /newest|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/.source;
const snapshotId = z
  .string()
  .check(z.regex(new RegExp(`^(${idPattern})$`), `expected newest, or a snapshot's id such as ${ANY_ID}`));
const unknownSchema = z.strictObject({
  unknown: z.strictObject({ source: z.string(), why: z.string(), cure: z.optional(z.string()) }),
});
const kindSchema = z.enum(kinds);

export const takeSnapshotsContract = contract({
  summary: "Take a snapshot of a migration's clusters",
  description:
    "It is taken beside the caller, in seconds to minutes; the list shows it once it is whole. The inventory gate, which each wave passes before its start, asks for a fresh one of both.",
  who: { may: "role", roles: ["operator"] },
  path: migrationPath,
  body: z.strictObject({
    side: z.optional(sideSchema).check(z.describe("Only of this cluster; of both unless given")),
  }),
  answers: {
    202: { schema: z.strictObject({ asked: z.array(sideSchema) }), description: "Asked for" },
  },
  refusals: [404],
  example: { body: { side: "source" }, status: 202 },
});

const shownHeader = z.omit(headerSchema, { pieces: true });
export const snapshotListSchema = z.strictObject({
  source: z.array(shownHeader),
  target: z.array(shownHeader),
  failed: z
    .strictObject({ source: z.optional(failureSchema), target: z.optional(failureSchema) })
    .check(z.describe("Of each cluster the snapshot that was given up and why, while no later one is whole")),
});

export const listSnapshotsContract = contract({
  summary: "List the snapshots of both clusters, the newest first",
  who: { may: "readers" },
  path: migrationPath,
  query: z.object({
    limit: limit(50, 10, "Most snapshots of each cluster to answer"),
  }),
  answers: { 200: { schema: snapshotListSchema, description: "Whole snapshots only" } },
  refusals: [404],
  example: { query: { limit: "10" }, status: 200 },
});

const inventorySchema = z.strictObject({
  snapshot: z.string(),
  kind: kindSchema,
  source: z.string().check(z.describe("Who told of these items")),
  partSources: z.record(z.string(), z.string()).check(z.describe("Parts of an item that somebody else told")),
  readAt: z.int(),
  gaps: z.array(unknownSchema).check(z.describe("What may be missing, and how to see it")),
  found: z.int().check(z.minimum(0)),
  items: z.array(z.strictObject({ name: z.string(), item: z.unknown() })),
  next: z.optional(z.string()).check(z.describe("Asks for the next page as `after`; absent on the last")),
});

export const readInventoryContract = contract({
  summary: "Read the items of one kind of a snapshot",
  who: { may: "readers" },
  path: z.extend(migrationPath, {
    side: sideSchema.check(z.meta({ description: "Which cluster", examples: ["source"] })),
    snapshot: snapshotId.check(z.meta({ description: "A snapshot's id, or newest", examples: ["newest"] })),
    kind: kindSchema.check(z.meta({ description: "What to read", examples: ["topics"] })),
  }),
  query: z.object({
    contains: z
      .optional(z.string().check(z.minLength(1)))
      .check(z.meta({ description: "Only items whose name has this in it", examples: ["orders"] })),
    unknownOnly: z
      ._default(z.enum(["true", "false"]), "false")
      .check(z.meta({ description: "Only items of which something is unknown", examples: ["true"] })),
    after: z
      .optional(z.string())
      .check(z.meta({ description: "Name of the last item of the page before", examples: ["orders"] })),
    limit: limit(100, 100, "Most items to answer"),
  }),
  answers: { 200: { schema: inventorySchema, description: "One page, by name" } },
  refusals: [404],
  example: { query: { contains: "orders", limit: "10" }, status: 404 },
});

const namedSchema = z.pipe(
  z
    .string()
    .check(
      z.regex(
        new RegExp(`^(source|target)\\/(${idPattern})$`),
        `expected a side and a snapshot, such as source/newest or target/${ANY_ID}`,
      ),
    ),
  z.transform((text) => {
    const [side, id = ""] = text.split("/");
    return { side: side === "target" ? ("target" as const) : ("source" as const), id };
  }),
);
const refSchema = z.strictObject({ migration: z.string(), side: sideSchema, id: z.string() });

export const readDriftContract = contract({
  summary: "Compare two snapshots: of one cluster at two times, or of source and target",
  who: { may: "readers" },
  path: migrationPath,
  query: z.object({
    from: namedSchema.check(z.meta({ description: "A side and a snapshot of it", examples: ["source/newest"] })),
    to: namedSchema.check(z.meta({ description: "What it is compared with", examples: ["target/newest"] })),
  }),
  answers: {
    200: {
      description: "What differs; what either could not see is unknown, never added or removed",
      schema: z.strictObject({
        between: z.enum(["times", "sides"]),
        from: refSchema,
        to: refSchema,
        changes: z.array(
          z.looseObject({
            kind: z.string(),
            name: z.string(),
            says: z.string(),
            voids: z.optional(z.string()).check(z.describe("The rule by which it voids what was approved")),
          }),
        ),
        unknowns: z.array(
          z.strictObject({
            kind: z.string(),
            what: z.string(),
            why: z.string(),
            cure: z.optional(z.string()),
            count: z.int().check(z.minimum(0)),
            names: z.array(z.string()),
          }),
        ),
      }),
    },
  },
  refusals: [404],
  example: { query: { from: "source/newest", to: "target/newest" }, status: 404 },
});
