import { writeFile } from "node:fs/promises";
import { request } from "node:http";
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import {
  CreateStateMachineCommand,
  DescribeExecutionCommand,
  SendTaskSuccessCommand,
  SFNClient,
  StartExecutionCommand,
} from "@aws-sdk/client-sfn";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import type { Child } from "#local/processes/child.ts";
import { type TestHome, TOKENS, testHome, until } from "../fixtures/start-edge.ts";

let home: TestHome;
let host: Child;
let lambda: LambdaClient;

beforeAll(async () => {
  home = await testHome();
  host = await home.startHost();
  await home.startEdge({ SLUICE_TICK_SECONDS: "0.2" });
  lambda = new LambdaClient(home.client);
});
afterAll(async () => {
  await home?.end();
});

const invoke = async (name: string, event: unknown = {}) => {
  const answer = await lambda.send(new InvokeCommand({ FunctionName: name, Payload: JSON.stringify(event) }));
  const payload: unknown = JSON.parse(answer.Payload?.transformToString() ?? "null");
  return { functionError: answer.FunctionError, requestId: answer.$metadata.requestId, payload };
};

describe("Invoke through the SDK", () => {
  test("runs the handler with the event and a context, by name and by ARN", async () => {
    const byName = await invoke("echo", { a: 1 });
    expect(byName).toMatchObject({ functionError: undefined, payload: { event: { a: 1 }, functionName: "echo" } });
    const { remainingMillis, awsRequestId } = z
      .object({ remainingMillis: z.number(), awsRequestId: z.string() })
      .parse(byName.payload);
    expect(remainingMillis).toBeGreaterThan(3000);
    expect(remainingMillis).toBeLessThanOrEqual(5000);
    expect(awsRequestId).toBe(byName.requestId);
    const byArn = await invoke("arn:aws:lambda:eu-west-1:123456789012:function:echo:$LATEST", { b: 2 });
    expect(byArn.payload).toMatchObject({ event: { b: 2 } });
  });

  test("tells an error by its name, and a function that is not there by Lambda's", async () => {
    expect(await invoke("fail")).toMatchObject({
      functionError: "Unhandled",
      payload: { errorType: "RetryableFault", errorMessage: "the broker is away" },
    });
    expect(await invoke("missing")).toMatchObject({
      functionError: "Unhandled",
      payload: { errorType: "Runtime.ImportModuleError" },
    });
    await expect(invoke("nobody")).rejects.toMatchObject({ name: "ResourceNotFoundException" });
  });

  test("ends at the function's time-out, and a rejection nobody hears fails its own invocation only", async () => {
    const [slow, stray, echo] = await Promise.all([invoke("slow"), invoke("stray"), invoke("echo")]);
    expect(slow.payload).toMatchObject({
      errorType: "Sandbox.Timedout",
      errorMessage: expect.stringMatching(/^RequestId: \S+ Error: Task timed out after 0\.50 seconds$/),
    });
    expect(stray.payload).toMatchObject({
      errorType: "Runtime.UnhandledPromiseRejection",
      errorMessage: "nobody listens",
    });
    expect(echo.functionError).toBeUndefined();
    await expect(host.isAlive()).resolves.toBe(true);
  });

  test("an asynchronous event is accepted at once and tried three times", async () => {
    const before = (await home.lines("fail")).length;
    const answer = await lambda.send(
      new InvokeCommand({ FunctionName: "fail", InvocationType: "Event", Payload: "{}" }),
    );
    expect(answer.StatusCode).toBe(202);
    await until(
      () => home.lines("fail"),
      (lines) => lines.length === before + 3,
    );
    await new Promise((resolve) => setTimeout(resolve, 1500));
    expect(await home.lines("fail")).toHaveLength(before + 3);
  });

  test("a host killed in the middle is Runtime.ExitError; the next invocation waits for the new host", async () => {
    const hanging = invoke("hang");
    await until(
      () => home.lines("hang"),
      (lines) => lines.length === 1,
    );
    await host.kill("SIGKILL");
    expect(await hanging).toMatchObject({
      functionError: "Unhandled",
      payload: {
        errorType: "Runtime.ExitError",
        errorMessage: expect.stringMatching(/^RequestId: \S+ Error: Runtime exited with error: signal: killed$/),
      },
    });
    const waiting = invoke("echo", { after: "restart" });
    await new Promise((resolve) => setTimeout(resolve, 500));
    host = await home.startHost();
    expect((await waiting).payload).toMatchObject({ event: { after: "restart" } });
  });
});

test("a state machine in moto calls a function through the edge and waits for its token; errors are caught by name", async () => {
  const sfn = new SFNClient(home.client);
  const invocation = (resource: string, name: string, payload: object) => ({
    Type: "Task",
    Resource: `arn:aws:states:::${resource}`,
    Parameters: { FunctionName: `arn:aws:lambda:eu-west-1:123456789012:function:${name}`, Payload: payload },
  });
  const { stateMachineArn } = await sfn.send(
    new CreateStateMachineCommand({
      name: "asks",
      roleArn: "arn:aws:iam::123456789012:role/machine",
      definition: JSON.stringify({
        StartAt: "Ask",
        States: {
          Ask: {
            ...invocation("lambda:invoke.waitForTaskToken", "ask", { "token.$": "$$.Task.Token" }),
            ResultPath: "$.answer",
            Next: "Fail",
          },
          Fail: {
            ...invocation("lambda:invoke", "fail", {}),
            Catch: [{ ErrorEquals: ["RetryableFault"], ResultPath: "$.caught", Next: "Done" }],
            Next: "Never",
          },
          Never: { Type: "Fail" },
          Done: { Type: "Succeed" },
        },
      }),
    }),
  );
  const { executionArn } = await sfn.send(new StartExecutionCommand({ stateMachineArn, name: "one", input: "{}" }));
  const [taskToken] = await until(
    () => home.lines("tokens"),
    (lines) => lines.length === 1,
  );
  const describeIt = () => sfn.send(new DescribeExecutionCommand({ executionArn }));
  expect((await describeIt()).status).toBe("RUNNING");
  await sfn.send(new SendTaskSuccessCommand({ taskToken, output: '{"approved":true}' }));
  const { status, output } = await until(describeIt, (execution) => execution.status !== "RUNNING");
  expect(status).toBe("SUCCEEDED");
  expect(JSON.parse(output ?? "null")).toMatchObject({
    answer: { approved: true },
    caught: { Error: "RetryableFault" },
  });
});

