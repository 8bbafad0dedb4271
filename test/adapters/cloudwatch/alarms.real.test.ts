import { DescribeAlarmsCommand } from "@aws-sdk/client-cloudwatch";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { cloudWatchAlarms } from "#adapters/cloudwatch/alarms.ts";
import { alarmsContract } from "./alarms.contract.ts";
import { alarmClient, motoAlarms } from "./moto-alarms.ts";

let moto: Awaited<ReturnType<typeof motoAlarms>>;
beforeAll(async () => {
  moto = await motoAlarms();
});
afterAll(() => moto?.stop());

describe("alarms of CloudWatch", () => {
  alarmsContract(() => ({
    alarms: cloudWatchAlarms({ client: moto.client }),
    now: Date.now,
    turn: async (name, state, reason) => {
      await moto.put(name);
      await moto.turn(name, state, reason);
    },
  }));

  it("finds more than one request takes, each once", async () => {
    const names = Array.from({ length: 130 }, (_, i) => `many-${i}`);
    for (const name of names) await moto.put(name);
    const found = await cloudWatchAlarms({ client: moto.client }).describe([...names, ...names]);
    expect([...found.keys()].sort()).toEqual([...names].sort());
  });

  it("asks for nothing where no name is given", async () => {
    expect((await cloudWatchAlarms({ client: alarmClient("http://127.0.0.1:1") }).describe([])).size).toBe(0);
  });

  it("calls a service that does not answer a fault that passes, and names what was asked for", async () => {
    await expect(
      cloudWatchAlarms({ client: alarmClient("http://127.0.0.1:1") }).describe(["errors"]),
    ).rejects.toMatchObject({ name: "RetryableFault", message: expect.stringContaining("errors") });
  });

  // moto answers one page and no time of the transition: what AWS answers is put in its client's mouth.
  it("reads composite alarms and every page, asks for both kinds, and dates a state by its transition", async () => {
    const client = alarmClient(moto.url);
    const asked: unknown[] = [];
    client.middlewareStack.add(
      () => async (args) => {
        asked.push(args.input);
        const isFirst = asked.length === 1;
        const alarm = {
          AlarmName: isFirst ? "metric" : "composite",
          StateValue: "ALARM",
          StateReason: "r",
          StateUpdatedTimestamp: new Date(2000),
          StateTransitionedTimestamp: new Date(1000),
        };
        const output = isFirst ? { MetricAlarms: [alarm], NextToken: "t" } : { CompositeAlarms: [alarm] };
        return { output: { $metadata: {}, ...output }, response: {} };
      },
      { step: "initialize", priority: "high" },
    );
    const found = await cloudWatchAlarms({ client }).describe(["metric", "composite"]);
    expect([...found.values()].map(({ name, changedAt }) => [name, changedAt])).toEqual([
      ["metric", 1000],
      ["composite", 1000],
    ]);
    expect(asked).toMatchObject([
      new DescribeAlarmsCommand({
        AlarmNames: ["metric", "composite"],
        AlarmTypes: ["MetricAlarm", "CompositeAlarm"],
        MaxRecords: 100,
      }).input,
      { NextToken: "t" },
    ]);
  });
});
