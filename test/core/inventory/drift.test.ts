import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { driftBetween } from "#core/inventory/drift/drift.ts";
import { VOIDING_RULES } from "#core/inventory/drift/voiding.ts";
import type { Kind, Kinds, Snapshot } from "#core/inventory/snapshot.ts";
import type { Topic } from "#core/inventory/topic.ts";
import { unknown } from "#core/inventory/unknown.ts";
import { acl, broker, cluster, configs, connector, notAllowed, subject, transaction, withGap } from "./estates.ts";
import { group, offset, partition, snapshot, topic } from "./snapshots.ts";

type Items = { readonly [K in Kind]?: readonly Kinds[K][] };
const drift = (before: Items, after: Items) => driftBetween(snapshot(before), snapshot(after));
const onTarget = (items: Items) => snapshot(items, { side: "target" });
const reads = (...topics: readonly string[]) => ({
  offsets: topics.map((name) => ({ topic: name, partition: 0, offset: offset(1), metadata: "" })),
});

describe("drift of a cluster", () => {
  it.each<[string, Items, Items, string, string | undefined]>([
    ["a topic that is new", {}, { topics: [topic("a")] }, "topic a is new", undefined],
    ["a topic that is gone", { topics: [topic("a")] }, {}, "topic a is gone", "topic-gone"],
    [
      "more partitions",
      { topics: [topic("a")] },
      { topics: [topic("a", { partitions: [partition(0), partition(1)] })] },
      "topic a: partitions was 1 and is 2",
      "partitions-changed",
    ],
    [
      "a topic made anew",
      { topics: [topic("a", { id: "1" })] },
      { topics: [topic("a", { id: "2" })] },
      "topic a: id was 1 and is 2",
      "topic-made-anew",
    ],
    [
      "a topic made anew where topics have no ids",
      { topics: [topic("a", { id: null })] },
      {
        topics: [
          topic("a", {
            id: null,
            partitions: [partition(0, { ends: { logStart: offset(0), highWatermark: offset(7) } })],
          }),
        ],
      },
      "topic a: end of log was 100 on partition 0 and is 7",
      "topic-made-anew",
    ],
    [
      "an inherited setting",
      { topics: [topic("a", { configs: configs({ "retention.ms": "1" }, "default") })] },
      { topics: [topic("a", { configs: configs({ "retention.ms": "2" }, "default") })] },
      "topic a: setting retention.ms was 1 and is 2",
      "topic-setting-changed",
    ],
    [
      "a setting that is no more",
      { topics: [topic("a", { configs: configs({ x: "1" }) })] },
      { topics: [topic("a", { configs: configs({}) })] },
      "topic a: setting x was 1 and is not set",
      "topic-setting-changed",
    ],
    [
      "a throttle while replicas move",
      { topics: [topic("a", { configs: configs({}) })] },
      { topics: [topic("a", { configs: configs({ "leader.replication.throttled.replicas": "*" }) })] },
      "topic a: setting leader.replication.throttled.replicas was not set and is *",
      undefined,
    ],
    [
      "a group that reads another topic",
      { groups: [group("g", reads("a"))] },
      { groups: [group("g", reads("a", "b"))] },
      "group g: topics read was a and is a, b",
      "group-reads-other-topics",
    ],
    [
      "a group of another kind",
      { groups: [group("g")] },
      { groups: [group("g", { kind: "consumer" })] },
      "group g: kind was classic and is consumer",
      "group-of-another-kind",
    ],
    ["a group that is gone", { groups: [group("g")] }, {}, "group g is gone", "group-gone"],
    [
      "a transactional id",
      {},
      { transactions: [transaction("t", 1)] },
      "transactional id t is new",
      "transactional-id-appeared",
    ],
    [
      "a right",
      {},
      { acls: [acl({ pattern: "PREFIXED", host: "10.0.0.9" })] },
      "the right that User:orders-api may WRITE every topic that begins with orders from 10.0.0.9 is new",
      "rights-changed",
    ],
    [
      "a user without a sign-in",
      { "scram-users": [{ user: "u", mechanisms: ["SCRAM-SHA-256"] }] },
      { "scram-users": [{ user: "u", mechanisms: ["SCRAM-SHA-512"] }] },
      "SCRAM user u: mechanisms was SCRAM-SHA-256 and is SCRAM-SHA-512",
      "sign-in-changed",
    ],
    [
      "a quota",
      { quotas: [{ entity: [{ type: "user", name: null }], limits: { producer_byte_rate: 1 } }] },
      { quotas: [{ entity: [{ type: "user", name: null }], limits: { producer_byte_rate: 2 } }] },
      "quota of user (default): limit producer_byte_rate was 1 and is 2",
      undefined,
    ],
    [
      "a schema's version",
      { subjects: [subject("a-value")] },
      {
        subjects: [
          subject("a-value", {
            versions: [
              { version: 1, id: 1 },
              { version: 2, id: 9 },
            ],
          }),
        ],
      },
      "schema subject a-value: versions was 1 (id 1) and is 1 (id 1), 2 (id 9)",
      "schema-changed",
    ],
    [
      "a registry's rule",
      { registry: [{ url: "u", compatibility: "BACKWARD", mode: "READWRITE" }] },
      { registry: [{ url: "u", compatibility: "NONE", mode: "READWRITE" }] },
      "schema registry u: compatibility was BACKWARD and is NONE",
      "schema-rules-changed",
    ],
    [
      "a connector's setting",
      { connectors: [connector("c", { config: { topics: "a" } })] },
      { connectors: [connector("c", { config: { topics: "b" } })] },
      "connector c of http://connect:8083: setting topics was a and is b",
      "connector-changed",
    ],
    [
      "another cluster at the address",
      { cluster: [cluster()] },
      { cluster: [cluster({ clusterId: "other" })] },
      "the cluster: id was abc and is other",
      "cluster-replaced",
    ],
    [
      "an authoriser taken away",
      { cluster: [cluster()] },
      { cluster: [cluster({ authorizer: "none" })] },
      "the cluster: authoriser was present and is none",
      "authoriser-changed",
    ],
    [
      "a broker's setting",
      { brokers: [broker(1, { configs: configs({ "num.io.threads": "8" }) })] },
      { brokers: [broker(1, { configs: configs({ "num.io.threads": "16" }) })] },
      "broker 1: setting num.io.threads was 8 and is 16",
      undefined,
    ],
    [
      "a certificate",
      { operations: [{ kind: "certificate", name: "tls", source: "migration file", facts: { until: "May" } }] },
      { operations: [{ kind: "certificate", name: "tls", source: "migration file", facts: { until: "June" } }] },
      "certificate tls: fact until was May and is June",
      undefined,
    ],
  ])("tells %s, and by which rule it voids what was approved", (_, before, after, says, voids) => {
    const { changes, unknowns } = drift(before, after);
    expect(unknowns).toEqual([]);
    expect(changes.map((change) => [change.says, change.voids])).toEqual([[says, voids]]);
  });

  it("has no drift where only readings moved, or a part has become known", () => {
    const before: Items = {
      topics: [topic("a", { configs: unknown("DescribeConfigs", "no right") })],
      groups: [group("g", { state: "Stable", coordinator: 1 })],
    };
    const after: Items = {
      topics: [
        topic("a", {
          partitions: [partition(0, { leader: 2, ends: { logStart: offset(50), highWatermark: offset(900) } })],
        }),
      ],
      groups: [group("g", { state: "Empty", coordinator: 2 })],
    };
    expect(drift(before, after).changes).toEqual([]);
  });

  it("calls unknown what one of the two could not learn, once for all items with the same reason", () => {
    const denied = { configs: unknown("DescribeConfigs", "no right", "grant it") };
    const before = { topics: [topic("a"), topic("b")] };
    const after = { topics: [topic("a", denied), topic("b", denied)] };
    expect(drift(before, after)).toMatchObject({
      changes: [],
      unknowns: [{ kind: "topics", what: "setting", why: "no right", cure: "grant it", count: 2, names: ["a", "b"] }],
    });
  });

  it("calls nothing removed or added that a listing with gaps may hide, and says so even where nothing was seen", () => {
    const full = snapshot({ acls: [acl()] });
    const hidden = withGap(snapshot(), "acls");
    for (const [from, to] of [
      [full, hidden],
      [hidden, full],
    ] as const)
      expect(driftBetween(from, to)).toMatchObject({ changes: [], unknowns: [{ kind: "acls", count: 1 }] });
    expect(driftBetween(hidden, hidden)).toMatchObject({
      changes: [],
      unknowns: [{ kind: "acls", what: "whether it is there", why: notAllowed.unknown.why, count: 0, names: [] }],
    });
  });
});

