import { AuthenticationError, NetworkError, TimeoutError, UserError } from "@platformatic/kafka";
import { OperatorFault, RetryableFault } from "#core/fault.ts";
import type { BrokerAddress } from "./broker-address.ts";
import type { ClusterIdentity } from "./cluster-settings.ts";
import { code } from "./faults.ts";

/** What a broker said of a token instead of taking it. */
export class RefusedToken extends Error {
  override readonly name = "RefusedToken";
}

/** The fault for a connection or request that brought no answer. Never lets a library's own error through. */
export function transportFault(
  cluster: ClusterIdentity,
  broker: BrokerAddress,
  error: unknown,
): OperatorFault | RetryableFault {
  const causes = [...causesOf(error)];
  // Also one from within: what a token is made of may fail, and says so itself.
  const own = causes.find((c) => c instanceof OperatorFault || c instanceof RetryableFault);
  if (own) return own;
  const at = `${broker.host}:${broker.port}`;
  const refusal = signInRefusal(cluster, at, causes);
  if (refusal) return refusal;
  const certificate = causes.find((c) => codeOf(c) in certificateProblems);
  if (certificate)
    return certificateFault(cluster, broker, codeOf(certificate), certificate.message.replace(/;.*/, ""));
  const alert = causes.find((c) => alertOfCertificate.test(codeOf(c)));
  if (alert) return clientCertificateFault(cluster, at, codeOf(alert));
  const misuse = causes.find((c) => c instanceof UserError);
  if (misuse)
    return new OperatorFault(
      `Broker ${at} of the ${cluster.side} cluster: ${misuse.message} Set tls and auth of this cluster as its listener expects them`,
    );
  if (causes.some((c) => c instanceof TimeoutError))
    return new RetryableFault(`Broker ${at} of the ${cluster.side} cluster did not answer in time`);
  const innermost = causes.at(-1);
  // A broker that is asked in another way than its listener expects closes without a word, just as one that is going down.
  const hint =
    innermost instanceof NetworkError
      ? `; if that lasts, its listener expects another sign-in than ${cluster.signIn === "TLS" ? "none" : cluster.signIn} ${cluster.isEncrypted ? "over TLS" : "without TLS"}`
      : "";
  return new RetryableFault(
    `Broker ${at} of the ${cluster.side} cluster cannot be reached: ${innermost?.message ?? String(error)}${hint}`,
  );
}

function signInRefusal(cluster: ClusterIdentity, at: string, causes: readonly Error[]): OperatorFault | undefined {
  const refusal = causes.find((c) => c instanceof AuthenticationError);
  if (!refusal) return undefined;
  const behind = [...causesOf(refusal.cause)];
  const token = behind.find((c) => c instanceof RefusedToken);
  if (token) return tokenFault(cluster, token.message);
  const refusedWith = behind.map(apiCodeOf).find((c) => c !== undefined);
  // A sign-in that was cut off says nothing about the password.
  if (behind.length > 0 && (refusedWith === undefined || !signInCodes.has(refusedWith))) return undefined;
  const who = `${cluster.principal} cannot sign in to the ${cluster.side} cluster (${cluster.bootstrapServers}) with ${cluster.signIn}`;
  if (refusedWith === code.illegalSaslState)
    return new OperatorFault(
      `${who}: the listener at ${at} takes no user names or tokens; set auth to none or mtls, or name a listener with SASL`,
    );
  if (refusedWith === code.unsupportedSaslMechanism)
    return new OperatorFault(`${who}: use a mechanism the listener at ${at} offers`);
  if (cluster.signIn === "OAUTHBEARER") return tokenFault(cluster, behind.at(-1)?.message ?? "no reason given");
  const secret = cluster.secret === undefined ? "the secret of this cluster" : `secret ${cluster.secret}`;
  return new OperatorFault(
    `${who}: correct the user name and password in ${secret}, or set them on the cluster with kafka-configs --alter --entity-type users`,
  );
}

const tokenFault = (cluster: ClusterIdentity, said: string): OperatorFault =>
  new OperatorFault(
    `${cluster.principal} cannot sign in to the ${cluster.side} cluster (${cluster.bootstrapServers}): its brokers refuse the token (${said}); allow the role kafka-cluster:Connect on this cluster, and see that auth.region is the cluster's and this machine's clock is right`,
  );

