import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type AnyAcl, reachesRecords } from "#core/inventory/access.ts";
import { clientsOf } from "#core/inventory/clients/clients.ts";
import { RightsIndex } from "#core/inventory/clients/rights.ts";
import type { Kind, Kinds } from "#core/inventory/snapshot.ts";
import { matches } from "#core/rights/client-rights.ts";
import { migration, waveFile, waveWithBoth } from "../../in-memory/migration.ts";
import { acl, connector, member, notAllowed, producer, subject, transaction, withGap } from "./estates.ts";
import { group, offset, snapshot, topic } from "./snapshots.ts";

const file = migration({
  waves: [waveWithBoth("orders")],
  estate: {
    decisions: [
      { kind: "groups", prefix: "report-", disposition: "retain", owner: "team-reports", by: "olga", reason: "stays" },
      { kind: "connectors", prefix: "", disposition: "recreate", owner: "team-flow", by: "olga", reason: "by hand" },
      { kind: "topics", name: "logs", disposition: "retain", owner: "team-logs", by: "olga", reason: "stays" },
    ],
  },
});
const join = (items: { readonly [K in Kind]?: readonly Kinds[K][] }, over = file) => clientsOf(snapshot(items), over);
const named = (clients: ReturnType<typeof join>, name: string) => clients.clients.filter((c) => c.name === name);
const commit = (name: string) => ({ topic: name, partition: 0, offset: offset(1), metadata: "" });

