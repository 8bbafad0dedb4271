import { expect, test } from "vitest";
import { migrationFile } from "../../in-memory/migration.ts";
import { group, offset } from "../inventory/snapshots.ts";
import { mskCluster, planning, sized, swept, topicOf, why } from "./sized.ts";

test("a mirror's quotas let it copy as fast as promised, shared by the brokers that hold them", () => {
  const items = { topics: [topicOf("busy", 12)], throughput: [swept("busy", 600)] };
  const file = { ...planning(), replicator: { ...migrationFile().replicator, tasksPerConnector: 4 } };
  const { quotas } = sized(items, file).sizing;
  // Four tasks of 1,000 over two brokers of the source and three of the target, in both directions.
  expect(quotas.map((q) => [q.direction, q.side, q.property, q.bytesPerSecondPerBroker, q.principal])).toEqual([
    ["forward", "source", "consumer_byte_rate", 2000, "User:mirror-forward"],
    ["forward", "target", "producer_byte_rate", 1334, "User:mirror-forward"],
    ["reverse", "target", "consumer_byte_rate", 1334, "User:mirror-reverse"],
    ["reverse", "source", "producer_byte_rate", 2000, "User:mirror-reverse"],
  ]);
  expect(quotas[0]?.command).toBe(
    "kafka-configs.sh --bootstrap-server old-1:9092 --command-config admin.properties --alter --add-config 'consumer_byte_rate=2000' --entity-type users --entity-name 'mirror-forward'",
  );
});

/** One group reads what is written from two kafka.m5.large, of whose 9.6 MB/s a half is to be used. */
const nearlyFull = (written: number, taskBytesPerSecond: number) =>
  sized(
    {
      topics: [topicOf("busy", 12)],
      groups: [group("g", { offsets: [{ topic: "busy", partition: 0, offset: offset(1), metadata: "" }] })],
      throughput: [swept("busy", written)],
      operations: [mskCluster({ instanceType: "kafka.m5.large", brokers: "2" })],
    },
    planning({ throughput: { taskBytesPerSecond, from: "a trial" } }),
  ).sizing.quotas[0];

test("a source that is nearly full is read more slowly than the mirror could, yet never too slowly to follow", () => {
  // 4.8 − 1 MB/s are left to each, and following takes 2 MB/s of each; copying would take 5.
  expect(nearlyFull(2_000_000, 5_000_000)).toMatchObject({
    bytesPerSecondPerBroker: 3_800_000,
    because: expect.stringContaining("copying takes longer"),
  });
  // 4.8 − 2 MB/s are left, and following takes 4 of each.
  expect(nearlyFull(4_000_000, 5_000_000)).toMatchObject({
    bytesPerSecondPerBroker: 4_000_000,
    because: expect.stringContaining("more than the brokers can spare"),
  });
  expect(nearlyFull(4_000_000, 1_000_000)).toMatchObject({
    bytesPerSecondPerBroker: 4_000_000,
    because: expect.stringContaining("more than the mirror was said to copy"),
  });
  expect(nearlyFull(2_000_000, 3_000_000)).toMatchObject({
    bytesPerSecondPerBroker: 3_000_000,
    because: "what the mirror copies",
  });
});

test("a mirror that nobody measured gets no quota: too small a one would stop the wave", () => {
  const { quotas } = sized({ topics: [topicOf("busy", 2)], throughput: [swept("busy", 600)] }).sizing;
  for (const quota of quotas) {
    expect(quota.bytesPerSecondPerBroker).toEqual(why("how fast the mirror copies is not known"));
    expect(quota.command).toBeUndefined();
  }
  expect(quotas).toHaveLength(4);
});