describe("from source to target", () => {
  it("tells what differs, and leaves out what belongs to one cluster or to the time of mirroring", () => {
    const before = snapshot({
      cluster: [cluster()],
      topics: [
        topic("a", { id: "1", configs: configs({ "retention.ms": "7", "max.message.bytes": "9" }) }),
        topic("b"),
      ],
      groups: [group("g")],
    });
    const after = onTarget({
      cluster: [cluster({ clusterId: "other" })],
      topics: [
        topic("a", {
          id: "2",
          configs: configs({ "retention.ms": "-1", "max.message.bytes": "5" }),
          partitions: [partition(0), partition(1)],
        }),
      ],
    });
    expect(driftBetween(before, after).changes.map(({ says, voids }) => [says, voids])).toEqual([
      ["topic a: partitions is 1 on the source and 2 on the target", "partitions-differ"],
      ["topic a: setting retention.ms is 7 on the source and -1 on the target", undefined],
      ["topic a: setting max.message.bytes is 9 on the source and 5 on the target", "setting-differs"],
      ["topic b is on the source only", undefined],
    ]);
  });
});

describe("every rule that voids an approval", () => {
  it("has an id of its own and a reason", () => {
    expect(new Set(VOIDING_RULES.map(({ id }) => id)).size).toBe(VOIDING_RULES.length);
    expect(VOIDING_RULES.every(({ why }) => why.length > 10)).toBe(true);
  });
});

