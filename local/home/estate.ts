import { join } from "node:path";
import { PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { type Broker, type BrokerOptions, startBroker } from "../kafka/start-broker.ts";
import { type Moto, startMoto } from "../processes/start-moto.ts";
import { LOCAL_CREDENTIALS } from "./control-environment.ts";
import { DEFAULT_REGION } from "./local-account.ts";
import { type Secrets, seedSecrets } from "./seed-secrets.ts";

export type EstateClusterOptions = Omit<BrokerOptions, "name" | "directory" | "ownSession">;

export type EstateOptions = {
  readonly directory: string;
  readonly region?: string;
  readonly source: EstateClusterOptions;
  readonly target: EstateClusterOptions;
  /** Secrets Manager name to sign-in. */
  readonly secrets?: Secrets;
  /** SSM parameter name to value. */
  readonly parameters?: Readonly<Record<string, string>>;
};

export type Estate = {
  readonly source: Broker;
  readonly target: Broker;
  readonly moto: Moto;
  /** For SSM, Secrets Manager and CloudWatch: `ssmEndpoint`, `secretsEndpoint` and `cloudwatchEndpoint` of the control plane. */
  readonly awsUrl: string;
  /** What an AWS SDK client of the estate's applications needs in its environment. */
  readonly environment: Readonly<Record<string, string>>;
  stop(): Promise<void>;
};

/** What is there before Sluice comes: two clusters with sign-in and ACLs, and the AWS services that applications use. */
export async function startEstate(o: EstateOptions): Promise<Estate> {
  const region = o.region ?? DEFAULT_REGION;
  const started = await Promise.allSettled([
    startBroker({ ...o.source, name: "source", directory: join(o.directory, "source"), ownSession: true }),
    startBroker({ ...o.target, name: "target", directory: join(o.directory, "target"), ownSession: true }),
    startMoto({ name: "moto-estate", directory: o.directory, region, ownSession: true }),
  ]);
  const stop = async (): Promise<void> => {
    await Promise.all(started.flatMap((one) => (one.status === "fulfilled" ? [one.value.process.stop()] : [])));
  };
  try {
    const [source, target, moto] = started.map((one) => {
      if (one.status === "rejected") throw one.reason;
      return one.value;
    }) as [Broker, Broker, Moto];
    await seedSecrets({ url: moto.url, region, credentials: LOCAL_CREDENTIALS }, o.secrets ?? {});
    const ssm = new SSMClient({ region, credentials: LOCAL_CREDENTIALS, endpoint: moto.url });
    for (const [Name, Value] of Object.entries(o.parameters ?? {}))
      await ssm.send(new PutParameterCommand({ Name, Value, Type: "String", Overwrite: true }));
    ssm.destroy();
    return {
      source,
      target,
      moto,
      awsUrl: moto.url,
      environment: {
        AWS_REGION: region,
        AWS_ACCESS_KEY_ID: LOCAL_CREDENTIALS.accessKeyId,
        AWS_SECRET_ACCESS_KEY: LOCAL_CREDENTIALS.secretAccessKey,
        AWS_ENDPOINT_URL: moto.url,
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
