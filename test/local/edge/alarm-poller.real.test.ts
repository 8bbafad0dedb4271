import { afterAll, beforeAll, expect, it } from "vitest";
import type { FunctionEntry } from "#functions/manifest.ts";
import { startAlarmPoller } from "#local/edge/alarm-poller.ts";
import { alarmClient, alarmSetter, motoAlarms } from "../../adapters/cloudwatch/moto-alarms.ts";
import { testHome, until } from "../fixtures/start-edge.ts";

let moto: Awaited<ReturnType<typeof motoAlarms>>;
beforeAll(async () => {
  moto = await motoAlarms();
});
afterAll(() => moto?.stop());

const entry = (name: string, kind: "alarm-event" | "function"): [string, FunctionEntry] => [
  name,
  { name, file: "x.ts", timeoutSeconds: 1, invokedBy: { kind } },
];
const polling = (client = moto.client) => {
  const accepted: { name: string; event: unknown }[] = [];
  const poller = startAlarmPoller({
    functions: new Map([entry("wakes", "alarm-event"), entry("else", "function")]),
    cloudwatch: client,
    events: { accept: ({ name }, event) => void accepted.push({ name, event }) },
    region: "eu-west-1",
    account: "123456789012",
    pollMillis: 50,
  });
  return { accepted, poller };
};
const looks = (count: number) => new Promise((resolve) => setTimeout(resolve, count * 100));

it("delivers each change of an alarm once, in EventBridge's shape, and nothing that stood before", async () => {
  await moto.put("standing");
  await moto.turn("standing", "ALARM", "for a week");
  await moto.put("errors");
  const { accepted, poller } = polling();
  try {
    await looks(5);
    expect(accepted).toEqual([]);
    await moto.turn("errors", "ALARM", "12 errors in a minute");
    await until(
      async () => accepted.length,
      (count) => count > 0,
    );
    await looks(5);
    expect(accepted).toEqual([
      {
        name: "wakes",
        event: {
          version: "0",
          id: expect.stringMatching(/^[\da-f-]{36}$/),
          "detail-type": "CloudWatch Alarm State Change",
          source: "aws.cloudwatch",
          account: "123456789012",
          time: expect.stringMatching(/^\d{4}-.*Z$/),
          region: "eu-west-1",
          resources: ["arn:aws:cloudwatch:eu-west-1:123456789012:alarm:errors"],
          detail: {
            alarmName: "errors",
            state: { value: "ALARM", reason: "12 errors in a minute", timestamp: expect.any(String) },
            previousState: { value: "OK", reason: expect.any(String), timestamp: expect.any(String) },
          },
        },
      },
    ]);
    await moto.turn("errors", "OK", "quiet");
    await moto.put("new");
    await moto.turn("new", "ALARM", "at once");
    const changed = await until(
      async () => accepted.slice(1).map(({ event }) => JSON.stringify(event)),
      (events) => events.some((event) => event.includes('"new"')) && events.some((event) => event.includes('"quiet"')),
    );
    expect(changed.length).toBeLessThanOrEqual(3);
  } finally {
    await poller.end();
  }
});

it("goes on when CloudWatch was away, and ends at once while it is", async () => {
  const { accepted, poller } = polling(alarmClient("http://127.0.0.1:1"));
  await looks(3);
  await poller.end();
  expect(accepted).toEqual([]);
});

it("reaches a function through the edge's own process", async () => {
  const home = await testHome();
  const client = alarmClient(home.moto.url);
  const { put, turn } = alarmSetter(client);
  try {
    await put("errors");
    await home.startHost();
    await home.startEdge();
    // The edge's first look may come after this turn: then it is no change, and the next turn is.
    const turned = async (): Promise<readonly string[]> => {
      await turn("errors", "ALARM", "12 errors");
      await looks(12);
      await turn("errors", "OK", "quiet");
      await looks(12);
      return home.lines("alarms");
    };
    const lines = await until(turned, (all) => all.some((line) => line.includes("12 errors")));
    expect(JSON.parse(lines[0] ?? "{}")).toMatchObject({ detail: { alarmName: "errors" } });
  } finally {
    client.destroy();
    await home.end();
  }
});