const anyTopics = fc
  .uniqueArray(
    fc.record({
      name: fc.constantFrom("a", "b", "c", "d", "e"),
      id: fc.constantFrom("1", "2"),
      partitions: fc.option(fc.integer({ min: 1, max: 3 })),
      retention: fc.option(fc.constantFrom("1", "2", "none")),
    }),
    { selector: ({ name }) => name },
  )
  .map((topics) =>
    topics.map(({ name, id, partitions, retention }) =>
      topic(name, {
        id,
        partitions:
          partitions === null ? notAllowed : Array.from({ length: partitions }, (_, n) => partition(n, { leader: n })),
        configs: retention === null ? notAllowed : configs(retention === "none" ? {} : { "retention.ms": retention }),
      }),
    ),
  );
const anySnapshot = fc
  .tuple(anyTopics, fc.boolean())
  .map(([topics, isWhole]) => (isWhole ? snapshot({ topics }) : withGap(snapshot({ topics }), "topics")));

describe("whatever the two snapshots", () => {
  it("nothing drifts from itself", () => {
    fc.assert(
      fc.property(anySnapshot, (one) => {
        expect(driftBetween(one, one).changes).toEqual([]);
      }),
    );
  });

  it("what was added one way is removed the other way, and changes turn around", () => {
    const turned = ({ changes }: ReturnType<typeof driftBetween>, isTurned: boolean) =>
      changes
        .map(({ name, change, trait, detail, from, to }) =>
          isTurned
            ? [name, change === "added" ? "removed" : change === "removed" ? "added" : change, trait, detail, to, from]
            : [name, change, trait, detail, from, to],
        )
        .map((line) => JSON.stringify(line))
        .toSorted();
    fc.assert(
      fc.property(anySnapshot, anySnapshot, (a, b) => {
        expect(turned(driftBetween(a, b), false)).toEqual(turned(driftBetween(b, a), true));
      }),
    );
  });

  it("nothing is called removed, added or changed by what is unknown", () => {
    const whatIsKnown = (one: Snapshot, name: string): Topic | undefined =>
      one.listings.topics.items.find((t) => t.name === name);
    fc.assert(
      fc.property(anySnapshot, anySnapshot, (a, b) => {
        for (const { name, change, trait } of driftBetween(a, b).changes) {
          if (change === "removed") expect(b.listings.topics.gaps).toEqual([]);
          if (change === "added") expect(a.listings.topics.gaps).toEqual([]);
          if (trait !== "partitions" && trait !== "setting") continue;
          const part = trait === "partitions" ? "partitions" : "configs";
          for (const one of [a, b]) expect(whatIsKnown(one, name)?.[part]).not.toBe(notAllowed);
        }
      }),
    );
  });
});

it("reads each item a fixed number of times, however many there are", () => {
  const readsOf = (count: number): number => {
    let read = 0;
    const counted = (name: string): Topic => ({
      ...topic(name),
      get name() {
        read++;
        return name;
      },
    });
    const topics = (from: number) => Array.from({ length: count }, (_, n) => counted(`t-${n + from}`));
    driftBetween(snapshot({ topics: topics(0) }), snapshot({ topics: topics(count / 2) }));
    return read;
  };
  expect(readsOf(100)).toBeGreaterThan(0);
  expect(readsOf(1000)).toBe(10 * readsOf(100));
});
