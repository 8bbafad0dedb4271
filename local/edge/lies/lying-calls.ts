import { setTimeout as sleep } from "node:timers/promises";
import { logLine, messageOf } from "../../host/log-line.ts";
import type { Passed } from "../proxy.ts";
import { jsonReply, type Reply } from "../reply.ts";
import type { ArmedLies, LiedAbout } from "./armed.ts";

const SERVICES: readonly (readonly [RegExp, LiedAbout])[] = [
  [/^DynamoDB_\d+$/, "dynamodb"],
  [/^AmazonEC2ContainerService/, "ecs"],
  [/^AmazonSSM$/, "ssm"],
  [/^AWSStepFunctions$/, "states"],
];

/** Which service is called for what; undefined for those that nothing is told about. */
export function calledBy({
  method,
  path,
  headers,
  body,
}: Passed): { service: LiedAbout; operation: string } | undefined {
  const [prefix = "", operation = ""] = ([headers["x-amz-target"]].flat()[0] ?? "").split(".");
  const service = SERVICES.find(([pattern]) => pattern.test(prefix))?.[1];
  if (service !== undefined) return { service, operation };
  if (/^\/schedules(?:\/|\?|$)/.test(path))
    return { service: "scheduler", operation: `${VERBS[method] ?? method}Schedule` };
  const action = /(?:^|&)Action=(\w+)/.exec(isForm(headers) ? body.toString() : "")?.[1];
  return action === "Publish" ? { service: "sns", operation: action } : undefined;
}

const VERBS: Readonly<Record<string, string>> = { POST: "Create", PUT: "Update", DELETE: "Delete", GET: "Get" };

const isForm = (headers: Passed["headers"]): boolean =>
  headers["content-type"]?.startsWith("application/x-www-form-urlencoded") === true;

/** The answer was lost on its way: the caller's connection is to be broken. */
export class AnswerLost extends Error {
  override readonly name = "AnswerLost";
}

/** A call of an SDK client, as true as it is armed to be. Throws `AnswerLost` where it was done and nobody may hear of it. */
export async function lyingCall(lies: ArmedLies, passed: Passed, answer: () => Promise<Reply>): Promise<Reply> {
  const called = calledBy(passed);
  const lie = called === undefined ? undefined : lies.aboutCall(called.service, called.operation);
  switch (lie?.kind) {
    case undefined:
      return answer();
    case "refused":
      return jsonReply(
        lie.status,
        { __type: lie.error, message: "the edge was armed to refuse this call" },
        { "x-amzn-errortype": lie.error },
      );
    case "slow":
      await sleep(lie.milliseconds);
      return answer();
    case "done-then-lost":
      await answer();
      throw new AnswerLost();
    case "done-again": {
      const first = await answer();
      void sleep(lie.milliseconds)
        .then(answer)
        .catch((error: unknown) => logLine({ event: "call-not-repeated", reason: messageOf(error) }));
      return first;
    }
  }
}
