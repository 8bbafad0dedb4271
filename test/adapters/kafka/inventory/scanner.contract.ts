import { expect, it } from "vitest";
import { assemble } from "#core/inventory/assemble.ts";
import type { Group } from "#core/inventory/group.ts";
import type { Listings } from "#core/inventory/snapshot.ts";
import type { Topic } from "#core/inventory/topic.ts";
import { isUnknown, type OrUnknown } from "#core/inventory/unknown.ts";
import type { ClusterScanner } from "#use-cases/ports/cluster-scanner.ts";
import { entries } from "./estate.ts";

/** Every page of a scanner, as one. */
export async function scanAll(scanner: ClusterScanner): Promise<Listings> {
  const pages = await scanner.pages();
  expect(pages.length).toBeGreaterThan(0);
  return assemble(await Promise.all(pages.map((page) => scanner.scan(page))), Date.now());
}

export const known = <T>(value: OrUnknown<T> | undefined): T => {
  if (value === undefined || isUnknown(value)) throw new Error(`expected to be known: ${JSON.stringify(value)}`);
  return value;
};

export const topicOf = ({ topics }: Listings, name: string): Topic => {
  const topic = topics.items.find((t) => t.name === name);
  if (!topic) throw new Error(`no topic ${name} among ${topics.items.map((t) => t.name).join(", ")}`);
  return topic;
};

export const groupOf = ({ groups }: Listings, id: string): Group => {
  const group = groups.items.find((g) => g.id === id);
  if (!group) throw new Error(`no group ${id} among ${groups.items.map((g) => g.id).join(", ")}`);
  return group;
};

/** What every scanner finds of `makeEstate`'s estate, whatever protocol it speaks. */
export const scannerContract = (found: () => Listings): void => {
  it("finds topics with their partitions, ends and where each setting comes from", () => {
    const orders = topicOf(found(), "orders");
    expect(known(orders.partitions).map((p) => [p.partition, p.leader, p.replicas, p.inSync])).toEqual(
      [0, 1, 2].map((n) => [n, 1, [1], [1]]),
    );
    expect(known(known(orders.partitions)[0]?.ends)).toEqual({ logStart: 0n, highWatermark: 4n });
    const configs = known(orders.configs);
    expect(configs.get("retention.ms")).toEqual({ value: "-1", origin: "topic" });
    expect(configs.get("max.message.bytes")).toEqual({ value: "50000", origin: "topic" });
    expect(configs.get("cleanup.policy")).toEqual({ value: "delete", origin: "default" });
    expect(known(topicOf(found(), "ledger").configs).get("cleanup.policy")).toEqual({
      value: "compact",
      origin: "topic",
    });
    expect(known(known(topicOf(found(), "nothing-yet").partitions)[1]?.ends)).toEqual({
      logStart: 0n,
      highWatermark: 0n,
    });
    expect(topicOf(found(), "__consumer_offsets").isInternal).toBe(true);
    expect(found().topics.items.map((t) => t.name)).toEqual(
      found()
        .topics.items.map((t) => t.name)
        .toSorted(),
    );
  });

  it("finds groups with and without members, and what they committed with its metadata", () => {
    const billing = groupOf(found(), "billing");
    expect(billing).toMatchObject({ kind: "classic", protocolType: "", state: "Empty", members: [] });
    expect(known(billing.offsets)).toEqual([
      { topic: "orders", partition: 0, offset: 3n, metadata: "from the till" },
      { topic: "orders", partition: 2, offset: 0n, metadata: "" },
    ]);
    const live = groupOf(found(), "live");
    expect(live).toMatchObject({ kind: "classic", protocolType: "consumer", state: "Stable" });
    const [member] = known(live.members);
    expect(member).toMatchObject({ clientId: "shop-app", host: expect.stringContaining("127.0.0.1") });
    expect(member?.subscribed).toEqual(["ledger", "orders"]);
    expect(member?.assigned).toEqual([
      { topic: "ledger", partitions: [0] },
      { topic: "orders", partitions: [0, 1, 2] },
    ]);
    const committed = known(live.offsets).map((c) => [c.topic, c.partition, c.offset]);
    expect(committed).toContainEqual(["orders", 0, 4n]);
    expect(committed).toContainEqual(["ledger", 0, 1n]);
  });

  it("finds every ACL", () => {
    expect(found().acls.gaps).toEqual([]);
    expect(new Set(found().acls.items.map((a) => JSON.stringify(sorted(a))))).toEqual(
      new Set(entries.map((a) => JSON.stringify(sorted(a)))),
    );
    expect(found().acls.items).toHaveLength(entries.length);
  });

  it("finds the cluster and its brokers", () => {
    expect(found().brokers.items.map(({ id, host }) => ({ id, host }))).toEqual([{ id: 1, host: "127.0.0.1" }]);
    expect(known(found().brokers.items[0]?.configs).get("log.dirs")?.value).toBeTruthy();
    expect(found().cluster.items[0]).toMatchObject({ controllerId: 1, authorizer: "present" });
    expect(found().cluster.items[0]?.clusterId).toBeTruthy();
  });
};

const sorted = (entry: object): unknown => Object.entries(entry).toSorted(([a], [b]) => (a < b ? -1 : 1));
