/** What people decide and declare about the estate as it was found. */

import { WAIVABLE_CHECKS } from "#core/inventory/checks.ts";
import { DECIDED_KINDS, DISPOSITIONS } from "#core/inventory/dispositions/disposition.ts";
import * as z from "#core/schema.ts";
import type { Finding } from "./finding.ts";

const text = (what: string) => z.string().check(z.minLength(1), z.maxLength(500), z.describe(what));
export const by = text("Id of the person of this file who says so");
export const reason = text("Why, for who reads it in a year");
export const date = z
  .string()
  .check(
    z.regex(/^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/, "expected a date such as 2026-12-31"),
    z.describe("The last day on which it holds, in UTC"),
  );

const selected = {
  name: z.optional(text("One item, as the inventory's routes name it")),
  prefix: z.optional(
    z.string().check(z.maxLength(500), z.describe("Every item whose name begins so; the longest prefix decides")),
  ),
};

const decisionSchema = z.strictObject({
  kind: z.enum(DECIDED_KINDS),
  ...selected,
  disposition: z.enum(
    DISPOSITIONS.filter((d) => d !== "undecided"),
    "expected migrate, recreate, redesign, retire or retain",
  ),
  owner: z.optional(text("The team that owns it, where no wave names it")),
  by,
  reason,
});

/** What a wave may leave behind although it is coupled to it. */
export const COUPLED_KINDS = ["group", "client", "transactional-id", "connector", "principal"] as const;

const staySchema = z.strictObject({
  wave: text("The wave that moves without it"),
  kind: z.enum(COUPLED_KINDS),
  name: text("Of the group, client, transactional id, connector (workers/name) or principal"),
  by,
  until: date,
  reason,
});

const waiverSchema = z.strictObject({
  check: z
    .enum(WAIVABLE_CHECKS, `expected a check of the inventory gate: ${WAIVABLE_CHECKS.join(", ")}`)
    .check(z.describe("A risk flag's id, or another check of the gate")),
  wave: z.optional(text("Every wave unless given")),
  by,
  until: date,
  reason,
});

/** Where nobody could be asked, a person may say that there is nothing. */
const absentSchema = z.strictObject({
  kind: z.enum(["connectors", "subjects"], "expected connectors or subjects"),
  by,
  reason,
});

/** What no system tells. */
const operationSchema = z.strictObject({
  kind: z.enum(["dns-name", "certificate", "runbook", "alarm", "dashboard"]),
  name: text("What people call it"),
  side: z.optional(z.enum(["source", "target"])).check(z.describe("Of both unless given")),
  where: z.optional(text("Its address or system, without passwords")),
  owner: z.optional(text("The team that looks after it")),
  until: z.optional(date),
});

/** Whoever looked at what has changed since the plan was approved, and lets it stand. */
const reviewSchema = z.strictObject({
  snapshot: z
    .string()
    .check(
      z.regex(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/, "expected a snapshot's id such as 2026-01-02T03:04:05.000Z"),
      z.describe("Of the source: drift is told from there on"),
    ),
  by,
  reason,
});

/** Between the two looks at a topic that its throughput comes from. */
const DEFAULT_SWEEP_SECONDS = 10;

export const estateSchema = z.strictObject({
  copyBytesPerSecond: z.optional(
    z.int().check(z.positive(), z.describe("What the mirror copies; tells how long a wave's copy takes")),
  ),
  snapshotMaxAgeHours: z
    ._default(z.number().check(z.positive(), z.maximum(24 * 14)), 36)
    .check(z.describe("A wave does not start on a snapshot older than this")),
  sweepSeconds: z
    ._default(z.number().check(z.positive(), z.maximum(60)), DEFAULT_SWEEP_SECONDS)
    .check(z.describe("Between two looks that tell how fast a topic grows")),
  decisions: z._default(z.array(decisionSchema), []),
  absent: z._default(z.array(absentSchema), []),
  stays: z._default(z.array(staySchema), []),
  reviews: z._default(z.array(reviewSchema), []),
  waivers: z._default(z.array(waiverSchema), []),
  operations: z._default(z.array(operationSchema), []),
});
export type EstateDecisions = z.output<typeof estateSchema>;
export type Decision = EstateDecisions["decisions"][number];

export const sweepMillisecondsOf = (estate: EstateDecisions | undefined): number =>
  (estate?.sweepSeconds ?? DEFAULT_SWEEP_SECONDS) * 1000;

/** The newest snapshot of the source at which a person has looked: ids are times. */
export const reviewedLast = (estate: EstateDecisions | undefined): string | undefined =>
  estate?.reviews
    .map(({ snapshot }) => snapshot)
    .toSorted()
    .at(-1);

type Named = {
  readonly estate?: EstateDecisions | undefined;
  readonly planning?: unknown;
  readonly people: readonly { readonly id: string }[];
  readonly waves: readonly {
    readonly name: string;
    readonly topics: readonly string[];
    readonly groups: readonly { readonly id: string }[];
  }[];
};

/** Decisions by nobody, about two things at once, against the waves, or made twice. */
export function* estateFindings({ estate, planning, people, waves }: Named): Generator<Finding> {
  if (estate === undefined) return;
  const persons = people.map(({ id }) => id);
  const names = waves.map(({ name }) => name);
  for (const list of ["decisions", "absent", "stays", "reviews", "waivers"] as const)
    for (const [i, said] of estate[list].entries()) {
      if (!persons.includes(said.by))
        yield {
          path: ["estate", list, i, "by"],
          value: said.by,
          message: `expected the id of a person of this file: ${persons.join(", ")}`,
        };
      // Waves that are still to be planned have no names yet; they are asked for when a plan is accepted.
      if (planning === undefined && "wave" in said && said.wave !== undefined && !names.includes(said.wave))
        yield {
          path: ["estate", list, i, "wave"],
          value: said.wave,
          message: `expected the name of a wave of this file: ${names.join(", ")}`,
        };
    }
  for (const [o, { where }] of estate.operations.entries())
    if (where !== undefined && /:\/\/[^/?#\s]*@/.test(where))
      yield {
        path: ["estate", "operations", o, "where"],
        value: where.replace(/:\/\/[^/?#\s]*@/, "://…@"),
        message: "expected an address without user and password; leave them out",
      };
  const seen = new Map<string, number>();
  for (const [d, decision] of estate.decisions.entries()) {
    const { kind, name, prefix, disposition } = decision;
    const path = ["estate", "decisions", d];
    if ((name === undefined) === (prefix === undefined)) {
      yield {
        path: [...path, "name"],
        value: name,
        message:
          name === undefined
            ? 'is missing; expected name for one item, or prefix for all whose names begin so ("" is all of the kind)'
            : "stands beside prefix; expected one of the two: leave the other out",
      };
      continue;
    }
    const key = JSON.stringify([kind, name, prefix]);
    const first = seen.get(key);
    if (first !== undefined)
      yield {
        path: [...path, name === undefined ? "prefix" : "name"],
        value: name ?? prefix,
        message: `is decided already by estate.decisions[${first}]; an item has one disposition: remove one of the two`,
      };
    seen.set(key, first ?? d);
    const wave = waves.find(
      (w) =>
        (kind === "topics" && w.topics.includes(name ?? "")) ||
        (kind === "groups" && w.groups.some(({ id }) => id === name)),
    );
    if (wave !== undefined && disposition !== "migrate")
      yield {
        path: [...path, "disposition"],
        value: disposition,
        message: `contradicts wave ${wave.name}, which moves it; expected migrate, or take it out of the wave`,
      };
  }
}
