/** Which AWS calls each function makes, told by the SDK itself: what its role must allow. Written only where it is asked for. */
import { appendFileSync } from "node:fs";
import { SFNClient } from "@aws-sdk/client-sfn";
import { invoked } from "./invoked.ts";

type Sender = { send: (this: { readonly config: { readonly serviceId: string } }, ...args: unknown[]) => unknown };
type Command = { readonly constructor: { readonly name: string }; readonly input: unknown };

/** From now on each call of any AWS client is a line `{ function, actions }` of the file; what it answers ends that. */
export function recordCalls(file: string): () => void {
  // The class that all clients of the SDK extend.
  const every = Object.getPrototypeOf(SFNClient.prototype) as Sender;
  const { send } = every;
  every.send = function (command, ...rest) {
    const actions = actionsOf(this.config.serviceId, command as Command);
    appendFileSync(file, `${JSON.stringify({ function: invoked()?.name ?? "unknown", actions })}\n`);
    return send.call(this, command, ...rest);
  };
  return () => {
    every.send = send;
  };
}

const PREFIXES: Readonly<Record<string, string>> = {
  CloudWatch: "cloudwatch",
  DynamoDB: "dynamodb",
  Kafka: "kafka",
  STS: "sts",
  ECS: "ecs",
  Lambda: "lambda",
  SFN: "states",
  SNS: "sns",
  SSM: "ssm",
  Scheduler: "scheduler",
  "Secrets Manager": "secretsmanager",
};

/** What IAM calls them. */
export function actionsOf(serviceId: string, command: Command): readonly string[] {
  const prefix = PREFIXES[serviceId];
  if (prefix === undefined)
    throw new Error(`recording a call of ${serviceId}: add how IAM calls it to local/host/recorded-calls.ts`);
  const operation = command.constructor.name.replace(/Command$/, "");
  if (operation.startsWith("TransactWrite"))
    return [...new Set(itemsOf(command.input).flatMap((item) => Object.keys(item)))].map(
      (kind) => `${prefix}:${kind === "ConditionCheck" ? "ConditionCheckItem" : `${kind}Item`}`,
    );
  return [`${prefix}:${RENAMED[`${prefix}:${operation}`] ?? operation}`];
}

const itemsOf = (input: unknown): readonly object[] =>
  (input as { readonly TransactItems?: readonly object[] }).TransactItems ?? [];

const RENAMED: Readonly<Record<string, string>> = {
  "lambda:Invoke": "InvokeFunction",
  "dynamodb:Get": "GetItem",
  "dynamodb:Put": "PutItem",
  "dynamodb:Update": "UpdateItem",
  "dynamodb:Delete": "DeleteItem",
};
