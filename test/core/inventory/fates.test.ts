import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decidedIn } from "#core/inventory/dispositions/decided.ts";
import { DECIDED_KINDS, type DecidedKind } from "#core/inventory/dispositions/disposition.ts";
import { fatesOf } from "#core/inventory/dispositions/fates.ts";
import { DISPOSITION_RULES } from "#core/inventory/dispositions/rules.ts";
import type { Kind, Kinds } from "#core/inventory/snapshot.ts";
import { estateSchema } from "#core/migration/estate.ts";
import { migration } from "../../in-memory/migration.ts";
import { acl, connector, notAllowed, subject, withGap } from "./estates.ts";
import { group, offset, partition, snapshot, topic } from "./snapshots.ts";

type Items = { readonly [K in Kind]?: readonly Kinds[K][] };
const decision = { disposition: "retain", by: "olga", reason: "stays" };
const fates = (items: Items, decisions: readonly object[] = []) =>
  fatesOf(migration({ estate: { decisions: decisions.map((d) => ({ ...decision, ...d })) } }), snapshot(items));
const empty = partition(0, { ends: { logStart: offset(9), highWatermark: offset(9) } });
const read = { offsets: [{ topic: "a", partition: 0, offset: offset(1), metadata: "" }] };
const ours = (o: object) => acl({ principal: "User:orders-api", ...o });

/** Of each rule an item to which it is the first that applies. */
const EXAMPLES: Readonly<Record<string, Items>> = {
  "topic-of-a-wave": { topics: [topic("orders")] },
  "kafkas-own-topic": { topics: [topic("__share_group_state", { isInternal: false })] },
  "sluices-own-topic": { topics: [topic("sluice-shop-reverse-offsets")] },
  "left-out-by-the-mirror": { topics: [topic("mm2-status.internal")] },
  "empty-topic": { topics: [topic("old", { partitions: [empty] })] },
  "group-of-a-wave": { groups: [group("orders-ledger")] },
  "sluices-own-group": { groups: [group("sluice-shop-reverse")] },
  "share-group": { groups: [group("s", { kind: "share" })] },
  "group-of-a-connector": { groups: [group("c", { protocolType: "connect" })] },
  "group-of-a-console": { groups: [group("console-consumer-123", read)] },
  "abandoned-group": { groups: [group("g")] },
  "own-right": { acls: [acl({ principal: "User:mirror-forward" })] },
  "right-of-a-waves-client": { acls: [ours({})] },
  "broad-right-of-a-waves-client": { acls: [ours({ resourceName: "ord", pattern: "PREFIXED" })] },
  "right-on-the-cluster": {
    acls: [acl({ resourceType: "CLUSTER", resourceName: "kafka-cluster", principal: "User:x" })],
  },
  "user-of-a-waves-client": { "scram-users": [{ user: "orders-api", mechanisms: [] }] },
  "own-user": { "scram-users": [{ user: "mirror-forward", mechanisms: [] }] },
  quota: { quotas: [{ entity: [{ type: "user", name: "u" }], limits: {} }] },
  "subject-of-a-waves-topic": { subjects: [subject("orders-value")] },
  "subject-that-goes-along": {
    subjects: [subject("io.example.Order", { versions: [{ version: 1, id: 7 }] })],
    "schema-use": [{ topic: "orders", sampledRecords: 2, keyIds: [], valueIds: [7] }],
  },
  "connector-beside-a-wave": { connectors: [connector("c", { reads: ["orders"] })] },
  "what-the-target-has-itself": {
    operations: [{ kind: "dashboard", name: "d", source: "CloudWatch", facts: {} }],
  },
  "people-of-the-file": { operations: [{ kind: "approver", name: "carl", source: "migration file", facts: {} }] },
  "what-stays-true": { operations: [{ kind: "runbook", name: "r", source: "migration file", facts: {} }] },
};
const RULES = DECIDED_KINDS.flatMap((kind) =>
  DISPOSITION_RULES[kind].map(({ id, disposition, decides }) => ({ kind, id, disposition, decides })),
);

