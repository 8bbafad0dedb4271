import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { CreateStateMachineCommand, DescribeExecutionCommand, SFNClient } from "@aws-sdk/client-sfn";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { stepFunctionsEngine } from "#adapters/sfn/engine.ts";
import { type Moto, startMoto } from "#local/processes/start-moto.ts";
import { engineContract } from "./engine.contract.ts";

const REGION = "eu-west-1";
const LAMBDA = `arn:aws:lambda:${REGION}:123456789012:function:open-gate`;
/** One task that waits for its token, then an end. */
const definition = JSON.stringify({
  StartAt: "Gate",
  States: {
    Gate: {
      Type: "Task",
      Resource: "arn:aws:states:::lambda:invoke.waitForTaskToken",
      Parameters: { FunctionName: LAMBDA, Payload: { "token.$": "$$.Task.Token", "input.$": "$" } },
      End: true,
    },
  },
});

let directory: string;
let lambda: Server;
let moto: Moto | undefined;
let client: SFNClient;
let stateMachineArn: string;
const invocations: { token: string; input: unknown }[] = [];

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "sluice-sfn-"));
  lambda = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk) => {
      body += chunk;
    });
    request.on("end", () => {
      invocations.push(JSON.parse(body) as { token: string; input: unknown });
      response.end("{}");
    });
  });
  await new Promise<void>((resolve) => lambda.listen(0, "127.0.0.1", resolve));
  const address = lambda.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  moto = await startMoto({ name: "moto-control", directory, region: REGION, edgePort: address.port });
  client = new SFNClient({
    region: REGION,
    endpoint: moto.url,
    credentials: { accessKeyId: "local", secretAccessKey: "local" },
  });
  const machine = await client.send(
    new CreateStateMachineCommand({ name: "wave", definition, roleArn: "arn:aws:iam::123456789012:role/wave" }),
  );
  stateMachineArn = machine.stateMachineArn ?? "";
});
afterAll(async () => {
  client?.destroy();
  await moto?.process.stop();
  lambda?.close();
  await rm(directory, { recursive: true, force: true });
});

const until = async <T>(probe: () => Promise<T | undefined> | T | undefined): Promise<T> => {
  for (let i = 0; i < 200; i++) {
    const found = await probe();
    if (found !== undefined) return found;
    await wait(50);
  }
  throw new Error("did not happen within 10 s");
};

describe("the engine on Step Functions", () => {
  engineContract(() => ({
    engine: stepFunctionsEngine({ client, arns: { wave: stateMachineArn, "way-back": stateMachineArn } }),
    token: ({ wave }) => until(() => invocations.find(({ input }) => (input as { wave: string }).wave === wave)?.token),
  }));

  const runOf = (run: number) => ({ migration: "shop", wave: "payments", attempt: 1, run });

  it("starts one execution per run, which goes on with its token and is then over", async () => {
    const engine = stepFunctionsEngine({ client, arns: { wave: stateMachineArn, "way-back": stateMachineArn } });
    expect(await engine.isRunning(runOf(1), "wave")).toBe(false);
    await engine.start(runOf(1), "wave");
    await engine.start(runOf(1), "wave");
    expect(await engine.isRunning(runOf(1), "wave")).toBe(true);
    const isOurs = ({ input }: { readonly input: unknown }) => (input as { wave: string }).wave === "payments";
    const { token, input } = await until(() => invocations.find(isOurs));
    expect(input).toEqual({ migration: "shop", wave: "payments", attempt: 1, run: 1 });
    expect(await engine.sendToken(token, { passed: true, end: 7n })).toBe("accepted");
    await until(async () => ((await engine.isRunning(runOf(1), "wave")) ? undefined : true));
    const executionArn = `${stateMachineArn.replace(":stateMachine:", ":execution:")}:shop_payments_1_1`;
    const { status, output } = await client.send(new DescribeExecutionCommand({ executionArn }));
    expect(status).toBe("SUCCEEDED");
    expect(JSON.parse(output ?? "")).toEqual({ passed: true, end: "7" });
    expect(await engine.sendToken(token, { passed: true })).toBe("refused");
    await engine.start(runOf(1), "wave");
    expect(await engine.isRunning(runOf(1), "wave")).toBe(false);
    expect(invocations.filter(isOurs)).toHaveLength(1);
  });

  it("is refused for a token that nobody gave", async () => {
    expect(
      await stepFunctionsEngine({ client, arns: { wave: stateMachineArn, "way-back": stateMachineArn } }).sendToken(
        "made-up",
        {},
      ),
    ).toBe("refused");
  });

  it("names a state machine that does not exist", async () => {
    const missing = stateMachineArn.replace(/:wave$/, ":not-deployed");
    await expect(
      stepFunctionsEngine({ client, arns: { wave: stateMachineArn, "way-back": missing } }).start(runOf(2), "way-back"),
    ).rejects.toMatchObject({
      name: "OperatorFault",
      message: expect.stringContaining("not-deployed"),
    });
  });
});
