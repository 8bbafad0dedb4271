/** A plan as it is answered. */

import { COUPLED_KINDS } from "#core/migration/estate.ts";
import { FINDING_KINDS, RISKS } from "#core/planning/plan.ts";
import * as z from "#core/schema.ts";

const text = z.string();
const texts = z.array(text);
const count = z.int().check(z.minimum(0));
const measured = z
  .union([z.number(), z.strictObject({ unknown: z.strictObject({ source: text, why: text, cure: z.optional(text) }) })])
  .check(z.describe("What is not known is said so, with why"));

const item = z.strictObject({ kind: z.enum(["topic", "subject", ...COUPLED_KINDS]), name: text });
const edge = z.strictObject({
  item,
  topic: text,
  does: z.enum(["reads", "writes", "owns", "describes"]),
  evidence: z.enum(["seen", "right", "declared"]),
  says: text,
});

const waveSchema = z.strictObject({
  name: text,
  order: z.int().check(z.minimum(1)),
  topics: texts,
  groups: z.array(
    z.strictObject({
      id: text,
      owner: z.optional(text).check(z.describe("Absent: nobody claims it")),
      plan: z.enum(["exact", "reset-earliest", "reset-latest"]),
      because: text,
      replicator: z.enum(["mirrormaker2"]),
      replicatorBecause: text,
    }),
  ),
  clients: texts,
  connectors: texts,
  subjects: texts,
  transactionalIds: texts,
  principals: texts,
  reason: text.check(z.describe("Why these, and why now")),
  cut: text.check(z.describe("Why its neighbours are not in it")),
  edges: z.array(edge).check(z.describe("What binds it")),
  size: z.strictObject({
    partitions: measured,
    bytes: measured,
    teams: texts,
    recordsPerSecond: measured,
    bytesPerSecond: measured,
    drainSeconds: measured,
  }),
  risk: z.strictObject({ level: z.enum(RISKS), because: texts }),
  holdsSealOf: texts.check(z.describe("Waves that must not be sealed before this one has moved")),
});

export const planSchema = z.strictObject({
  migration: text,
  basis: z
    .strictObject({ source: text, target: z.optional(text) })
    .check(z.describe("Ids of the snapshots that it was made of")),
  fixed: texts.check(z.describe("Waves of the file that have started: they are not planned again")),
  waves: z.array(waveSchema),
  loosened: z.array(z.strictObject({ edge, by: text, until: text, reason: text, price: text })),
  findings: z.array(
    z.strictObject({
      kind: z.enum(FINDING_KINDS),
      wave: z.optional(text),
      says: text,
      edge: z.optional(edge),
      cure: text,
    }),
  ),
  undecided: z.array(
    z.strictObject({
      what: z.strictObject({ kind: text, name: text }),
      wave: z.optional(text),
      who: text.check(z.describe("Who can answer")),
      says: text,
      cure: text,
      blocks: z.boolean().check(z.describe("The plan cannot be accepted before")),
    }),
  ),
  costliestEdges: z.array(
    z.strictObject({
      item,
      edges: z.array(edge),
      wave: text,
      topicsNow: count,
      topicsThen: count,
      partsThen: count,
      gain: text,
    }),
  ),
  leftOut: z.array(z.strictObject({ item, disposition: text, because: text })),
  windows: z
    .array(z.looseObject({}))
    .check(z.describe("Of each wave: what it takes in time, and what it costs its groups")),
  sizing: z.looseObject({}).check(z.describe("Workers, tasks and quotas of the mirror, and the target cluster")),
  costs: z.looseObject({}).check(z.describe("Of running both clusters")),
});
