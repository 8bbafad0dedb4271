import { GetParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { LOCAL_CREDENTIALS } from "#local/home/control-environment.ts";
import { DEFAULT_REGION } from "#local/home/local-account.ts";

/** The value of an SSM parameter of the estate, as its client would see it. */
export const readParameter = async (endpoint: string, Name: string): Promise<string | undefined> => {
  const client = new SSMClient({ endpoint, region: DEFAULT_REGION, credentials: LOCAL_CREDENTIALS });
  try {
    return (await client.send(new GetParameterCommand({ Name }))).Parameter?.Value;
  } finally {
    client.destroy();
  }
};
