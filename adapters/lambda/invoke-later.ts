import { InvokeCommand, type LambdaClient } from "@aws-sdk/client-lambda";
import { callAws } from "#adapters/aws/call-aws.ts";

export type LambdaFunction = { readonly client: LambdaClient; readonly functionName: string };

/** By asynchronous invocation: the caller waits for no answer, and Lambda tries a failed one again. */
export const invokeLater = async (
  { client, functionName }: LambdaFunction,
  what: string,
  payload: Readonly<Record<string, string>>,
): Promise<void> => {
  await callAws(what, () =>
    client.send(
      new InvokeCommand({ FunctionName: functionName, InvocationType: "Event", Payload: JSON.stringify(payload) }),
    ),
  );
};