describe("the fate of an item", () => {
  it("of a subject is that of those that refer to it, however far, and of no other", () => {
    const refersTo = (...names: readonly string[]) => ({
      references: names.map((name) => ({ subject: name, version: 1 })),
    });
    const { items } = fates({
      subjects: [
        subject("orders-value", refersTo("Money")),
        subject("Money", { versions: notAllowed, ...refersTo("Currency", "orders-value") }),
        subject("Currency"),
        subject("Parcel", refersTo("Currency")),
      ],
    });
    expect(items.map(({ name, proposed }) => [name, proposed?.reason])).toEqual([
      ["orders-value", expect.stringContaining("is about a topic of wave")],
      ["Money", "subject orders-value, which goes with a wave, refers to it"],
      ["Currency", "subject Money, which goes with a wave, refers to it"],
      ["Parcel", undefined],
    ]);
  });

  it.each(RULES)("follows rule $id: it decides where there is nothing to choose, else it proposes", (rule) => {
    const { items } = fates(EXAMPLES[rule.id] ?? {});
    expect(items).toMatchObject([
      {
        kind: rule.kind,
        proposed: { rule: rule.id, disposition: rule.disposition },
        disposition: rule.decides === true ? rule.disposition : "undecided",
      },
    ]);
    expect(items[0]?.decidedBy).toBe(rule.decides === true ? `rule:${rule.id}` : undefined);
    if (rule.decides !== true) expect(items[0]?.reason).toMatch(/estate.decisions/);
  });

  it("is undecided where no rule has a proposal, or where what a rule asks is not known", () => {
    const { items } = fates({
      topics: [topic("a"), topic("b", { partitions: [partition(0, { ends: notAllowed })] })],
      groups: [group("g", read), group("h", { offsets: notAllowed })],
      acls: [acl({ principal: "User:guest", resourceName: "a" }), ours({ resourceName: "other" })],
      connectors: [connector("c", { reads: notAllowed })],
    });
    expect(items).toHaveLength(7);
    for (const fate of items) {
      expect(fate).toMatchObject({ disposition: "undecided", reason: expect.stringMatching(/put it into a wave/) });
      expect(fate.proposed).toBeUndefined();
    }
  });

  it("is what a person decided, whatever a rule would propose", () => {
    const { items } = fates({ topics: [topic("old", { partitions: [empty] })] }, [
      { kind: "topics", name: "old", owner: "team-old" },
    ]);
    expect(items).toMatchObject([
      {
        disposition: "retain",
        decidedBy: "olga",
        reason: "stays",
        owner: "team-old",
        proposed: { disposition: "retire" },
      },
    ]);
  });

  it("a prefix takes nothing out of a wave, nor what is Kafka's own", () => {
    const { items } = fates({ topics: [topic("orders"), topic("__consumer_offsets"), topic("x")] }, [
      { kind: "topics", prefix: "" },
    ]);
    expect(items.map(({ name, disposition }) => [name, disposition])).toEqual([
      ["orders", "migrate"],
      ["__consumer_offsets", "recreate"],
      ["x", "retain"],
    ]);
  });

  it("is not known of what could not be listed; and decisions about nothing are named", () => {
    const file = migration({
      estate: {
        decisions: [
          { ...decision, kind: "topics", name: "orderz" },
          { ...decision, kind: "groups", prefix: "x-" },
        ],
      },
    });
    expect(fatesOf(file, withGap(snapshot({ topics: [topic("orders")] }), "acls"))).toMatchObject({
      gaps: [{ kind: "acls", gap: notAllowed }],
      unused: [
        { kind: "topics", name: "orderz" },
        { kind: "groups", name: "x-…" },
      ],
    });
  });
});

it("every rule has an example, and an id of its own", () => {
  expect(RULES.map(({ id }) => id).toSorted()).toEqual(Object.keys(EXAMPLES).toSorted());
});

it("a decision by name wins, then that of the longest prefix", () => {
  const name = fc.string({ unit: fc.constantFrom("a", "b"), maxLength: 4 });
  const kinds = fc.constantFrom<DecidedKind>("topics", "groups");
  fc.assert(
    fc.property(
      fc.array(fc.record({ kind: kinds, text: name, isPrefix: fc.boolean() }), { maxLength: 8 }),
      kinds,
      name,
      (given, kind, asked) => {
        const decisions = given
          .filter(({ text, isPrefix }) => isPrefix || text !== "")
          .map(({ kind: of, text, isPrefix }) => ({
            ...decision,
            kind: of,
            ...(isPrefix ? { prefix: text } : { name: text }),
          }));
        const estate = estateSchema.parse({ decisions });
        const found = decidedIn(estate)(kind, asked);
        const fitting = estate.decisions.filter(
          (d) => d.kind === kind && (d.name === asked || (d.prefix !== undefined && asked.startsWith(d.prefix))),
        );
        const best = fitting.some((d) => d.name !== undefined)
          ? { name: asked }
          : { prefix: fitting.map((d) => d.prefix ?? "").toSorted((a, b) => b.length - a.length)[0] };
        if (fitting.length === 0) expect(found).toBeUndefined();
        else expect(found).toMatchObject({ kind, ...best });
      },
    ),
  );
});