describe("the clients of an estate", () => {
  it("are the file's, each with its group's owner, and a producer without one is unclaimed", () => {
    const { clients, unclaimed } = join({});
    expect(clients.map(({ name, owner, groups }) => [name, owner, groups])).toEqual([
      ["api", undefined, []],
      ["ledger", "team-ledger", ["orders-ledger"]],
      ["settler", "team-settlement", ["orders-settler"]],
    ]);
    expect(unclaimed).toEqual({ count: 1, names: ["api"] });
    const wave = waveFile("orders");
    const owned = migration({ waves: [{ ...wave, clients: wave.clients.map((c) => ({ ...c, owner: "team-o" })) }] });
    expect(join({}, owned).unclaimed.count).toBe(0);
  });

  it("have what was seen of their groups: members, what these are assigned, and what was committed", () => {
    const found = join({
      groups: [
        group("orders-ledger", {
          members: [member("led", { assigned: [{ topic: "orders", partitions: [0] }], subscribed: ["extra"] })],
          offsets: [commit("old")],
        }),
      ],
    });
    expect(named(found, "ledger")).toMatchObject([
      { clientIds: ["led"], hosts: ["/10.0.0.1"], reads: ["extra", "old", "orders"] },
    ]);
    expect(found.clients).toHaveLength(3);
  });

  it("are named by client id or group where the file does not know them, and claimed by a decision", () => {
    const found = join({
      groups: [
        group("g1", { members: [member("spark")] }),
        group("g2", { members: [member("a"), member("b")] }),
        group("report-7"),
      ],
    });
    expect(found.clients.map(({ name, owner }) => [name, owner])).toEqual(
      expect.arrayContaining([
        ["spark", undefined],
        ["g2", undefined],
        ["report-7", "team-reports"],
      ]),
    );
    expect(found.unclaimed.names).toEqual(["api", "g2", "spark"]);
  });

  it("are joined by a right that one principal alone has: of a group, a transactional id, topics", () => {
    const found = join({
      acls: [
        acl({
          resourceType: "GROUP",
          resourceName: "billing-",
          pattern: "PREFIXED",
          operation: "READ",
          principal: "User:bill",
        }),
        acl({ resourceType: "TRANSACTIONAL_ID", resourceName: "pay", principal: "User:bill" }),
        acl({ resourceName: "bills", principal: "User:bill" }),
      ],
      groups: [group("billing-1")],
      transactions: [transaction("pay", 7)],
      producers: [producer(7, ["ledger-entries", "__consumer_offsets"]), producer(8, ["bills"])],
    });
    expect(named(found, "User:bill")).toEqual([
      expect.objectContaining({
        principals: ["User:bill"],
        groups: ["billing-1"],
        transactionalIds: ["pay"],
        writes: ["bills", "ledger-entries"],
        sources: ["DescribeAcls", "DescribeGroups", "ListTransactions", "DescribeProducers"],
      }),
    ]);
    expect(found.clients).toHaveLength(4);
  });

  it("a producer that may be one of several is owned only where each of them is", () => {
    const producers = [producer(8, ["orders"])];
    expect(named(join({ producers }), "producer 8")).toMatchObject([{ owner: undefined, writes: ["orders"] }]);
    const wave = waveWithBoth("orders");
    const owned = migration({
      waves: [{ ...wave, clients: wave.clients.map((c) => ({ ...c, owner: `o-${c.name}` })) }],
    });
    expect(named(join({ producers }, owned), "producer 8")).toMatchObject([{ owner: "o-api or o-settler" }]);
    expect(named(join({ producers: [producer(9, ["nobodys"])] }), "producer 9")).toMatchObject([{ owner: undefined }]);
  });

  it("connectors and their groups are clients, owned by decision", () => {
    const found = join({
      connectors: [connector("sink", { reads: ["orders"], deadLetterTopic: "dlq", group: "connect-sink" })],
      groups: [group("connect-sink")],
    });
    expect(named(found, "connector sink")).toMatchObject([
      { owner: "team-flow", reads: ["orders"], writes: ["dlq"], groups: ["connect-sink"] },
    ]);
    expect(found.clients).toHaveLength(4);
  });

  it("somebody writes to a topic that grows or has a schema, although nobody was seen", () => {
    const grows = (name: string, recordsPerSecond: number) => ({
      topic: name,
      seconds: 1,
      recordsPerSecond,
      bytesPerSecond: 1,
      averageRecordBytes: 1,
    });
    const found = join({
      topics: ["orders", "clicks", "logs", "idle"].map((name) => topic(name)),
      throughput: [grows("orders", 5), grows("clicks", 5), grows("idle", 0)],
      subjects: [subject("logs-value"), subject("orders-value"), subject("com.acme.Order"), subject("clicks-key")],
    });
    expect(named(found, "writer of clicks")).toMatchObject([
      { owner: undefined, writes: ["clicks"], sources: ["two sweeps", "Schema Registry"] },
    ]);
    expect(named(found, "writer of logs")).toMatchObject([{ owner: "team-logs" }]);
    expect(found.clients).toHaveLength(5);
  });

  it("are not Sluice, its mirrors, or everyone; and a gap says that there may be others", () => {
    const acls = [acl({ principal: "User:mirror-reverse" }), acl({ principal: "User:*" })];
    expect(join({ acls, groups: [group("sluice-shop-reverse")] }).clients).toHaveLength(3);
    expect(clientsOf(withGap(snapshot(), "producers"), file).gaps).toEqual([notAllowed]);
  });
});

it("an index of rights finds whom every entry looked at one by one finds", () => {
  const anyAcl = fc
    .record({
      resourceName: fc.constantFrom("a", "ab", "abc", "b", ""),
      pattern: fc.constantFrom("LITERAL" as const, "PREFIXED" as const),
      principal: fc.constantFrom("User:1", "User:2", "User:*"),
      operation: fc.constantFrom("READ" as const, "WRITE" as const, "ALL" as const, "DESCRIBE" as const),
      permission: fc.constantFrom("ALLOW" as const, "DENY" as const),
      resourceType: fc.constantFrom("TOPIC" as const, "GROUP" as const, "USER" as const),
    })
    .map((given): AnyAcl => acl(given));
  fc.assert(
    fc.property(fc.array(anyAcl), fc.constantFrom("a", "ab", "abcd", "b", "c"), (acls, name) => {
      const one = acls.filter(
        (a) =>
          reachesRecords(a) &&
          a.permission === "ALLOW" &&
          a.principal !== "User:*" &&
          (a.operation === "READ" || a.operation === "ALL") &&
          matches(a, "TOPIC", name),
      );
      expect([...new RightsIndex(acls, "TOPIC", "READ").principalsOn(name)].toSorted()).toEqual(
        [...new Set(one.map(({ principal }) => principal))].toSorted(),
      );
    }),
  );
});
