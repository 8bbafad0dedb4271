import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { FUNCTIONS, type FunctionEntry } from "#functions/manifest.ts";
import type { Invoked } from "#local/edge/invoke-function.ts";
import { ArmedLies, type Lies } from "#local/edge/lies/armed.ts";
import { liesControl } from "#local/edge/lies/control.ts";
import { AnswerLost, calledBy, lyingCall } from "#local/edge/lies/lying-calls.ts";
import { lyingDeliveries } from "#local/edge/lies/lying-deliveries.ts";
import { jsonReply, type Reply } from "#local/edge/reply.ts";

const entryOf = (name: string): FunctionEntry => {
  const found = FUNCTIONS.find((one) => one.name === name);
  if (found === undefined) throw new Error(`no function ${name}`);
  return found;
};
const step = entryOf("steps-start");
const done: Invoked = { requestId: "r", kind: "result", value: { outcome: "superseded" } };

const edge = () => {
  const lies = new ArmedLies();
  const ended = new AbortController();
  const delivered: string[] = [];
  const deliveries = lyingDeliveries(
    lies,
    async ({ name }, event) => {
      delivered.push(`${name} ${JSON.stringify(event)}`);
      return done;
    },
    ended.signal,
  );
  const control = liesControl(lies, deliveries);
  const ask = async (method: string, path: string, body: unknown): Promise<Reply | undefined> =>
    control(method, path, Buffer.from(typeof body === "string" ? body : JSON.stringify(body)));
  return { lies, deliveries, delivered, ended, ask, arm: (armed: Lies) => ask("POST", "/_edge/lies", armed) };
};
const json = (reply: Reply | undefined): unknown => JSON.parse(reply?.body.toString() ?? "null");

describe("deliveries", () => {
  it("are true until armed; then come as often as armed, to the functions that are named, and are told of", async () => {
    const { deliveries, delivered, arm, ask } = edge();
    await deliveries.invoke(step, { n: 1 });
    expect(delivered).toHaveLength(1);
    await arm({ deliveries: { functions: ["steps-start"], copies: 4, withinMilliseconds: 5 } });
    expect(await deliveries.invoke(step, { n: 2 })).toBe(done);
    await deliveries.invoke(entryOf("steps-seal"), { n: 3 });
    await expect.poll(() => delivered.filter((one) => one === 'steps-start {"n":2}')).toHaveLength(5);
    expect(delivered.filter((one) => one.includes('"n":3'))).toHaveLength(1);
    await expect
      .poll(async () => json(await ask("GET", "/_edge/lies", "")))
      .toEqual({ "steps-start": { superseded: 4 } });
  });

  it("come once more when asked for, each that ever came to these functions, reads excepted", async () => {
    const { deliveries, delivered, ask } = edge();
    for (const n of [1, 1, 2]) await deliveries.invoke(step, { n });
    await deliveries.invoke(entryOf("http-read-wave"), {});
    delivered.length = 0;
    const functions = ["steps-start", "http-read-wave"];
    expect(json(await ask("POST", "/_edge/lies/replay", { functions }))).toEqual({ "steps-start": { superseded: 2 } });
    expect(delivered.toSorted()).toEqual(['steps-start {"n":1}', 'steps-start {"n":2}']);
  });

  it("of one function for one wave go to another host as long as they are diverted, steps and commands alike", async () => {
    const { deliveries, delivered, arm } = edge();
    const divert = { hostUrl: "http://127.0.0.1:9", wave: "orders", timesOutAfterMilliseconds: 0 };
    const command = entryOf("http-thaw-wave");
    for (const [entry, event] of [
      [step, { wave: "orders" }],
      [command, { pathParameters: { wave: "orders" } }],
    ] as const) {
      await arm({ divert: { ...divert, function: entry.name } });
      delivered.length = 0;
      for (let n = 0; n < 2; n++) expect((await deliveries.invoke(entry, event)).kind).not.toBe("result");
      await deliveries.invoke(entry, { wave: "others" });
      await deliveries.invoke(entryOf("steps-seal"), event);
      expect(delivered).toHaveLength(2);
      await arm({ divert: null });
      expect(await deliveries.invoke(entry, event)).toBe(done);
    }
  });

  it("leave nothing behind at the end", async () => {
    const { deliveries, delivered, arm, ended } = edge();
    await arm({ deliveries: { functions: ["steps-start"], copies: 3, withinMilliseconds: 600_000 } });
    await deliveries.invoke(step, {});
    ended.abort();
    await sleep(5);
    expect(delivered).toHaveLength(1);
  });
});

