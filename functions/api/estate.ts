/** Routes of what is made of an estate's snapshots. */

import { DECIDED_KINDS, DISPOSITIONS } from "#core/inventory/dispositions/disposition.ts";
import { FLAG_IDS } from "#core/inventory/flags/flag-id.ts";
import * as z from "#core/schema.ts";
import { contract, from, limit, migrationPath } from "./contract.ts";

const snapshotId = z.string().check(z.describe("Id of the snapshot of the source: when it was begun"));
const count = z.int().check(z.minimum(0));
const texts = z.array(z.string());
const gap = z
  .strictObject({ kind: z.optional(z.string()), why: z.string(), cure: z.optional(z.string()) })
  .check(z.describe("Why there may be more than was found"));
const paged = {
  total: count,
  nextFrom: z.optional(z.int()).check(z.describe("Where the next page begins; absent on the last")),
};
const sight = z.strictObject({ item: z.string(), says: z.string(), cure: z.optional(z.string()) });

export const flagListSchema = z.strictObject({
  snapshot: snapshotId,
  targetSnapshot: z.optional(z.string()),
  flags: z.array(
    z.strictObject({
      id: z.enum(FLAG_IDS),
      asks: z.string(),
      answer: z.union([z.boolean(), z.literal("unknown")]),
      found: z.array(sight).check(z.describe("The first 20 of those found")),
      foundCount: count,
      unknowns: z.array(sight).check(z.describe("The first 20 of what could not be seen")),
      unknownCount: count,
      lookedAt: count,
      judgedBy: z.string(),
      cure: z.string().check(z.describe("How to close it")),
      waiver: z.optional(z.strictObject({ by: z.string(), until: z.string(), reason: z.string() })),
    }),
  ),
});

export const dispositionListSchema = z.strictObject({
  snapshot: snapshotId,
  undecided: count.check(z.describe("Of all items, whatever was asked for")),
  gaps: z.array(gap),
  unusedDecisions: z
    .array(z.strictObject({ kind: z.string(), name: z.string() }))
    .check(z.describe("No item answers to them")),
  items: z.array(
    z.strictObject({
      kind: z.enum(DECIDED_KINDS),
      name: z.string(),
      disposition: z.enum(DISPOSITIONS),
      decidedBy: z
        .optional(z.string())
        .check(z.describe("A person of the file, or the rule that may decide by itself")),
      reason: z.string(),
      proposed: z.optional(z.strictObject({ disposition: z.enum(DISPOSITIONS), rule: z.string(), reason: z.string() })),
      owner: z.optional(z.string()),
    }),
  ),
  ...paged,
});

export const clientListSchema = z.strictObject({
  snapshot: snapshotId,
  unclaimed: count.check(z.describe("How many nobody owns")),
  gaps: z.array(gap),
  items: z.array(
    z.strictObject({
      name: z.string(),
      owner: z.optional(z.string()).check(z.describe("Absent: nobody claims it")),
      principals: texts,
      clientIds: texts,
      hosts: texts,
      groups: texts,
      transactionalIds: texts,
      reads: texts,
      writes: texts,
      sources: texts,
    }),
  ),
  ...paged,
});

const page = {
  from: from("First item to answer"),
  limit: limit(500, 100, "Most items to answer"),
  snapshot: z.optional(z.string()).check(
    z.meta({
      description: "Which snapshot of the source; the newest unless given",
      examples: ["2026-01-02T03:04:05.000Z"],
    }),
  ),
};
const PAGE = { from: "1", limit: "100" };

export const listFlagsContract = contract({
  summary: "List the risk flags of an estate, or of what touches one wave",
  description:
    "A flag is true where something was found, false only where all was seen, else unknown. It is closed by its cure, or waived under `estate.waivers` of the migration file.",
  who: { may: "readers" },
  path: migrationPath,
  query: z.object({
    wave: z
      .optional(z.string().check(z.minLength(1)))
      .check(z.meta({ description: "Only what touches this wave", examples: ["payments"] })),
  }),
  answers: { 200: { schema: flagListSchema, description: "Every flag" } },
  refusals: [404],
  example: { query: { wave: "payments" }, status: 404 },
});

export const listDispositionsContract = contract({
  summary: "List what becomes of each item of an estate",
  description: "Decided in the migration file, under `waves` and `estate.decisions`; what is undecided blocks.",
  who: { may: "readers" },
  path: migrationPath,
  query: z.object({
    ...page,
    kind: z
      .optional(z.enum(DECIDED_KINDS))
      .check(z.meta({ description: "Only items of this kind", examples: ["topics"] })),
    disposition: z
      .optional(z.enum(DISPOSITIONS))
      .check(z.meta({ description: "Only items with this disposition", examples: ["undecided"] })),
  }),
  answers: { 200: { schema: dispositionListSchema, description: "One page" } },
  refusals: [404],
  example: { query: { ...PAGE, kind: "topics", disposition: "undecided" }, status: 404 },
});

export const listClientsContract = contract({
  summary: "List who reads and writes, as far as anybody was seen or declared",
  who: { may: "readers" },
  path: migrationPath,
  query: z.object({
    ...page,
    unclaimed: z
      ._default(z.enum(["true", "false"]), "false")
      .check(z.meta({ description: "Only those that nobody owns", examples: ["true"] })),
  }),
  answers: { 200: { schema: clientListSchema, description: "One page, by name" } },
  refusals: [404],
  example: { query: { ...PAGE, unclaimed: "true" }, status: 404 },
});
