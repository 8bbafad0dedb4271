import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ClusterSettings } from "#adapters/kafka/cluster-settings.ts";
import { chooseScanner } from "#adapters/kafkajs/choose-scanner.ts";
import { olderScanner } from "#adapters/kafkajs/scanner.ts";
import type { Listings } from "#core/inventory/snapshot.ts";
import { startBroker } from "#local/kafka/start-broker.ts";
import { makeEstate, times } from "./estate.ts";
import { groupOf, known, scanAll, scannerContract, topicOf } from "./scanner.contract.ts";
import { startZookeeperBroker } from "./zookeeper-broker.ts";

const users = { admin: "admin-secret", scanner: "scanner-secret", app: "app-secret" };
const signedIn = (bootstrapServers: string, username: keyof typeof users): ClusterSettings => ({
  bootstrapServers: [bootstrapServers],
  tls: false,
  sasl: { mechanism: "SCRAM-SHA-256", username, password: users[username] },
  clientId: "scan-test",
});

const versions = ["4.1.2", "3.9.2", "2.8.2"] as const;
let directory: string;
const ends: (() => Promise<void>)[] = [];
const settingsOf = new Map<string, ClusterSettings>();
const foundOn = new Map<string, Listings>();

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "sluice-scan-"));
  await Promise.all(
    versions.map(async (version) => {
      const settings = await start(version);
      settingsOf.set(version, settings);
      const estate = await makeEstate(settings);
      ends.unshift(() => estate.leave());
      const scanner = await chooseScanner("source", settings);
      foundOn.set(version, await scanAll(scanner));
      await scanner.close();
      if (version !== "2.8.2") return;
      const older = olderScanner("source", settings);
      foundOn.set("2.8.2 by kafkajs", await scanAll(older));
      await older.close();
    }),
  );
});
afterAll(async () => {
  for (const end of ends) await end();
  await rm(directory, { recursive: true, force: true });
});

async function start(version: (typeof versions)[number]): Promise<ClusterSettings> {
  if (version === "2.8.2") {
    const broker = await startZookeeperBroker(join(directory, version));
    ends.push(() => broker.stop());
    return { bootstrapServers: [broker.bootstrapServers], tls: false, clientId: "scan-test" };
  }
  const broker = await startBroker({
    name: `scan-${version}`,
    directory: join(directory, version),
    users,
    superUsers: ["admin"],
    allowEveryone: true,
    version,
  });
  ends.push(() => broker.stop());
  return signedIn(broker.bootstrapServers, "admin");
}

const found = (version: string): Listings => {
  const listings = foundOn.get(version);
  if (!listings) throw new Error(`nothing was scanned on ${version}`);
  return listings;
};

describe.each(versions)("Kafka %s by its own protocol", (version) => {
  scannerContract(() => found(version));

  it("has no gaps in what it can be asked for", () => {
    const { topics, groups, acls, quotas, "scram-users": scramUsers, producers } = found(version);
    for (const listing of [topics, groups, acls, quotas, scramUsers, producers]) expect(listing.gaps).toEqual([]);
  });

  it("tells sizes, quotas, producers and who may sign in", () => {
    const [first, second] = known(topicOf(found(version), "orders").partitions);
    expect(known(first?.sizeBytes)).toBeGreaterThan(0);
    expect(found(version).quotas.items).toEqual([
      { entity: [{ type: "client-id", name: "shop-app" }], limits: { producer_byte_rate: 1_048_576 } },
    ]);
    expect(found(version)["scram-users"].items).toEqual(
      version === "2.8.2"
        ? []
        : ["admin", "app", "broker", "scanner"].map((user) => ({ user, mechanisms: ["SCRAM-SHA-256"] })),
    );
    const open = found(version).producers.items.flatMap((p) =>
      p.partitions.flatMap((on) => (on.openTransactionFrom === undefined ? [] : [{ ...on, id: p.producerId }])),
    );
    expect(open).toMatchObject([{ topic: "orders", partition: 1, openTransactionFrom: 0n }]);
    expect(known(second?.ends).highWatermark).toBe(1n);
    expect(JSON.stringify(found(version), (_k, v) => (typeof v === "bigint" ? String(v) : v))).not.toContain("-secret");
  });
});

describe("Kafka 2.8.2 by kafkajs", () => {
  scannerContract(() => found("2.8.2 by kafkajs"));

  it("says of each kind that it cannot read that it is unknown", () => {
    const { quotas, "scram-users": scramUsers, producers, transactions } = found("2.8.2 by kafkajs");
    for (const { items, gaps } of [quotas, scramUsers, producers, transactions]) {
      expect(items).toEqual([]);
      expect(gaps).toMatchObject([{ unknown: { why: expect.stringContaining("not read") } }]);
    }
  });
});

describe.each(["4.1.2", "3.9.2"])("Kafka %s", (version) => {
  it("tells transactional ids, the newest record and its release", () => {
    const [transaction] = found(version).transactions.items;
    expect(transaction).toMatchObject({ transactionalId: "till-1", state: "Ongoing", coordinator: 1 });
    expect(known(transaction?.detail)).toMatchObject({ partitions: [{ topic: "orders", partition: 1 }] });
    expect(known(transaction?.detail).startedAt).toBeGreaterThan(Date.now() - 600_000);
    const producers = found(version).producers.items.filter((p) => p.producerId === transaction?.producerId);
    expect(producers).toMatchObject([{ partitions: [{ topic: "orders", partition: 1 }] }]);
    const [first, , third] = known(topicOf(found(version), "orders").partitions);
    expect(known(first?.newest)).toEqual({ offset: 2n, at: times[2] });
    expect(third?.newest).toBeUndefined();
    expect(found(version).cluster.items[0]?.release).toBe(version.slice(0, 3));
  });
});

describe("Kafka 2.8.2 with ZooKeeper", () => {
  it("says what so old a broker cannot tell, instead of nothing", () => {
    const [first] = known(topicOf(found("2.8.2"), "orders").partitions);
    expect(first?.newest).toMatchObject({ unknown: { why: expect.stringContaining("before Kafka 3.0") } });
    expect(found("2.8.2").transactions).toMatchObject({
      items: [],
      gaps: [{ unknown: { why: expect.stringContaining("before Kafka 3.0") } }],
    });
    expect(found("2.8.2").cluster.items[0]?.release).toBe("2.8");
    expect(groupOf(found("2.8.2"), "billing").kind).toBe("classic");
  });
});