describe("the HTTP API", () => {
  const call = (path: string, token: string | undefined, init: RequestInit = {}) =>
    fetch(`${home.httpUrl}${path}`, {
      ...init,
      headers: { ...(token === undefined ? {} : { authorization: `Bearer ${token}` }), ...(init.headers ?? {}) },
    });

  test("hands over API Gateway's payload 2.0 with the token's person", async () => {
    const answer = await call("/things/a%20b?x=1&x=2&y=%C3%A9", "token-of-anna", {
      headers: { Cookie: "c=1; d=2", "X-Mixed": "Case" },
    });
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({
      event: {
        version: "2.0",
        routeKey: "GET /things/{thing}",
        rawPath: "/things/a%20b",
        rawQueryString: "x=1&x=2&y=%C3%A9",
        pathParameters: { thing: "a b" },
        queryStringParameters: { x: "1,2", y: "é" },
        cookies: ["c=1", "d=2"],
        headers: { "x-mixed": "Case" },
        isBase64Encoded: false,
        requestContext: {
          http: { method: "GET", path: "/things/a%20b" },
          requestId: answer.headers.get("apigw-requestid"),
          authorizer: { jwt: { claims: { sub: "anna" } } },
        },
      },
    });
  });

  test("passes text as it is and bytes as base64, and gives the handler's answer", async () => {
    const sent = { method: "POST", body: '{"a":"é"}', headers: { "content-type": "application/json; charset=utf-8" } };
    const text = await call("/things", "token-of-ben", sent);
    expect(text.status).toBe(201);
    expect([text.headers.get("x-made"), text.headers.getSetCookie()]).toEqual(["1", ["a=1", "b=2"]]);
    expect(await text.json()).toMatchObject({ event: { body: '{"a":"é"}', isBase64Encoded: false } });
    const bytes = await call("/things", "token-of-ben", { method: "POST", body: new Uint8Array([0, 255]) });
    expect(await bytes.json()).toMatchObject({ event: { body: "AP8=", isBase64Encoded: true } });
  });

  test("refuses unknown routes, other methods, strangers and too much, as problem+json that echoes no token", async () => {
    const refusals = [
      [404, await call("/nothing", "token-of-anna")],
      [405, await call("/things/a", "token-of-anna", { method: "POST" })],
      [400, await call("/things/%E0%A4%A", "token-of-anna")],
      [401, await call("/things/a", undefined)],
      [401, await call("/things/a", "token-of-nobody")],
      [401, await call("/things/a", "__proto__")],
      [413, await call("/things", "token-of-anna", { method: "POST", body: Buffer.alloc(10 * 1024 * 1024 + 1) })],
    ] as const;
    for (const [status, answer] of refusals) {
      const text = await answer.text();
      expect([answer.status, answer.headers.get("content-type"), text]).toEqual([
        status,
        "application/problem+json",
        expect.not.stringContaining("token-of"),
      ]);
      expect(JSON.parse(text)).toMatchObject({ status });
    }
  });

  test("reads the tokens again when the file changed", async () => {
    expect((await call("/things/a", "token-of-carl")).status).toBe(401);
    await writeFile(home.tokensFile, JSON.stringify({ ...TOKENS, "token-of-carl": "carl" }));
    const answer = await call("/things/a", "token-of-carl");
    expect(await answer.json()).toMatchObject({
      event: { requestContext: { authorizer: { jwt: { claims: { sub: "carl" } } } } },
    });
    await writeFile(home.tokensFile, "not json, with token-of-carl in it");
    const broken = await call("/things/a", "token-of-carl");
    expect([broken.status, await broken.text()]).toEqual([500, expect.not.stringContaining("token-of")]);
    await writeFile(home.tokensFile, JSON.stringify(TOKENS));
    expect((await call("/things/a", "token-of-carl")).status).toBe(401);
  });
});

test("the timer runs again and again, and never twice at once", async () => {
  const lines = await until(
    () => home.lines("ticks"),
    (all) => all.filter((line) => line === "ended").length >= 3,
  );
  const complete = lines.slice(lines.findIndex((line) => line !== "ended"));
  const pairs = complete.slice(0, 4).map((line) => (line === "ended" ? line : JSON.parse(line).source));
  expect(pairs).toEqual(["aws.scheduler", "ended", "aws.scheduler", "ended"]);
});

test("health names the backends; a client that goes away harms nobody", async () => {
  const before = (await home.lines("hang")).length;
  const left = request(`${home.httpUrl}/hang`, { method: "POST", headers: { authorization: "Bearer token-of-anna" } });
  const gone = new Promise((resolve) => left.once("error", resolve));
  left.end();
  await until(
    () => home.lines("hang"),
    (lines) => lines.length > before,
  );
  left.destroy(new Error("left"));
  await gone;
  const health = await fetch(`${home.edgeUrl}/health`);
  expect(await health.json()).toEqual({ status: "ok", backends: { moto: true, dynamodb: true, host: true } });
});
