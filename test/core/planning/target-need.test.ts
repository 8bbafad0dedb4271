import { expect, test } from "vitest";
import { group, offset } from "../inventory/snapshots.ts";
import { mskCluster, sized, swept, topicOf } from "./sized.ts";

test("the need counts what moves, what has moved and what is there, each reader and the reverse mirror", () => {
  const reads = (topic: string) => [{ topic, partition: 0, offset: offset(1), metadata: "" }];
  const items = {
    topics: [topicOf("a", 2, 1000), topicOf("moved", 1, 500)],
    groups: [group("g", { offsets: reads("a") }), group("h", { offsets: reads("a") })],
    throughput: [swept("a", 100), swept("moved", 10)],
  };
  const target = {
    topics: [topicOf("there", 3, 10), topicOf("moved", 1, 400)],
    groups: [group("g", { offsets: reads("a") })],
  };
  const waves = [{ name: "first", topics: ["a"] }];
  const { sizing } = sized(items, { planning: { rollbackHours: 1 } }, { waves, fixedTopics: ["moved"], target });
  expect(sizing.target.need).toEqual({
    topics: 3,
    replicas: 3,
    partitions: 3 * (2 + 1 + 3),
    ingressBytesPerSecond: 110,
    egressBytesPerSecond: 100 * 3 + 10,
    heldBytes: 3 * (2000 + 500 + 30),
    growthBytes: 3 * 110 * 3600,
    growthSeconds: 3600,
    notMeasured: { partitions: [], bytesPerSecond: ["there"], bytes: [] },
  });
});

test("what MSK told of a target that is there decides its zones, its replicas and where it stands", () => {
  const facts = { kafkaVersion: "3.9.x", subnets: "subnet-a, subnet-b", securityGroups: "sg-1" };
  const items = { topics: [topicOf("a", 2)], throughput: [swept("a", 100)] };
  const { target } = sized(items, {}, { target: { operations: [mskCluster(facts)] } }).sizing;
  expect(target).toMatchObject({
    zones: 2,
    need: { replicas: 2, partitions: 4 },
    chosen: { instance: "kafka.m7g.large", brokers: 2 },
    spec: {
      createClusterV2: {
        Provisioned: {
          KafkaVersion: "3.9.x",
          NumberOfBrokerNodes: 2,
          BrokerNodeGroupInfo: { ClientSubnets: ["subnet-a", "subnet-b"], SecurityGroups: ["sg-1"] },
        },
      },
    },
  });
  expect(target.candidates.some(({ kind }) => kind === "express")).toBe(false);
});
