import {
  DescribeClusterV2Command,
  GetBootstrapBrokersCommand,
  type GetBootstrapBrokersResponse,
  type KafkaClient,
} from "@aws-sdk/client-kafka";
import { callAws } from "#adapters/aws/call-aws.ts";
import { OperatorFault, RetryableFault } from "#core/fault.ts";
import type { SignIn } from "#core/migration/sign-in.ts";
import type { ClusterAddresses } from "#use-cases/ports/cluster-addresses.ts";

type Way = "plaintext" | "tls" | "scram" | "iam";
type Access = NonNullable<SignIn["cluster"]["msk"]>["access"];

const WAYS = ["iam", "scram", "tls", "plaintext"] as const satisfies readonly Way[];
const CALLED: Readonly<Record<Way, string>> = {
  plaintext: "none without TLS",
  tls: "TLS (none or mtls)",
  scram: "scram",
  iam: "iam",
};
const REACHED: Readonly<Record<Access, string>> = {
  private: "inside its VPC",
  public: "from the internet (access: public)",
  "multi-vpc": "by private connectivity (access: multi-vpc)",
};

/** In MSK's answer; a string is there for what the cluster offers and for nothing else. */
const FIELDS: Readonly<Record<Access, Readonly<Record<Way, keyof GetBootstrapBrokersResponse | undefined>>>> = {
  private: {
    plaintext: "BootstrapBrokerString",
    tls: "BootstrapBrokerStringTls",
    scram: "BootstrapBrokerStringSaslScram",
    iam: "BootstrapBrokerStringSaslIam",
  },
  public: {
    plaintext: undefined,
    tls: "BootstrapBrokerStringPublicTls",
    scram: "BootstrapBrokerStringPublicSaslScram",
    iam: "BootstrapBrokerStringPublicSaslIam",
  },
  "multi-vpc": {
    plaintext: undefined,
    tls: "BootstrapBrokerStringVpcConnectivityTls",
    scram: "BootstrapBrokerStringVpcConnectivitySaslScram",
    iam: "BootstrapBrokerStringVpcConnectivitySaslIam",
  },
};

/** Named by the file, else asked of MSK: each way to sign in has addresses of its own. */
export const clusterAddresses = (o: { readonly clientIn: (region: string) => KafkaClient }): ClusterAddresses => ({
  async bootstrapServers(signIn) {
    if (signIn.bootstrapServers !== undefined) return signIn.bootstrapServers;
    const { auth, cluster, tls } = signIn;
    if (cluster.msk === undefined)
      throw new OperatorFault("a cluster has neither bootstrapServers nor msk; name it by one");
    const { access, arn } = cluster.msk;
    const client = o.clientIn(arn.split(":")[3] ?? "");
    const info = (await found(arn, () => client.send(new DescribeClusterV2Command({ ClusterArn: arn })))).ClusterInfo;
    refuseUnlessServing(arn, info?.State ?? "");
    const authentication = info?.Provisioned?.ClientAuthentication;
    if (auth.type === "mtls" && authentication?.Tls?.Enabled !== true)
      throw new OperatorFault(
        `MSK cluster ${arn} takes no client certificates; enable mTLS on it (aws kafka update-security --client-authentication, with the authorities in AWS Private CA that sign them), or sign in by another auth`,
      );
    const brokers = await found(arn, () => client.send(new GetBootstrapBrokersCommand({ ClusterArn: arn })));
    const way: Way = auth.type === "none" || auth.type === "mtls" ? (tls ? "tls" : "plaintext") : auth.type;
    const servers = listed(brokers, access, way);
    if (servers !== undefined) return servers;
    const offered = WAYS.filter((other) => listed(brokers, access, other) !== undefined);
    throw new OperatorFault(
      `MSK cluster ${arn} offers no brokers for auth ${auth.type}${auth.type === "none" && tls ? " over TLS" : ""} ${REACHED[access]}; it offers ${offered.length === 0 ? "none at all there" : offered.map((other) => CALLED[other]).join(", ")}: enable it on the cluster, or correct auth, tls or msk.access in the migration file`,
    );
  },
});

const listed = (brokers: GetBootstrapBrokersResponse, access: Access, way: Way): readonly string[] | undefined => {
  const field = FIELDS[access][way];
  const text = field === undefined ? undefined : brokers[field];
  return typeof text === "string" && text !== "" ? text.split(",") : undefined;
};

/** While it is updated, patched or heals, its brokers serve: a thaw must not end for that. */
const refuseUnlessServing = (arn: string, state: string): void => {
  if (["ACTIVE", "HEALING", "MAINTENANCE", "REBOOTING_BROKER", "UPDATING"].includes(state)) return;
  const what = `MSK cluster ${arn} is ${state === "" ? "in no known state" : state} and expected to be ACTIVE`;
  if (state === "CREATING") throw new RetryableFault(`${what}; it can be used when it is`);
  throw new OperatorFault(`${what}; see it in the MSK console, or name another cluster`);
};

const found = async <T>(arn: string, call: () => Promise<T>): Promise<T> => {
  try {
    return await callAws(`looking up MSK cluster ${arn}`, call);
  } catch (error) {
    if (error instanceof Error && (error.name === "NotFoundException" || error.name === "BadRequestException"))
      throw new OperatorFault(
        `no MSK cluster has the ARN ${arn} (${error.name}: ${error.message}); correct msk.arn in the migration file: aws kafka list-clusters-v2 shows those of an account and region`,
        { cause: error },
      );
    throw error;
  }
};
