/** Fences on a real broker that allows everyone what no ACL decides, under a writer, a reader and a mirror that go on all the time. */
import type { Producer } from "kafkajs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { OperatorFault } from "#core/fault.ts";
import { type AclEntry, aclKey } from "#core/kafka/acl.ts";
import { offsetOn } from "#core/kafka/offset.ts";
import { planFence } from "#use-cases/plan-fence.ts";
import type { Cluster } from "#use-cases/ports/cluster.ts";
import { probeAllowEveryone } from "#use-cases/probe-allow-everyone.ts";
import { liftFence, narrowFence, raiseFence } from "#use-cases/source-fence.ts";
import type { StepContext } from "#use-cases/step-context.ts";
import { startTestCluster, type TestCluster, until } from "../adapters/kafka/test-cluster.ts";
import { onTopic } from "../core/rights/entries.ts";
import { migration } from "../in-memory/migration.ts";

const APP = "User:app";
const MIRROR = "User:mirror";
const onCluster = (operation: AclEntry["operation"]): AclEntry =>
  onTopic("User:control", operation, "kafka-cluster", { resourceType: "CLUSTER" });

const contextOf = (cluster: Cluster<"source">, topics: readonly string[], declared: string): StepContext => {
  const file = migration({
    replicator: {
      forward: { principal: "User:f", auth: { type: "none" } },
      reverse: { principal: MIRROR, auth: { type: "none" } },
    },
  });
  return {
    ref: { migration: "shop", wave: "payments" },
    migration: { ...file, source: { ...file.source, brokersAllowEveryone: declared } },
    plan: { name: "payments", topics, groups: [], clients: [] },
    estate: { source: cluster },
    stillMine: async () => undefined,
    waitFor: async <T>(_what: string, _bound: number, probe: () => Promise<T | undefined>): Promise<T> => {
      let answer: T | undefined;
      await until("what the step waits for", async () => {
        answer = await probe();
        return answer !== undefined;
      });
      return answer as T;
    },
  } as unknown as StepContext;
};

let test: TestCluster;
let admin: Cluster<"source">;
let control: Cluster<"source">;
beforeAll(async () => {
  test = await startTestCluster();
  admin = test.connect("admin");
  control = test.connect("control");
  await admin.rights.add([onCluster("ALTER"), onCluster("DESCRIBE_CONFIGS")]);
  await until("the cluster's entries", async () => {
    const present = await admin.rights.presentOnEachBroker([onCluster("ALTER")]);
    return [...present.values()].every((entries) => entries.length === 1);
  });
});
afterAll(() => test.stop());

const keysOf = async (): Promise<readonly string[]> => (await admin.rights.list()).map(aclKey).toSorted();

describe("the probe of what brokers do where no ACL is found", () => {
  const forNobody = onTopic("User:sluice-probe-nobody", "DESCRIBE", "sluice-probe-shop-payments");
  const probe = async (cluster: Cluster<"source">) =>
    probeAllowEveryone(contextOf(cluster, [], "unknown"), cluster, await cluster.rights.list());

  it("says yes of open ones, leaves nothing, and takes away what a probe left that died", async () => {
    const before = await keysOf();
    expect(await probe(control)).toBe("yes");
    expect(await keysOf()).toEqual(before);
    await admin.rights.add([forNobody]);
    await until("the leftover", async () => (await keysOf()).includes(aclKey(forNobody)));
    expect(await probe(control)).toBe("yes");
    expect(await keysOf()).toEqual(before);
    expect(await admin.topics.describe(["sluice-probe-shop-payments"])).toEqual(new Map());
  });

  it("proves nothing for a super user, and leaves nothing", async () => {
    const before = await keysOf();
    expect(await probe(admin)).toMatchObject({ unprovable: expect.stringContaining("super user") });
    expect(await keysOf()).toEqual(before);
  });

  it("needs the right to change ACLs, and names it", async () => {
    const app = test.connect("app");
    const asked = probeAllowEveryone(contextOf(app, [], "unknown"), app, await admin.rights.list());
    await expect(asked).rejects.toThrow(/kafka-acls .*--allow-principal User:app --operation Alter --cluster/);
    await expect(asked).rejects.toBeInstanceOf(OperatorFault);
  });

  it("says no of closed ones, whatever was declared", async () => {
    const closed = await startTestCluster({ "allow.everyone.if.no.acl.found": "false" });
    try {
      const root = closed.connect("admin");
      await root.rights.add([onCluster("ALTER")]);
      const mine = closed.connect("control");
      await until("the right", () => mine.rights.list().then(Boolean, () => false));
      expect(await probe(mine)).toBe("no");
      await root.topics.create([{ name: "orders", partitions: 1, replicationFactor: -1, configs: {} }]);
      const asked = planFence(contextOf(mine, ["orders"], "yes"), "source");
      await expect(asked).rejects.toThrow(/source\.brokersAllowEveryone: yes.*refuse Sluice.*set .* to "no"/);
      expect((await planFence(contextOf(mine, ["orders"], "unknown"), "source")).allowsEveryone).toBe(false);
    } finally {
      await closed.stop();
    }
  });
});

