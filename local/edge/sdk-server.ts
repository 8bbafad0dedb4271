import { createServer, type IncomingMessage, type Server } from "node:http";
import { logLine, messageOf } from "../host/log-line.ts";
import { BodyTooLarge, readBody } from "../host/read-body.ts";
import type { Ecs } from "./ecs/start-ecs.ts";
import { backendHealth } from "./health.ts";
import { invokedFunction, type LambdaApi } from "./lambda-api.ts";
import type { ArmedLies } from "./lies/armed.ts";
import type { LiesControl } from "./lies/control.ts";
import { AnswerLost, lyingCall } from "./lies/lying-calls.ts";
import { answerMsk } from "./msk.ts";
import { type Passed, passOn } from "./proxy.ts";
import { jsonReply, type Reply, sendReply } from "./reply.ts";

const BODY_LIMIT_BYTES = 20 * 1024 * 1024;

/**
 * The port that `AWS_ENDPOINT_URL` names: Lambda's Invoke and the tasks and services of ECS are answered here,
 * what MSK says of clusters too; DynamoDB and its streams by DynamoDB Local, all else by moto.
 * Besides: `GET /health` (200, or 503 when a backend is silent) and `POST /_edge/stop-tasks` → `{ "stopped": [ARN] }`.
 */
export function sdkServer(o: {
  readonly lambda: LambdaApi;
  readonly ecs: Ecs;
  readonly motoUrl: URL;
  readonly dynamodbUrl: URL;
  readonly hostUrl: URL;
  /** The clusters that this machine has for MSK; none without it. */
  readonly mskClustersFile?: string;
  /** Only where tests are to be lied to: without it every call is answered as it is. */
  readonly lying?: { readonly lies: ArmedLies; readonly control: LiesControl; readonly ssmUrl: URL };
}): Server {
  const backendOf = (target: string): URL => {
    if (/^DynamoDB(?:Streams)?_\d+\./.test(target)) return o.dynamodbUrl;
    return o.lying !== undefined && target.startsWith("AmazonSSM.") ? o.lying.ssmUrl : o.motoUrl;
  };
  const called = async (passed: Passed): Promise<Reply> => {
    const { method, path, headers, body } = passed;
    const target = [headers["x-amz-target"]].flat()[0] ?? "";
    return (
      (await o.ecs.answer(target, body)) ??
      (await answerMsk(o.mskClustersFile, method, path)) ??
      passOn(backendOf(target), passed)
    );
  };
  const answer = async (request: IncomingMessage): Promise<Reply> => {
    const path = request.url ?? "/";
    const method = request.method ?? "GET";
    if (method === "GET" && path === "/health") {
      const backends = await backendHealth({
        moto: new URL("/moto-api/data.json", o.motoUrl),
        dynamodb: o.dynamodbUrl,
        host: new URL("/health", o.hostUrl),
      });
      const isWhole = Object.values(backends).every(Boolean);
      return jsonReply(isWhole ? 200 : 503, { status: isWhole ? "ok" : "degraded", backends });
    }
    if (method === "POST" && path === "/_edge/stop-tasks") return jsonReply(200, { stopped: await o.ecs.stopTasks() });

    const body = await readBody(request, BODY_LIMIT_BYTES);
    const name = method === "POST" ? invokedFunction(path) : undefined;
    if (name !== undefined) return o.lambda(name, request.headers, body);
    const passed = { method, path, headers: request.headers, body };
    if (o.lying === undefined) return called(passed);
    return (await o.lying.control(method, path, body)) ?? lyingCall(o.lying.lies, passed, () => called(passed));
  };

  return createServer((request, response) => {
    answer(request)
      .catch((thrown: unknown) => {
        const what = request.headers["x-amz-target"]?.toString() ?? request.url ?? "";
        if (thrown instanceof AnswerLost) return undefined;
        if (thrown instanceof BodyTooLarge)
          return jsonReply(413, { __type: "RequestTooLarge", message: thrown.message });
        logLine({ event: "call-failed", what, reason: messageOf(thrown) });
        return jsonReply(500, { __type: "InternalFailure", message: messageOf(thrown) });
      })
      .then((reply) => {
        if (reply === undefined) response.destroy();
        else sendReply(response, reply);
      })
      .catch((thrown: unknown) => {
        logLine({ event: "answer-not-sent", reason: messageOf(thrown) });
        response.destroy();
      });
  });
}