const called = (target: string, body = "") =>
  ({ method: "POST", path: "/", headers: { "x-amz-target": target }, body: Buffer.from(body) }) as const;
const PUT = called("AmazonSSM.PutParameter");

describe("calls", () => {
  it.each([
    [called("DynamoDB_20120810.GetItem"), { service: "dynamodb", operation: "GetItem" }],
    [called("AWSStepFunctions.StartExecution"), { service: "states", operation: "StartExecution" }],
    [called("AmazonEC2ContainerServiceV20141113.ListTasks"), { service: "ecs", operation: "ListTasks" }],
    [
      { ...called(""), path: "/schedules/one" },
      { service: "scheduler", operation: "CreateSchedule" },
    ],
    [
      { ...called("", "Action=Publish&Message=m"), headers: { "content-type": "application/x-www-form-urlencoded" } },
      { service: "sns", operation: "Publish" },
    ],
    [called("secretsmanager.GetSecretValue"), undefined],
  ])("%j is known for what it is", (passed, known) => {
    expect(calledBy(passed)).toEqual(known);
  });

  const answered = async (calls: Lies["calls"]) => {
    const { lies, arm } = edge();
    await arm({ calls });
    let count = 0;
    const answer = async (): Promise<Reply> => {
      count += 1;
      return jsonReply(200, {});
    };
    const reply = await lyingCall(lies, PUT, answer).catch((error: unknown) => error);
    return { reply, count: () => count };
  };

  it("are refused without a deed, slow, or done and lost, as armed", async () => {
    const of = { service: "ssm", share: 1 } as const;
    const refused = await answered([{ ...of, lie: { kind: "refused", error: "ThrottlingException", status: 400 } }]);
    expect(refused.reply).toMatchObject({ status: 400, headers: { "x-amzn-errortype": "ThrottlingException" } });
    expect(refused.count()).toBe(0);
    const begun = performance.now();
    expect((await answered([{ ...of, lie: { kind: "slow", milliseconds: 30 } }])).reply).toMatchObject({ status: 200 });
    expect(performance.now() - begun).toBeGreaterThanOrEqual(29);
    const lost = await answered([{ ...of, lie: { kind: "done-then-lost" } }]);
    expect(lost.reply).toBeInstanceOf(AnswerLost);
    expect(lost.count()).toBe(1);
    const again = await answered([{ ...of, lie: { kind: "done-again", milliseconds: 1 } }]);
    expect(again.reply).toMatchObject({ status: 200 });
    await expect.poll(again.count).toBe(2);
  });

  it("of other services and operations are answered truly", async () => {
    const lie = { kind: "refused", error: "E", status: 400 } as const;
    for (const calls of [
      [{ service: "sns", share: 1, lie }],
      [{ service: "ssm", operations: ["GetParameter"], share: 1, lie }],
    ])
      expect((await answered(calls as Lies["calls"])).reply).toMatchObject({ status: 200 });
  });
});

describe("the control route", () => {
  it("names what it does not understand, and changes nothing then", async () => {
    const { ask, arm, deliveries, delivered } = edge();
    await arm({ deliveries: { functions: ["steps-start"], copies: 1, withinMilliseconds: 0 } });
    const wrong = await ask("POST", "/_edge/lies", { deliveries: { functions: ["steps-start"], copies: 99 } });
    expect(wrong?.status).toBe(400);
    expect(json(wrong)).toMatchObject({ message: expect.stringMatching(/copies/) });
    expect((await ask("POST", "/_edge/lies", "{"))?.status).toBe(400);
    expect((await ask("POST", "/_edge/lies/replay", {}))?.status).toBe(400);
    expect(await ask("GET", "/", "")).toBeUndefined();
    await deliveries.invoke(step, {});
    await expect.poll(() => delivered).toHaveLength(2);
  });
});
