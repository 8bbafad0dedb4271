import { Connection, Consumer, joinGroupV9 } from "@platformatic/kafka";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { OperatorFault, RetryableFault } from "#core/fault.ts";
import { offsetOn } from "#core/kafka/offset.ts";
import type { PartitionKey } from "#core/kafka/topic-partition.ts";
import type { Cluster } from "#use-cases/ports/cluster.ts";
import { onceConcluded, startTestCluster, type TestCluster, until } from "./test-cluster.ts";

let test: TestCluster;
let cluster: Cluster<"source">;
const topic = "orders";
const partitions = [0, 1, 2].map((partition) => ({ topic, partition }));
const commitOf = (offset: number, metadata = "") => ({ offset: offsetOn<"source">(BigInt(offset)), metadata });
const commits = (entries: Readonly<Record<PartitionKey, ReturnType<typeof commitOf>>>) =>
  new Map(Object.entries(entries) as [PartitionKey, ReturnType<typeof commitOf>][]);
const describeOne = async (group: string) => (await cluster.groups.describe([group])).get(group);

beforeAll(async () => {
  test = await startTestCluster();
  cluster = test.connect("admin");
});
afterAll(() => test.stop());

describe("committing", () => {
  it("is the first thing a fresh cluster is asked, on a topic made a moment ago", async () => {
    await cluster.topics.create([{ name: topic, partitions: 3, replicationFactor: -1, configs: {} }]);
    await cluster.groups.commit(
      "first",
      commits({ "orders/0": commitOf(7, "kept as it is"), "orders/2": commitOf(0) }),
    );
    const expected = commits({ "orders/0": commitOf(7, "kept as it is"), "orders/2": commitOf(0) });
    expect(await cluster.groups.committed("first", partitions)).toEqual(expected);
    expect(await cluster.groups.committed("first")).toEqual(expected);
    expect(await describeOne("first")).toEqual({ id: "first", state: "empty", kind: "classic", members: [] });
  });

  it("finds nothing for a group that is not there", async () => {
    expect(await cluster.groups.committed("nobody")).toEqual(new Map());
    expect(await cluster.groups.committed("nobody", partitions)).toEqual(new Map());
    expect(await describeOne("nobody")).toEqual({ id: "nobody", state: "absent", kind: "unknown", members: [] });
  });

  it("names a topic that is missing", async () => {
    await expect(cluster.groups.commit("first", commits({ "nowhere/0": commitOf(1) }))).rejects.toThrow(/nowhere/);
    expect(await cluster.groups.committed("first", [{ topic: "nowhere", partition: 0 }])).toEqual(new Map());
  });
});

describe("a group with a member", () => {
  it("refuses a commit and names the member; takes it once the member left", async () => {
    const consumer = test.kafkajs("app").consumer({ groupId: "live", sessionTimeout: 10_000, maxWaitTimeInMs: 100 });
    await consumer.connect();
    await consumer.subscribe({ topics: [topic] });
    await consumer.run({ eachMessage: async () => undefined });
    await until("an active group", async () => (await describeOne("live"))?.members.length === 1);
    const live = await describeOne("live");
    expect(live).toMatchObject({ state: "active", kind: "classic", members: [{ clientId: "test-app" }] });
    const refusal = cluster.groups.commit("live", commits({ "orders/0": commitOf(1) }));
    await expect(refusal).rejects.toThrow(/Group live .*has members: test-app .*127\.0\.0\.1/);
    await expect(refusal).rejects.toBeInstanceOf(OperatorFault);
    await consumer.disconnect();
    await until("an empty group", async () => (await describeOne("live"))?.state === "empty");
    await cluster.groups.commit("live", commits({ "orders/0": commitOf(1) }));
    expect(await cluster.groups.committed("live")).toEqual(commits({ "orders/0": commitOf(1) }));
  });

  it("has its static member removed, and a second removal changes nothing", async () => {
    // A coordinator that is only just there may answer the join and not list its member: the same instance joins again.
    await until("a static member", async () => {
      await joinAndVanish("static", "instance-1");
      return (await describeOne("static"))?.members.length === 1;
    });
    const members = (await describeOne("static"))?.members ?? [];
    expect(members.map((m) => m.groupInstanceId)).toEqual(["instance-1"]);
    await cluster.groups.removeMembers("static", members);
    expect((await describeOne("static"))?.state).toBe("empty");
    await cluster.groups.removeMembers("static", members);
    await cluster.groups.commit("static", commits({ "orders/1": commitOf(2) }));
  });
});

