import { describe, expect, it } from "vitest";
import { OperatorFault } from "#core/fault.ts";
import type { AclEntry } from "#core/kafka/acl.ts";
import { offsetOn } from "#core/kafka/offset.ts";
import type { PartitionKey } from "#core/kafka/topic-partition.ts";
import type { Cluster } from "#use-cases/ports/cluster.ts";

/** A cluster with what its applications do there. */
export type ClusterLab = {
  readonly cluster: Cluster<"source">;
  /** Records of these values, with these times, on partition 0. */
  append(topic: string, records: readonly { readonly value: string; readonly timestamp: number }[]): Promise<void>;
  /** A member of a group that reads the topic; answers what takes it away. */
  join(group: string, topic: string): Promise<() => Promise<void>>;
};

const patience = { timeout: 10_000 };
const at = (offset: number) => offsetOn<"source">(BigInt(offset));
const spec = (name: string, configs: Record<string, string> = {}) => ({
  name,
  partitions: 2,
  replicationFactor: -1,
  configs,
});
const TIME = 1_700_000_000_000;
const partition = { topic: "kept-promises", partition: 0 };

/** What every cluster must do, as far as use cases and tests of them rely on it. In order: later tests use what earlier ones made. */
export const clusterContract = (lab: () => ClusterLab): void => {
  const { topic } = partition;

  describe("topics by contract", () => {
    it("are created with their configs, described, and refused a second time", async () => {
      const { topics } = lab().cluster;
      await topics.create([spec(topic, { "retention.ms": "12345", "cleanup.policy": "compact" })]);
      const found = await topics.describe([topic, "nowhere"]);
      expect([...found.keys()]).toEqual([topic]);
      expect(found.get(topic)).toMatchObject({ name: topic, partitions: 2, replicationFactor: 1 });
      expect(found.get(topic)?.configs.get("retention.ms")).toEqual({ value: "12345", isTopicLevel: true });
      const again = topics.create([spec(topic)]);
      await expect(again).rejects.toBeInstanceOf(OperatorFault);
      await expect(again).rejects.toThrow(topic);
    });

    it("have single configs set and taken back to the broker's, leaving others alone", async () => {
      const { topics } = lab().cluster;
      await topics.setConfigs(topic, { "message.timestamp.type": "LogAppendTime", "cleanup.policy": null });
      const value = async (key: string) => (await topics.describe([topic])).get(topic)?.configs.get(key);
      await expect.poll(() => value("cleanup.policy"), patience).toEqual({ value: "delete", isTopicLevel: false });
      expect((await value("message.timestamp.type"))?.value).toBe("LogAppendTime");
      expect((await value("retention.ms"))?.value).toBe("12345");
      await topics.setConfigs(topic, { "message.timestamp.type": null });
      await expect.poll(async () => (await value("message.timestamp.type"))?.value, patience).toBe("CreateTime");
    });

    it("are deleted whether they exist or not, and have another id when created anew", async () => {
      const { topics } = lab().cluster;
      await topics.create([spec("short-lived")]);
      const before = (await topics.describe(["short-lived"])).get("short-lived")?.id;
      await topics.delete(["short-lived", "nowhere"]);
      expect(await topics.describe(["short-lived"])).toEqual(new Map());
      await topics.create([spec("short-lived")]);
      const after = (await topics.describe(["short-lived"])).get("short-lived")?.id;
      expect(after).not.toBe(before);
      await topics.delete(["short-lived"]);
    });
  });

  describe("logs by contract", () => {
    it("are read in order, up to a limit or an offset, and on from there", async () => {
      const { log } = lab().cluster;
      expect((await log.ends([partition])).get(`${topic}/0`)).toEqual({
        logStart: at(0),
        lastStable: at(0),
        highWatermark: at(0),
      });
      const values = ["a", "b", "a", "c"];
      await lab().append(
        topic,
        values.map((value, i) => ({ value, timestamp: TIME + i * 1000 })),
      );
      expect((await log.ends([partition])).get(`${topic}/0`)?.highWatermark).toBe(4n);
      const whole = await log.read({ partition, from: at(0), isolation: "read_committed" });
      expect(whole).toMatchObject({ next: 4n, visibleEnd: 4n });
      expect(whole.records.map(({ offset }) => offset)).toEqual([0n, 1n, 2n, 3n]);
      expect(whole.records.map(({ timestamp }) => timestamp)).toEqual([0, 1, 2, 3].map((i) => BigInt(TIME + i * 1000)));
      // Records are the same by content, wherever they stand.
      expect(whole.records[0]?.fingerprint).toBe(whole.records[2]?.fingerprint);
      expect(new Set(whole.records.map(({ fingerprint }) => fingerprint)).size).toBe(3);
      const part = await log.read({ partition, from: at(1), until: at(3), isolation: "read_committed" });
      expect(part.records).toEqual(whole.records.slice(1, 3));
      expect(part.next).toBe(3n);
      const first = await log.read({ partition, from: at(0), limit: 1, isolation: "read_committed" });
      const rest = await log.read({ partition, from: first.next, isolation: "read_committed" });
      expect(first.records.length).toBeGreaterThanOrEqual(1);
      expect([...first.records, ...rest.records]).toEqual(whole.records);
    });

    it("know the first offset at or after a time", async () => {
      const { log } = lab().cluster;
      expect(await log.offsetAtTime(partition, BigInt(TIME + 1000))).toBe(1n);
      expect(await log.offsetAtTime(partition, BigInt(TIME + 1001))).toBe(2n);
      expect(await log.offsetAtTime(partition, BigInt(TIME + 9000))).toBeUndefined();
    });
  });

  describe("groups by contract", () => {
    const commits = (entries: Readonly<Record<PartitionKey, number>>) =>
      new Map(
        Object.entries(entries).map(([key, offset]) => [key as PartitionKey, { offset: at(offset), metadata: "kept" }]),
      );

    it("that nobody knows are absent and hold nothing", async () => {
      const { groups } = lab().cluster;
      expect(await groups.committed("nobody")).toEqual(new Map());
      expect((await groups.describe(["nobody"])).get("nobody")).toEqual({
        id: "nobody",
        state: "absent",
        kind: "unknown",
        members: [],
      });
    });

    it("keep what is committed for them, with its metadata, and are empty", async () => {
      const { groups } = lab().cluster;
      await groups.commit("promised", commits({ [`${topic}/0`]: 2, [`${topic}/1`]: 0 }));
      expect(await groups.committed("promised")).toEqual(commits({ [`${topic}/0`]: 2, [`${topic}/1`]: 0 }));
      expect(await groups.committed("promised", [partition])).toEqual(commits({ [`${topic}/0`]: 2 }));
      expect((await groups.describe(["promised"])).get("promised")?.state).toBe("empty");
      await expect(groups.commit("promised", commits({ "nowhere/0": 1 }))).rejects.toThrow(/nowhere/);
    });

    it("with a member refuse a commit and name it, and take it once the member left", async () => {
      const { groups } = lab().cluster;
      const leave = await lab().join("promised", topic);
      const described = async () => (await groups.describe(["promised"])).get("promised");
      await expect.poll(async () => (await described())?.members.length, patience).toBe(1);
      const member = await described();
      expect(member).toMatchObject({ state: "active", kind: "classic" });
      const refused = groups.commit("promised", commits({ [`${topic}/0`]: 1 }));
      await expect(refused).rejects.toBeInstanceOf(OperatorFault);
      await expect(refused).rejects.toThrow(member?.members[0]?.clientId ?? "no member");
      await leave();
      await expect.poll(async () => (await described())?.state, patience).toBe("empty");
      await groups.commit("promised", commits({ [`${topic}/0`]: 1 }));
      expect((await groups.committed("promised")).get(`${topic}/0`)?.offset).toBe(1n);
    });
  });

  describe("access rights by contract", () => {
    const entry = (changes: Partial<AclEntry> = {}): AclEntry => ({
      resourceType: "TOPIC",
      resourceName: "promised-rights",
      pattern: "LITERAL",
      principal: "User:somebody",
      host: "*",
      operation: "READ",
      permission: "ALLOW",
      ...changes,
    });

    it("are added once however often, seen on every broker, and removed exactly", async () => {
      const { rights } = lab().cluster;
      const [read, deny] = [entry(), entry({ operation: "WRITE", permission: "DENY" })];
      const own = async () =>
        (await rights.list()).filter(({ resourceName }) => resourceName === "promised-rights").length;
      await rights.add([read, deny]);
      await rights.add([read]);
      await expect.poll(own, patience).toBe(2);
      const absent = entry({ operation: "DELETE" });
      for (const [, present] of await rights.presentOnEachBroker([read, absent])) expect(present).toEqual([read]);
      await rights.remove([read, absent]);
      await expect.poll(own, patience).toBe(1);
      await rights.remove([deny]);
      await rights.remove([deny]);
      await expect.poll(own, patience).toBe(0);
    });
  });
};
