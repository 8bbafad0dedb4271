import type { SecretReader } from "#adapters/secrets/secret-reader.ts";
import type { Side } from "#core/kafka/offset.ts";
import type { SignIn } from "#core/migration/sign-in.ts";
import type { ClusterAddresses } from "#use-cases/ports/cluster-addresses.ts";

/** What a worker's environment says of how it signs in, in the words of `workers/start-connect.sh`. */
export type WorkerSignIn = {
  readonly environment: Readonly<Record<string, string>>;
  /** Variable to what ECS puts into it: `<secret's ARN>:<key in its JSON>::`. */
  readonly secrets: Readonly<Record<string, string>>;
  /** Changes with the value of any of these secrets. */
  readonly versions: readonly string[];
};

/** The worker itself attaches to `attached`; its connectors read and write on both sides. */
export const workerSignIn = async (
  o: { readonly addresses: ClusterAddresses; readonly secrets: SecretReader },
  attached: SignIn,
  sides: Readonly<Record<Side, SignIn>>,
): Promise<WorkerSignIn> => {
  const parts = await Promise.all([
    own(o, attached),
    held(o.secrets, "CONNECT", attached),
    held(o.secrets, "SOURCE", sides.source),
    held(o.secrets, "TARGET", sides.target),
  ]);
  return {
    environment: Object.assign({}, ...parts.map(({ environment }) => environment)) as Record<string, string>,
    secrets: Object.assign({}, ...parts.map(({ secrets }) => secrets)) as Record<string, string>,
    versions: parts.flatMap(({ versions }) => versions),
  };
};

const own = async (
  o: { readonly addresses: ClusterAddresses; readonly secrets: SecretReader },
  signIn: SignIn,
): Promise<WorkerSignIn> => {
  const { auth, session, tls } = signIn;
  const isSasl = auth.type === "scram" || auth.type === "iam";
  const environment: Record<string, string> = {
    CONNECT_BOOTSTRAP_SERVERS: (await o.addresses.bootstrapServers(signIn)).join(","),
    CONNECT_SECURITY_PROTOCOL: `${isSasl ? "SASL_" : ""}${tls ? "SSL" : "PLAINTEXT"}`,
  };
  if (auth.type === "scram") {
    environment["CONNECT_SASL_MECHANISM"] = auth.mechanism;
    environment["CONNECT_USERNAME"] = (await o.secrets.readCredentials(auth.secret)).username;
  }
  if (session !== undefined) {
    environment["CONNECT_SASL_MECHANISM"] = "AWS_MSK_IAM";
    environment["CONNECT_IAM_ROLE"] = session.role;
    environment["CONNECT_IAM_SESSION"] = session.name;
    environment["CONNECT_IAM_REGION"] = session.region;
  }
  return { environment, secrets: {}, versions: [] };
};

/** What the environment config provider gives out under a prefix. */
const held = async (secrets: SecretReader, prefix: string, { auth, cluster }: SignIn): Promise<WorkerSignIn> => {
  const environment: Record<string, string> = cluster.ca === undefined ? {} : { [`${prefix}_CA`]: cluster.ca };
  if (auth.type === "none" || auth.type === "iam") return { environment, secrets: {}, versions: [] };
  // Read once here, where a malformed one is named: a task that is given it would only end with an exit code.
  if (auth.type === "mtls") await secrets.readClientCertificate(auth.secret);
  const { arn, version } = await secrets.reference(auth.secret);
  const keys = auth.type === "scram" ? ["password"] : ["certificate", "key"];
  return {
    environment,
    secrets: Object.fromEntries(keys.map((key) => [`${prefix}_${key.toUpperCase()}`, `${arn}:${key}::`])),
    versions: [version],
  };
};
