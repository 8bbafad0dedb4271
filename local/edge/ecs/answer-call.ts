import { z } from "zod";
import { jsonReply, type Reply } from "../reply.ts";
import { EcsError } from "./ecs-error.ts";
import { inputs } from "./inputs.ts";

const TARGET = /^AmazonEC2ContainerServiceV20141113\.(\w+)$/;

/** The answer to an ECS call, by those of `actions` that there are; undefined for any other call. */
export function answerCall(
  actions: { readonly [Name in keyof typeof inputs]?: (input: never) => Promise<object> },
  target: string,
  body: Buffer,
): Promise<Reply> | undefined {
  const name = TARGET.exec(target)?.[1];
  if (name === undefined || !Object.hasOwn(inputs, name)) return undefined;
  const known = name as keyof typeof inputs;
  // The schema of this name makes the input of this name, which the compiler cannot see through the index.
  const action = actions[known] as ((input: unknown) => Promise<object>) | undefined;
  return action === undefined ? undefined : answer(inputs[known], action, body);
}

async function answer(schema: z.ZodType, action: (input: unknown) => Promise<object>, body: Buffer): Promise<Reply> {
  const parsed = schema.safeParse(JSON.parse(body.toString() || "{}"));
  if (!parsed.success) return refusal("InvalidParameterException", z.prettifyError(parsed.error));
  try {
    return jsonReply(200, await action(parsed.data));
  } catch (error) {
    if (error instanceof EcsError) return refusal(error.name, error.message);
    throw error;
  }
}

const refusal = (name: string, message: string): Reply =>
  jsonReply(400, { __type: name, message }, { "content-type": "application/x-amz-json-1.1" });
