/** What unit tests and simulations rely on behaves as the real adapters do: each is held to the same contract. */
import { describe, expect, it } from "vitest";
import { partitionKey } from "#core/kafka/topic-partition.ts";
import { alarmsContract } from "../adapters/cloudwatch/alarms.contract.ts";
import { replicatorContract } from "../adapters/connect/replicator.contract.ts";
import { workersContract } from "../adapters/ecs/workers.contract.ts";
import { clusterContract } from "../adapters/kafka/cluster.contract.ts";
import { deadlineScheduleContract } from "../adapters/scheduler/deadline-schedule.contract.ts";
import { engineContract } from "../adapters/sfn/engine.contract.ts";
import { clientSwitchContract } from "../adapters/ssm/client-switch.contract.ts";
import { InMemoryAlarms } from "./alarms.ts";
import { standingClock } from "./clock.ts";
import { InMemoryCluster } from "./cluster.ts";
import { InMemoryDeadlines } from "./deadlines.ts";
import { InMemoryEstate } from "./estate.ts";
import { MachineEngine } from "./machine-engine.ts";
import { migration } from "./migration.ts";

const NOW = 1_800_000_000_000;

describe("a cluster in memory", () => {
  const cluster = new InMemoryCluster("source");
  const port = cluster.port();
  clusterContract(() => ({
    cluster: port,
    append: async (topic, records) => {
      for (const { value, timestamp } of records)
        cluster.log(partitionKey({ topic, partition: 0 })).append(value, BigInt(timestamp));
    },
    join: async (group) => {
      cluster.group(group).members.add("app");
      return async () => void cluster.group(group).members.delete("app");
    },
  }));
});

describe("a replicator in memory", () => {
  const estate = new InMemoryEstate(migration(), () => NOW);
  const { source, target } = estate;
  const mirror = { principal: "User:mirror-forward", host: "*", resourceType: "TOPIC", pattern: "LITERAL" } as const;
  estate.workers.add("forward");
  const { replicator } = estate.ports();
  replicatorContract(() => ({
    replicator,
    createMirrored: async (topic) => {
      for (const cluster of [source, target]) cluster.createTopic(topic, 1);
      source.acls = [...source.acls, { ...mirror, resourceName: topic, operation: "READ", permission: "ALLOW" }];
      target.acls = [...target.acls, { ...mirror, resourceName: topic, operation: "WRITE", permission: "ALLOW" }];
    },
    produce: async (topic, from, to) => {
      const log = source.log(partitionKey({ topic, partition: 0 }));
      for (let record = from; record < to; record++) log.append(`record-${record}`, BigInt(NOW + record));
    },
    mirrored: async (topic) => {
      estate.beat();
      return estate.recordsOn("target", topic);
    },
  }));
});

describe("workers in memory", () => {
  const workers = new InMemoryEstate(migration(), () => NOW).ports().workers;
  it("live as all workers do", async () => {
    for (const holds of Object.values(workersContract)) await holds(workers);
    expect(await workers.status("reverse")).toMatchObject({ isReady: false });
  });
});

describe("a client's switch in memory", () => {
  const file = migration();
  clientSwitchContract(async () => {
    const client = file.waves[0]?.clients[0];
    if (client === undefined) throw new Error("the example has no client");
    return { clientSwitch: new InMemoryEstate(file, () => NOW).ports().clientSwitch, client };
  });
});

describe("deadlines in memory", () => {
  const deadlines = new InMemoryDeadlines();
  deadlineScheduleContract(() => ({ deadlines: deadlines.port, now: NOW, standing: async () => deadlines.at.size }));
});

describe("alarms in memory", () => {
  const alarms = new InMemoryAlarms(() => NOW);
  alarmsContract(() => ({
    alarms,
    now: () => NOW,
    turn: async (name, state, reason) => alarms.turn(name, state, reason),
  }));
});

describe("an engine in memory", () => {
  const machine = {
    StartAt: "Gate",
    States: {
      Gate: {
        Type: "Task",
        Resource: "arn:aws:states:::lambda:invoke.waitForTaskToken",
        Parameters: { FunctionName: "${open-gate}", Payload: { "run.$": "$.run", "token.$": "$$.Task.Token" } },
        Next: "Over",
      },
      Over: { Type: "Succeed" },
    },
  };
  let given = "";
  const gates = {
    "open-gate": async (payload: Readonly<Record<string, unknown>>) => {
      given = String(payload["token"]);
    },
  };
  const engine = new MachineEngine({ wave: machine, "way-back": machine }, gates, standingClock(NOW));
  engine.onReady = (name) => void engine.follow(name);
  engineContract(() => ({ engine, token: async () => given }));
});
