import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { z } from "zod";
import { LOCAL_CREDENTIALS } from "#local/home/control-environment.ts";
import { DEFAULT_REGION } from "#local/home/local-account.ts";

export type Invoked = {
  /** Name of the error that the function threw. */
  readonly error?: string;
  readonly outcome?: string;
};

const errorSchema = z.object({ errorType: z.string() });
const answerSchema = z.object({ outcome: z.string() });

/** Invokes functions past the state machine and the timer, as a second delivery of an event would. */
export const functionInvoker = (
  edge: string,
): { invoke(name: string, event: unknown): Promise<Invoked>; close(): void } => {
  const client = new LambdaClient({
    endpoint: edge,
    region: DEFAULT_REGION,
    credentials: LOCAL_CREDENTIALS,
    maxAttempts: 1,
  });
  return {
    async invoke(name, event) {
      const answer = await client.send(
        new InvokeCommand({ FunctionName: name, Payload: Buffer.from(JSON.stringify(event)) }),
      );
      const body: unknown = JSON.parse(Buffer.from(answer.Payload ?? []).toString() || "null");
      return answer.FunctionError === undefined
        ? answerSchema.parse(body)
        : { error: errorSchema.parse(body).errorType };
    },
    close: () => client.destroy(),
  };
};
