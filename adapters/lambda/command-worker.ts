import { InvokeCommand, type InvokeCommandOutput } from "@aws-sdk/client-lambda";
import { callAws } from "#adapters/aws/call-aws.ts";
import { RetryableFault } from "#core/fault.ts";
import * as z from "#core/schema.ts";
import type { LambdaFunction } from "./invoke-later.ts";

const AGAIN = "look at the wave, or send the command again: under the same Idempotency-Key it is done once";

/**
 * By synchronous invocation: the function's answer is waited for. Whoever gets none is told what is known of the command, which
 * `what` names.
 */
export const lambdaCommandWorker =
  ({ client, functionName }: LambdaFunction) =>
  async (what: string, order: Readonly<Record<string, unknown>>): Promise<unknown> => {
    const command = new InvokeCommand({ FunctionName: functionName, Payload: JSON.stringify(order) });
    const output = await callAws(what, () => client.send(command)).catch((error: unknown) => {
      throw withoutAnswer(what, error);
    });
    const text = output.Payload?.transformToString() ?? "";
    if (output.FunctionError === undefined) return JSON.parse(text);
    throw new RetryableFault(
      `${what} ${ending(text)}; what it did holds, and the timer goes on with it: ${AGAIN}${inLog(output, functionName)}`,
    );
  };

/** Lambda took no invocation: too many run, the function is made ready after weeks unused, or the VPC has no address left. */
const NOT_BEGUN =
  /^(TooManyRequests|ResourceConflict|ResourceNotReady|ENI|SubnetIPAddress|EC2|KMS|Invalid(Subnet|Security))/;

const withoutAnswer = (what: string, error: unknown): unknown => {
  const cause = error instanceof RetryableFault ? error.cause : error;
  if (cause instanceof Error && NOT_BEGUN.test(cause.name))
    return new RetryableFault(
      `${what} has not begun, and nothing was changed (${cause.name}: ${cause.message}): send the command again`,
      { cause },
    );
  if (error instanceof RetryableFault)
    return new RetryableFault(`no answer came, and it may be going on (${error.message}): ${AGAIN}`, { cause });
  return error;
};

const errorSchema = z.object({ errorType: z.optional(z.string()), errorMessage: z.optional(z.string()) });

/** Of what the runtime says only what it has words for: a thrown error's own may tell of the inside. */
const ending = (text: string): string => {
  const { errorType = "no reason is given", errorMessage = "" } = errorSchema.parse(JSON.parse(text));
  const seconds = /Task timed out after ([\d.]+) seconds/.exec(errorMessage)?.[1];
  return seconds === undefined
    ? `ended before it could answer (${errorType})`
    : `was cut off after ${Number(seconds)} s, all the time it may take`;
};

const inLog = ({ $metadata }: InvokeCommandOutput, functionName: string): string =>
  `. The log of ${functionName.split(":").at(-1)} tells more under request ${$metadata.requestId}`;
