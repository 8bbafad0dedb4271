import { createServer, type Server } from "node:http";
import { answerCall } from "../edge/ecs/answer-call.ts";
import { ecsReads } from "../edge/ecs/reads.ts";
import { EcsStore } from "../edge/ecs/store.ts";
import { jsonReply, type Reply, sendReply } from "../edge/reply.ts";
import { logLine, messageOf } from "../host/log-line.ts";
import { readBody } from "../host/read-body.ts";
import type { GuardSettings } from "./settings.ts";

const BODY_LIMIT_BYTES = 1024 * 1024;

/**
 * `GET /health`: 200 once the guard has looked at every wave. And ECS for the guard itself, from what the edge has written
 * down of its tasks: the workers outlive the edge, and a thaw must find them without it.
 */
export function guardServer(settings: GuardSettings, hasLooked: () => boolean): Server {
  const answer = async (target: string, body: Buffer): Promise<Reply> => {
    const store = await EcsStore.open(settings.stateDirectory);
    const reads = ecsReads({ store, naming: settings });
    return (
      (await answerCall(reads, target, body)) ??
      jsonReply(400, { __type: "UnsupportedOperationException", message: `the guard does not answer ${target}` })
    );
  };
  return createServer((request, response) => {
    const isHealth = request.method === "GET" && request.url === "/health";
    const replied = isHealth
      ? Promise.resolve(jsonReply(hasLooked() ? 200 : 503, { hasLooked: hasLooked() }))
      : readBody(request, BODY_LIMIT_BYTES).then((body) =>
          answer([request.headers["x-amz-target"]].flat()[0] ?? "", body),
        );
    replied
      .catch((thrown: unknown) => {
        logLine({ event: "call-failed", reason: messageOf(thrown) });
        return jsonReply(500, { __type: "InternalFailure", message: messageOf(thrown) });
      })
      .then((reply) => sendReply(response, reply))
      .catch(() => response.destroy());
  });
}