/** What was not read by then shows in what was received. */
const settled = async (promise: Promise<void>): Promise<void> => {
  await Promise.allSettled([promise]);
};

/** Something that is tried again and again until stopped. */
function again(attempt: () => Promise<void>): { readonly stop: () => Promise<void> } {
  let isOn = true;
  const loop = (async () => {
    while (isOn) await attempt();
  })();
  return {
    stop: async () => {
      isOn = false;
      await loop;
    },
  };
}

const outcomeOf = async (producer: Producer, topic: string, value: string): Promise<string> => {
  try {
    await producer.send({ topic, messages: [{ value }] });
    return "written";
  } catch (error) {
    return error instanceof Error && "type" in error ? String(error.type) : String(error);
  }
};

describe("a fence on brokers that allow everyone", () => {
  const cases: readonly (readonly [string, readonly AclEntry[]])[] = [
    ["without-any-acl", []],
    [
      "with-prefixed-rights",
      [
        onTopic(APP, "READ", "with-pre", { pattern: "PREFIXED" }),
        onTopic(APP, "WRITE", "with-pre", { pattern: "PREFIXED" }),
        onTopic(MIRROR, "WRITE", "with-prefixed-rights"),
      ],
    ],
    [
      "with-wildcard-rights",
      [onTopic(APP, "READ", "*"), onTopic(APP, "WRITE", "*"), onTopic(MIRROR, "WRITE", "with-wildcard-rights")],
    ],
  ];
  it.each(cases)("bars writers of a topic %s, never a reader, and leaves what it found", async (topic, entries) => {
    await admin.topics.create([{ name: topic, partitions: 1, replicationFactor: -1, configs: {} }]);
    await admin.rights.add(entries);
    await until("the entries", async () => {
      const present = await admin.rights.presentOnEachBroker(entries);
      return [...present.values()].every((listed) => listed.length === entries.length);
    });
    const before = await keysOf();
    const context = contextOf(control, [topic], "yes");

    const producers = { app: test.kafkajs("app").producer(), mirror: test.kafkajs("mirror").producer() };
    const root = test.kafkajs("admin").producer();
    await Promise.all([producers.app.connect(), producers.mirror.connect(), root.connect()]);
    const consumer = test.kafkajs("app").consumer({ groupId: `readers-of-${topic}` });
    const received: string[] = [];
    const faults: string[] = [];
    consumer.on(consumer.events.CRASH, ({ payload }) => faults.push(payload.error.message));
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    await consumer.run({ eachMessage: async ({ message }) => void received.push(String(message.value)) });

    // A super user goes on writing, so that there is always something to read.
    const sent: string[] = [];
    const writing = again(async () => {
      const value = `record-${sent.length}`;
      await root.send({ topic, messages: [{ value }] });
      sent.push(value);
    });
    const reader = test.connect("app");
    let reads = 0;
    const reading = again(async () => {
      try {
        await reader.log.read({
          partition: { topic, partition: 0 },
          from: offsetOn<"source">(0n),
          limit: 1,
          isolation: "read_committed",
        });
        reads += 1;
      } catch (error) {
        faults.push(String(error));
      }
    });
    const readOn = async (): Promise<void> => {
      const [seen, had] = [received.length, reads];
      await until("the reader goes on", async () => received.length > seen + 5 && reads > had + 5);
    };
    const tries = async () => ({
      app: await outcomeOf(producers.app, topic, "from the app"),
      mirror: await outcomeOf(producers.mirror, topic, "from the mirror"),
    });
    try {
      await readOn();
      // A fresh broker refuses the first groups while it loads their coordinator; what counts is from the fence on.
      faults.length = 0;
      expect((await tries()).app).toBe("written");
      const { fence } = await planFence(context, "source");
      await raiseFence(context, control, fence);
      expect(await tries()).toEqual({ app: "TOPIC_AUTHORIZATION_FAILED", mirror: "TOPIC_AUTHORIZATION_FAILED" });
      await readOn();
      await narrowFence(context, fence);
      expect(await tries()).toEqual({ app: "TOPIC_AUTHORIZATION_FAILED", mirror: "written" });
      await readOn();
      await liftFence(context, control, fence);
      expect((await tries()).app).toBe("written");
      await readOn();
      expect(await keysOf()).toEqual(before);
      // Up and down once more without the mirror's turn, as a thaw before producers moved.
      await raiseFence(context, control, fence);
      expect((await tries()).app).toBe("TOPIC_AUTHORIZATION_FAILED");
      await liftFence(context, control, fence);
      expect((await tries()).app).toBe("written");
      expect(await keysOf()).toEqual(before);
    } finally {
      await Promise.all([writing.stop(), reading.stop()]);
      await settled(until("the consumer has read all", async () => received.includes(sent.at(-1) ?? "")));
      for (const client of [consumer, root, producers.app, producers.mirror]) await client.disconnect();
      await admin.rights.remove(entries);
    }
    expect(faults).toEqual([]);
    expect(received.filter((value) => value.startsWith("record-"))).toEqual(sent);
  });
});
