import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { LambdaClient } from "@aws-sdk/client-lambda";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { lambdaCommandWorker } from "#adapters/lambda/command-worker.ts";
import { OperatorFault, RetryableFault } from "#core/fault.ts";
import { CLIENT } from "#functions/wire.ts";

/** Lambda's Invoke, by whatever a test has it answer. */
let answer: (response: ServerResponse) => void;
const asked: { readonly path: string; readonly headers: IncomingHttpHeaders; readonly body: string }[] = [];
const server = createServer((request, response) => {
  const parts: Buffer[] = [];
  request.on("data", (part: Buffer) => parts.push(part));
  request.on("end", () => {
    asked.push({ path: request.url ?? "", headers: request.headers, body: Buffer.concat(parts).toString() });
    answer(response);
  });
});
beforeAll(() => new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve)));
beforeEach(() => asked.splice(0));
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const worker = () =>
  lambdaCommandWorker({
    client: new LambdaClient({
      endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      region: "eu-west-1",
      credentials: { accessKeyId: "a", secretAccessKey: "b" },
      maxAttempts: 1,
      requestHandler: { ...CLIENT.requestHandler, requestTimeout: 300 },
    }),
    functionName: "arn:aws:lambda:eu-west-1:123456789012:function:sluice-production-commands-thaw-wave",
  });
const order = { migration: "shop", wave: "payments" };
const done = () => worker()("thaw of wave payments", order);
const failing = async (): Promise<Error> => {
  try {
    await done();
  } catch (error) {
    if (error instanceof Error) return error;
  }
  throw new Error("it did not fail");
};
const answering = (status: number, headers: Readonly<Record<string, string>>, body: unknown): void => {
  answer = (response) =>
    response.writeHead(status, { "x-amzn-requestid": "request-7", ...headers }).end(JSON.stringify(body));
};
const unhandled = (error: Readonly<Record<string, string>>) =>
  answering(200, { "x-amz-function-error": "Unhandled" }, error);

const AGAIN = "look at the wave, or send the command again: under the same Idempotency-Key it is done once";
const ENDED = `; what it did holds, and the timer goes on with it: ${AGAIN}. The log of sluice-production-commands-thaw-wave tells more under request request-7`;

describe("a command that another function does", () => {
  it("is invoked and waited for, and its answer is that function's", async () => {
    answering(200, {}, { statusCode: 200, body: "{}" });
    expect(await done()).toEqual({ statusCode: 200, body: "{}" });
    expect(asked).toHaveLength(1);
    expect(asked[0]).toMatchObject({
      path: expect.stringMatching(/commands-thaw-wave\/invocations$/),
      body: JSON.stringify(order),
    });
    expect(asked[0]?.headers["x-amz-invocation-type"] ?? "RequestResponse").toBe("RequestResponse");
  });

  it("and was cut off is told with how long it may take, and that it goes on", async () => {
    unhandled({
      errorType: "Sandbox.Timedout",
      errorMessage: "RequestId: r Error: Task timed out after 20.00 seconds",
    });
    expect(await failing()).toMatchObject({
      name: "RetryableFault",
      message: `thaw of wave payments was cut off after 20 s, all the time it may take${ENDED}`,
    });
  });

  it("and ended midway is told by the runtime's name for it, and nothing of the inside", async () => {
    unhandled({ errorType: "Runtime.ExitError", errorMessage: "hunter2" });
    expect((await failing()).message).toBe(
      `thaw of wave payments ended before it could answer (Runtime.ExitError)${ENDED}`,
    );
    unhandled({});
    expect((await failing()).message).toContain("ended before it could answer (no reason is given)");
  });

  it.each([
    [429, "TooManyRequestsException", "Rate Exceeded."],
    [409, "ResourceConflictException", "The function is currently in the following state: Pending"],
    [502, "ResourceNotReadyException", "not ready"],
    [502, "SubnetIPAddressLimitReachedException", "no address"],
    [502, "EC2ThrottledException", "later"],
    [502, "ENILimitReachedException", "too many"],
  ])(
    "and was not taken (%i %s) is told not to have begun, and is not asked for twice",
    async (status, name, message) => {
      answering(status, { "x-amzn-errortype": name }, { message });
      const fault = await failing();
      expect(fault).toBeInstanceOf(RetryableFault);
      expect(fault.message).toBe(
        `thaw of wave payments has not begun, and nothing was changed (${name}: ${message}): send the command again`,
      );
      expect(asked).toHaveLength(1);
    },
  );

  it.each<[string, (response: ServerResponse) => void]>([
    ["silence", () => undefined],
    ["a broken connection", (response) => response.destroy()],
    ["a failure of Lambda's own", (response) => response.writeHead(500).end("{}")],
  ])("and is answered with %s may be going on: that is told, and it is not asked for twice", async (_what, how) => {
    answer = how;
    const fault = await failing();
    expect(fault).toBeInstanceOf(RetryableFault);
    expect(fault.message).toMatch(
      /^no answer came, and it may be going on \(thaw of wave payments: .+\): look at the wave/,
    );
    expect(fault.message).toContain(AGAIN);
    expect(asked).toHaveLength(1);
  });

  it("and may not be invoked is a person's to cure", async () => {
    answering(403, { "x-amzn-errortype": "AccessDeniedException" }, { message: "not authorized" });
    const fault = await failing();
    expect(fault).toBeInstanceOf(OperatorFault);
    expect(fault.message).toMatch(/^thaw of wave payments was refused .*correct its policy/);
  });

  it("carries the trace of whoever asked on", async () => {
    answering(200, {}, {});
    process.env["AWS_LAMBDA_FUNCTION_NAME"] = "http-thaw-wave";
    process.env["_X_AMZN_TRACE_ID"] = "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1";
    try {
      await done();
    } finally {
      delete process.env["AWS_LAMBDA_FUNCTION_NAME"];
      delete process.env["_X_AMZN_TRACE_ID"];
    }
    expect(asked[0]?.headers["x-amzn-trace-id"]).toBe("Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1");
  });
});