describe("a group of the newer protocol", () => {
  it("is seen with its members, refuses a commit, and is empty afterwards", async () => {
    const consumer = await startConsumer("newer", { groupProtocol: "consumer" });
    await until("an active group", async () => (await describeOne("newer"))?.members.length === 1);
    expect(await describeOne("newer")).toMatchObject({
      state: "active",
      kind: "consumer",
      members: [{ clientId: "newer-client" }],
    });
    await expect(cluster.groups.commit("newer", commits({ "orders/0": commitOf(1) }))).rejects.toThrow(
      /Group newer .*has members: newer-client/,
    );
    await cluster.groups.removeMembers("newer", (await describeOne("newer"))?.members ?? []);
    expect((await describeOne("newer"))?.members).toEqual([]);
    await consumer.close(true);
    await until("an empty group", async () => (await describeOne("newer"))?.state === "empty");
    await cluster.groups.commit("newer", commits({ "orders/0": commitOf(5) }));
    expect(await cluster.groups.committed("newer")).toEqual(commits({ "orders/0": commitOf(5) }));
  });
});

describe("a transactional commit", () => {
  it("is a RetryableFault that names group and partition while it is pending", async () => {
    const producer = test
      .kafkajs("app")
      .producer({ transactionalId: "offsets", idempotent: true, maxInFlightRequests: 1 });
    await producer.connect();
    const pendingFirst = await producer.transaction();
    await pendingFirst.sendOffsets({
      consumerGroupId: "fresh",
      topics: [{ topic, partitions: [{ partition: 1, offset: "9" }] }],
    });
    await expect(cluster.groups.committed("fresh", partitions)).rejects.toBeInstanceOf(RetryableFault);
    // Kafka lists no partition whose first commit is pending: it is seen only by naming the partition.
    expect(await cluster.groups.committed("fresh")).toEqual(new Map());
    await pendingFirst.commit();
    const transaction = await producer.transaction();
    const later = { "orders/0": commitOf(1), "orders/1": commitOf(1) };
    await cluster.groups.commit("ledger", commits(later));
    const offsets = { consumerGroupId: "ledger", topics: [{ topic, partitions: [{ partition: 1, offset: "9" }] }] };
    await onceConcluded(() => transaction.sendOffsets(offsets));
    for (const asked of [partitions, undefined]) {
      const reading = cluster.groups.committed("ledger", asked);
      await expect(reading).rejects.toThrow(/Group ledger .*pending on orders\/1/);
      await expect(reading).rejects.toBeInstanceOf(RetryableFault);
    }
    await transaction.commit();
    await until("a stable commit", () =>
      cluster.groups.committed("ledger").then(
        (c) => c.get("orders/1")?.offset === 9n,
        () => false,
      ),
    );
    await producer.disconnect();
  });
});

describe("without the rights", () => {
  it("names the group or the topic and the ACL that cures it", async () => {
    const control = test.connect("control");
    const someoneElse = { principal: "User:other", host: "*", pattern: "LITERAL", permission: "ALLOW" } as const;
    const closing = [
      { ...someoneElse, resourceType: "GROUP", resourceName: "closed", operation: "READ" },
      { ...someoneElse, resourceType: "TOPIC", resourceName: topic, operation: "READ" },
    ] as const;
    await cluster.rights.add([closing[0]]);
    await expect(control.groups.committed("closed")).rejects.toThrow(
      /--allow-principal User:control --operation Describe --group 'closed'/,
    );
    await expect(control.groups.describe(["closed"])).rejects.toThrow(/--operation Describe --group 'closed'/);
    await expect(control.groups.commit("closed", commits({ "orders/0": commitOf(1) }))).rejects.toThrow(
      /--operation Read --group 'closed'/,
    );
    await cluster.rights.add([closing[1]]);
    await expect(control.groups.commit("open", commits({ "orders/0": commitOf(1) }))).rejects.toThrow(
      /--operation Read --topic 'orders'/,
    );
    await expect(control.groups.committed("first", partitions)).rejects.toThrow(
      /--operation Describe --topic 'orders'/,
    );
    await expect(control.log.ends(partitions)).rejects.toThrow(/--operation Describe --topic 'orders'/);
    await cluster.rights.remove(closing);
  });
});

async function startConsumer(groupId: string, options: { groupProtocol: "consumer" }): Promise<Consumer> {
  const consumer = new Consumer({
    groupId,
    clientId: `${groupId}-client`,
    bootstrapBrokers: [test.broker.bootstrapServers],
    sasl: { mechanism: "SCRAM-SHA-256", username: "app", password: "app-secret" },
    ...options,
  });
  const stream = await consumer.consume({ topics: [topic], mode: "earliest", autocommit: false });
  stream.resume();
  return consumer;
}

/** A static member whose client dies without a word: it stays in the group until its session ends. */
async function joinAndVanish(groupId: string, instanceId: string): Promise<void> {
  const connection = new Connection("vanishing", {
    sasl: { mechanism: "SCRAM-SHA-256", username: "app", password: "app-secret" },
  });
  await connection.connect("127.0.0.1", test.broker.port);
  const protocols = [{ name: "range", metadata: Buffer.alloc(0) }];
  await joinGroupV9.api.async(connection, groupId, 60_000, 60_000, "", instanceId, "consumer", protocols, null);
  await connection.close();
}