/** Of a broker's certificate: what is wrong with it, and the cure. */
const certificateProblems: Readonly<Record<string, "ended" | "not begun" | "untrusted" | "name">> = {
  CERT_HAS_EXPIRED: "ended",
  CERT_NOT_YET_VALID: "not begun",
  DEPTH_ZERO_SELF_SIGNED_CERT: "untrusted",
  ERR_TLS_CERT_ALTNAME_INVALID: "name",
  SELF_SIGNED_CERT_IN_CHAIN: "untrusted",
  UNABLE_TO_GET_ISSUER_CERT: "untrusted",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "untrusted",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "untrusted",
};

function certificateFault(
  cluster: ClusterIdentity,
  broker: BrokerAddress,
  problem: string,
  said: string,
): OperatorFault {
  const what = `The TLS certificate of broker ${broker.host}:${broker.port} of the ${cluster.side} cluster`;
  switch (certificateProblems[problem]) {
    case "ended":
      return new OperatorFault(`${what} is not accepted: ${said}. Renew it on the broker`);
    case "not begun":
      return new OperatorFault(
        `${what} is not accepted: ${said}. See that the clocks here and on the broker are right`,
      );
    case "name":
      return new OperatorFault(
        `${what} is for another host than ${broker.host}: ${said}. Issue it for that name, or let the cluster advertise the name that it is for`,
      );
    default:
      return new OperatorFault(
        cluster.hasOwnAuthorities
          ? `${what} is not signed by an authority of ${cluster.side}.ca: ${said}. Put the certificate of the authority that signed it there`
          : `${what} is not signed by an authority that every system trusts: ${said}. Give the certificate of the authority that signed it as ${cluster.side}.ca in the migration file`,
      );
  }
}

/** Named by OpenSSL after the alert, with `SSLV3`, `TLSV1` or `SSL/TLS` before it. */
const alertOfCertificate = /^ERR_SSL_.*ALERT_(?:\w*CERTIFICATE\w*|UNKNOWN_CA|ACCESS_DENIED|HANDSHAKE_FAILURE)$/;

function clientCertificateFault(cluster: ClusterIdentity, at: string, alert: string): OperatorFault {
  const says = alert
    .replace(/^.*ALERT_/, "")
    .toLowerCase()
    .replaceAll("_", " ");
  if (cluster.signIn !== "mTLS")
    return new OperatorFault(
      `Broker ${at} of the ${cluster.side} cluster demands a client certificate (${says}), and auth gives none; set it to { type: mtls, secret: … } with a secret that holds { certificate, key }, or name a listener without`,
    );
  const secret = cluster.secret === undefined ? "" : ` of secret ${cluster.secret}`;
  const ended = cluster.certificateEndsAt;
  if (ended !== undefined && ended.getTime() < Date.now())
    return new OperatorFault(
      `${cluster.principal} cannot sign in to the ${cluster.side} cluster (${cluster.bootstrapServers}): its client certificate${secret} expired on ${ended.toISOString()}; renew it`,
    );
  return new OperatorFault(
    `${cluster.principal} cannot sign in to the ${cluster.side} cluster (${cluster.bootstrapServers}): broker ${at} does not accept its client certificate${secret} (${says}); have it signed by an authority that the brokers trust`,
  );
}

/** An error, then its causes and parts, outermost first. */
function* causesOf(error: unknown, depth = 0): Generator<Error> {
  if (!(error instanceof Error) || depth > 6) return;
  yield error;
  if (error instanceof AggregateError) for (const part of error.errors) yield* causesOf(part, depth + 1);
  yield* causesOf(error.cause, depth + 1);
}

const signInCodes: ReadonlySet<number> = new Set([
  code.unsupportedSaslMechanism,
  code.illegalSaslState,
  code.saslAuthenticationFailed,
]);

const apiCodeOf = (error: Error): number | undefined =>
  "apiCode" in error && typeof error.apiCode === "number" ? error.apiCode : undefined;

const codeOf = (error: Error): string => ("code" in error && typeof error.code === "string" ? error.code : "");
