import type { SecretReader } from "#adapters/secrets/secret-reader.ts";
import type { Side } from "#core/kafka/offset.ts";
import type { SignIn } from "#core/migration/sign-in.ts";
import type { ClusterAddresses } from "#use-cases/ports/cluster-addresses.ts";

/** How a mirror signs in on one side, without password or key, which only the worker's environment holds. */
export type MirrorEnd = {
  readonly bootstrapServers: readonly string[];
  readonly tls: boolean;
  /** The worker has the authorities to trust in its environment. */
  readonly hasOwnAuthorities: boolean;
  readonly signIn:
    | { readonly type: "none" | "mtls" }
    | { readonly type: "scram"; readonly mechanism: string; readonly username: string }
    | { readonly type: "iam"; readonly role: string; readonly session: string; readonly region: string };
};

export const mirrorEnd = async (
  signIn: SignIn,
  o: { readonly addresses: ClusterAddresses; readonly secrets: SecretReader },
): Promise<MirrorEnd> => {
  const { auth, cluster, session, tls } = signIn;
  const common = {
    bootstrapServers: await o.addresses.bootstrapServers(signIn),
    tls,
    hasOwnAuthorities: cluster.ca !== undefined,
  };
  switch (auth.type) {
    case "none":
    case "mtls":
      return { ...common, signIn: { type: auth.type } };
    case "scram": {
      const { username } = await o.secrets.readCredentials(auth.secret);
      return { ...common, signIn: { type: "scram", mechanism: auth.mechanism, username } };
    }
    case "iam": {
      if (session === undefined) throw new Error("auth iam without a session");
      const { name, region, role } = session;
      return { ...common, signIn: { type: "iam", role, session: name, region } };
    }
  }
};

/** As settings of Kafka's own clients; what is secret or long is named as the worker's environment has it. */
export const clientSettings = (side: Side, end: MirrorEnd): Readonly<Record<string, string>> => {
  const variable = (name: string): string => `\${env:${side.toUpperCase()}_${name}}`;
  const { signIn } = end;
  const isSasl = signIn.type === "scram" || signIn.type === "iam";
  return {
    "bootstrap.servers": end.bootstrapServers.join(","),
    "security.protocol": `${isSasl ? "SASL_" : ""}${end.tls ? "SSL" : "PLAINTEXT"}`,
    ...(end.tls && end.hasOwnAuthorities
      ? { "ssl.truststore.type": "PEM", "ssl.truststore.certificates": variable("CA") }
      : {}),
    ...(signIn.type === "mtls"
      ? {
          "ssl.keystore.type": "PEM",
          "ssl.keystore.certificate.chain": variable("CERTIFICATE"),
          "ssl.keystore.key": variable("KEY"),
        }
      : {}),
    ...(signIn.type === "scram"
      ? {
          "sasl.mechanism": signIn.mechanism,
          "sasl.jaas.config": `org.apache.kafka.common.security.scram.ScramLoginModule required username="${jaasQuoted(signIn.username)}" password="${variable("PASSWORD")}";`,
        }
      : {}),
    ...(signIn.type === "iam"
      ? {
          "sasl.mechanism": "AWS_MSK_IAM",
          "sasl.jaas.config": `software.amazon.msk.auth.iam.IAMLoginModule required awsRoleArn="${signIn.role}" awsRoleSessionName="${signIn.session}" awsStsRegion="${signIn.region}";`,
          "sasl.client.callback.handler.class": "software.amazon.msk.auth.iam.IAMClientCallbackHandler",
        }
      : {}),
  };
};

const jaasQuoted = (text: string): string => text.replaceAll("\\", "\\\\").replaceAll('"', '\\"');
