import { InvokeCommand, type LambdaClient } from "@aws-sdk/client-lambda";
import { callAws } from "#adapters/aws/call-aws.ts";
import type { TickRequester } from "#use-cases/ports/deps.ts";

/** Ticks by asynchronous invocation: the caller waits for no answer, and Lambda tries a failed one again. */
export const lambdaTickRequester = ({
  client,
  functionName,
}: {
  readonly client: LambdaClient;
  readonly functionName: string;
}): TickRequester => ({
  requestTick: async ({ migration, wave }) => {
    await callAws(`asking for a tick of wave ${wave} of ${migration}`, () =>
      client.send(
        new InvokeCommand({
          FunctionName: functionName,
          InvocationType: "Event",
          Payload: JSON.stringify({ migration, wave }),
        }),
      ),
    );
  },
});
