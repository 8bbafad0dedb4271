import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ClusterSettings } from "#adapters/kafka/cluster-settings.ts";
import { connectCluster } from "#adapters/kafka/connect-cluster.ts";
import { kafkaScanner } from "#adapters/kafka/inventory/scanner.ts";
import { chooseScanner } from "#adapters/kafka/older/choose-scanner.ts";
import { olderScanner } from "#adapters/kafka/older/scanner.ts";
import type { Listings } from "#core/inventory/snapshot.ts";
import { isUnknown } from "#core/inventory/unknown.ts";
import { type AclEntry, aclKey } from "#core/kafka/acl.ts";
import { startFurtherBroker } from "#local/kafka/further-broker.ts";
import { startBroker } from "#local/kafka/start-broker.ts";
import { until } from "../test-cluster.ts";
import { rightsIn } from "./cures.ts";
import { entries, makeEstate, times } from "./estate.ts";
import { runTools, tableOf } from "./kafka-tools.ts";
import { makeNewerGroups, toolProperties } from "./newer-groups.ts";
import { groupOf, known, scanAll, scannerContract, topicOf } from "./scanner.contract.ts";
import { aboutShareGroups, questions, toolsContract } from "./tools.contract.ts";
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
const toldOn = new Map<string, readonly string[]>();

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "sluice-scan-"));
  await Promise.all(
    versions.map(async (version) => {
      const settings = await start(version);
      settingsOf.set(version, settings);
      const estate = await makeEstate(settings);
      ends.unshift(() => estate.leave());
      if (version === "4.1.2") ends.unshift(await makeNewerGroups(settings));
      const scanner = await chooseScanner("source", settings);
      foundOn.set(version, await scanAll(scanner));
      await scanner.close();
      const server = settings.bootstrapServers[0] ?? "";
      const asked = [...questions(server), ...(version === "4.1.2" ? [aboutShareGroups(server)] : [])];
      toldOn.set(version, await runTools(asked, toolProperties(settings)));
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
    allowEveryone: false,
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
  toolsContract(
    () => found(version),
    () => toldOn.get(version) ?? [],
    { sizes: true, endsInTransactions: true },
  );

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
  toolsContract(
    () => found("2.8.2 by kafkajs"),
    () => toldOn.get("2.8.2") ?? [],
    { sizes: false, endsInTransactions: false },
  );

  it("says of each kind that it cannot read that it is unknown", () => {
    const { quotas, "scram-users": scramUsers, producers, transactions } = found("2.8.2 by kafkajs");
    for (const { items, gaps } of [quotas, scramUsers, producers, transactions]) {
      expect(items).toEqual([]);
      expect(gaps).toMatchObject([{ unknown: { why: expect.stringContaining("not read") } }]);
    }
  });
});

describe.each(versions)("Kafka %s", (version) => {
  it("tells when each group last committed", () => {
    for (const id of ["billing", "live"]) {
      const last = known(groupOf(found(version), id).lastCommit);
      expect("at" in last && last.at).toBeGreaterThan(Date.now() - 600_000);
      expect("at" in last && last.at).toBeLessThan(Date.now());
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

describe("groups of the newer kinds", () => {
  it("are found with their members, and share groups with where their share begins", () => {
    const newer = groupOf(found("4.1.2"), "newer");
    expect(newer).toMatchObject({ kind: "consumer", protocolType: "consumer", state: "Stable" });
    expect(known(newer.members)).toMatchObject([
      { clientId: "newer-client", subscribed: ["ledger"], assigned: [{ topic: "ledger", partitions: [0] }] },
    ]);
    const sharing = groupOf(found("4.1.2"), "sharing");
    expect(known(sharing.configs ?? new Map()).get("share.auto.offset.reset")).toEqual({
      value: "earliest",
      origin: "group",
    });
    expect(known(newer.configs ?? new Map()).get("consumer.session.timeout.ms")?.value).toBe("45000");
    expect(groupOf(found("4.1.2"), "billing")).not.toHaveProperty("configs");
    expect(sharing).toMatchObject({ kind: "share", state: "Empty", members: [] });
    const begin = tableOf(toldOn.get("4.1.2")?.at(-1) ?? "").filter((row) => row["GROUP"] === "sharing");
    expect(begin).toHaveLength(1);
    expect(known(sharing.offsets).map((o) => `${o.topic} ${o.partition} ${known(o.offset)}`)).toEqual(
      begin.map((row) => `${row["TOPIC"]} ${row["PARTITION"]} ${row["START-OFFSET"]}`),
    );
  });
});

describe("rights", () => {
  it("that are missing are named, and those that are named are all that a whole scan needs", async () => {
    const whole = found("4.1.2");
    const settings = settingsOf.get("4.1.2");
    if (!settings) throw new Error("no cluster");
    const admin = connectCluster("source", settings);
    const scanner = () => kafkaScanner("source", signedIn(settings.bootstrapServers[0] ?? "", "scanner"));
    const granted = new Map<string, AclEntry>();
    let scanned: Listings | undefined;
    for (let round = 0; round < 6; round++) {
      const one = scanner();
      scanned = await scanAll(one);
      await one.close();
      const cures = rightsIn(scanned).filter((entry) => !granted.has(aclKey(entry)));
      if (round === 0) {
        // Everyone may read this one.
        expect(scanned.topics.items.map(({ name }) => name)).toEqual(["orders"]);
        expect(scanned.topics.gaps).not.toEqual([]);
        expect(scanned.groups.gaps).not.toEqual([]);
        expect(scanned.acls.gaps).not.toEqual([]);
        expect(scanned.transactions.gaps).not.toEqual([]);
      }
      if (cures.length === 0) break;
      for (const entry of cures) granted.set(aclKey(entry), entry);
      await admin.rights.add(cures);
      await until(
        "the rights on the broker",
        async () => (await admin.rights.list()).length === entries.length + granted.size,
      );
    }
    await admin.rights.remove([...granted.values()]);
    await admin.close();
    const names = new Set([...granted.values()].map((e) => `${e.resourceType} ${e.operation}`));
    expect([...names].toSorted()).toEqual([
      "CLUSTER DESCRIBE",
      "CLUSTER DESCRIBE_CONFIGS",
      "GROUP DESCRIBE",
      "GROUP DESCRIBE_CONFIGS",
      "TOPIC DESCRIBE",
      "TOPIC DESCRIBE_CONFIGS",
      "TOPIC READ",
      "TRANSACTIONAL_ID DESCRIBE",
    ]);
    const { acls: _scanned, ...scannedKinds } = scanned ?? whole;
    for (const [kind, { items, gaps }] of Object.entries(scannedKinds)) {
      const expected = whole[kind as keyof typeof scannedKinds];
      expect([kind, items.length]).toEqual([kind, expected.items.length]);
      expect(gaps.map((gap) => gap.unknown.why)).toEqual(expected.gaps.map((gap) => gap.unknown.why));
    }
    expect(scanned?.topics.items).toEqual(
      whole.topics.items.map((t) => expect.objectContaining({ name: t.name, configs: t.configs })),
    );
  });
});

describe("a broker that does not answer", () => {
  it("costs its request timeout once; everything else is there, and what it alone knows is unknown", async () => {
    const settings = settingsOf.get("4.1.2");
    if (!settings) throw new Error("no cluster");
    const second = await startFurtherBroker(join(directory, "4.1.2"), 2, {
      name: "scan-4.1.2",
      directory: join(directory, "second"),
      users: { admin: users.admin },
      superUsers: ["admin"],
      allowEveryone: false,
    });
    const admin = connectCluster("source", settings);
    const requestTimeoutMilliseconds = 1500;
    try {
      await until("two brokers", async () => {
        await admin.topics.delete(["far"]);
        await admin.topics.create([{ name: "far", partitions: 4, replicationFactor: 1, configs: {} }]);
        const before = kafkaScanner("source", settings);
        const places = known(topicOf(await scanAll(before), "far").partitions).map((p) => p.leader);
        await before.close();
        return new Set(places).size === 2;
      });
      const scanner = kafkaScanner("source", { ...settings, requestTimeoutMilliseconds });
      second.kill("SIGSTOP");
      const begun = performance.now();
      const scanned = await scanAll(scanner);
      const took = performance.now() - begun;
      await scanner.close();
      expect(took).toBeLessThan(2 * requestTimeoutMilliseconds);
      const far = known(topicOf(scanned, "far").partitions);
      const silent = far.filter((p) => p.leader === 2);
      expect(silent).toHaveLength(2);
      for (const p of silent) {
        expect(p.ends).toMatchObject({ unknown: { why: expect.stringContaining("did not answer in time") } });
        expect(isUnknown(p.sizeBytes)).toBe(true);
      }
      for (const p of far.filter((one) => one.leader === 1)) expect(known(p.ends).highWatermark).toBe(0n);
      const whole = found("4.1.2");
      expect(scanned.groups.items.map((g) => g.id)).toEqual(whole.groups.items.map((g) => g.id));
      expect(scanned.groups.gaps).toMatchObject([{ unknown: { why: expect.stringContaining("broker 2") } }]);
      expect(scanned.acls.items).toHaveLength(whole.acls.items.length);
      expect(scanned.producers.gaps).toMatchObject([{ unknown: { why: expect.stringContaining("broker 2") } }]);
      expect(known(topicOf(scanned, "orders").configs)).toEqual(known(topicOf(whole, "orders").configs));
    } finally {
      second.kill("SIGCONT");
      await admin.close();
      await second.stop();
    }
  });
});
