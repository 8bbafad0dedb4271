import {
  AuthenticationError,
  protocolErrors,
  protocolErrorsCodesById,
  TimeoutError,
  UserError,
} from "@platformatic/kafka";
import { OperatorFault, RetryableFault } from "#core/fault.ts";
import type { BrokerAddress } from "./broker-address.ts";
import type { ClusterIdentity } from "./cluster-settings.ts";

/** The right a request needs, as `kafka-acls` spells it. */
export type NeededRight = {
  readonly resource: "topic" | "group" | "cluster";
  readonly name?: string;
  readonly operation: "Read" | "Describe" | "DescribeConfigs" | "Alter" | "AlterConfigs" | "Create" | "Delete";
};

/** What was being done, for the sentence of a fault: `doing` continues "while", e.g. "reading orders/3". */
export type Attempt = { readonly cluster: ClusterIdentity; readonly doing: string; readonly needs: NeededRight };

/** Protocol error codes that code branches on. */
export const code = {
  none: 0,
  offsetOutOfRange: 1,
  unknownTopicOrPartition: 3,
  leaderNotAvailable: 5,
  notLeaderOrFollower: 6,
  replicaNotAvailable: 9,
  coordinatorLoadInProgress: 14,
  coordinatorNotAvailable: 15,
  notCoordinator: 16,
  illegalGeneration: 22,
  unknownMemberId: 25,
  rebalanceInProgress: 27,
  topicAuthorizationFailed: 29,
  groupAuthorizationFailed: 30,
  clusterAuthorizationFailed: 31,
  unsupportedSaslMechanism: 33,
  unsupportedVersion: 35,
  topicAlreadyExists: 36,
  notController: 41,
  securityDisabled: 54,
  kafkaStorageError: 56,
  saslAuthenticationFailed: 58,
  groupIdNotFound: 69,
  fencedLeaderEpoch: 74,
  unknownLeaderEpoch: 75,
  offsetNotAvailable: 78,
  unstableOffsetCommit: 88,
  staleMemberEpoch: 113,
} as const;

const authorizationCodes: ReadonlySet<number> = new Set([
  code.topicAuthorizationFailed,
  code.groupAuthorizationFailed,
  code.clusterAuthorizationFailed,
]);

export const codeName = (errorCode: number): string => protocolErrorsCodesById[errorCode] ?? `error ${errorCode}`;

/** The fault for an error code in an answer, with the cure. `brokerSays` is the broker's own message where it gave one. */
export function protocolFault(
  attempt: Attempt,
  errorCode: number,
  brokerSays?: string | null,
): OperatorFault | RetryableFault {
  const { cluster, doing } = attempt;
  const where = `on the ${cluster.side} cluster (${cluster.bootstrapServers})`;
  if (authorizationCodes.has(errorCode))
    return new OperatorFault(
      `${cluster.principal} lacks a right for ${doing} ${where}: ${codeName(errorCode)}. Grant it: ${grant(attempt)}`,
    );
  if (errorCode === code.unknownTopicOrPartition)
    return new OperatorFault(
      `The topic or partition is not there while ${doing} ${where}: create it, or correct its name in the migration file`,
    );
  if (errorCode === code.securityDisabled)
    return new OperatorFault(
      `No authoriser while ${doing} ${where}: brokers without authorizer.class.name keep no ACLs, so nothing can be fenced; set an authoriser on every broker`,
    );
  const name = codeName(errorCode);
  const says = brokerSays ? `${name}, "${brokerSays}"` : name;
  if (isRetryable(errorCode))
    return new RetryableFault(`The ${cluster.side} cluster answered ${says} while ${doing} ${where}`);
  return new OperatorFault(`The ${cluster.side} cluster refused with ${says} while ${doing} ${where}`);
}

const isRetryable = (errorCode: number): boolean => {
  const name = protocolErrorsCodesById[errorCode];
  return name !== undefined && protocolErrors[name]?.canRetry === true;
};

const grant = ({ cluster, needs }: Attempt): string => {
  const resource = needs.resource === "cluster" ? "--cluster" : `--${needs.resource} '${needs.name ?? "*"}'`;
  return `kafka-acls --bootstrap-server ${cluster.bootstrapServers} --add --allow-principal ${cluster.principal} --operation ${needs.operation} ${resource}`;
};

/** The fault for a connection or request that brought no answer. Never lets a library's own error through. */
export function transportFault(
  cluster: ClusterIdentity,
  broker: BrokerAddress,
  error: unknown,
): OperatorFault | RetryableFault {
  if (error instanceof OperatorFault || error instanceof RetryableFault) return error;
  const at = `${broker.host}:${broker.port}`;
  const causes = [...causesOf(error)];
  const refusal = causes.find((c) => c instanceof AuthenticationError);
  const refusalCauses = [...causesOf(refusal?.cause)];
  const signInCode = refusalCauses.map(apiCodeOf).find((c) => c !== undefined);
  // A sign-in that was cut off says nothing about the password.
  if (refusal && (refusalCauses.length === 0 || (signInCode !== undefined && signInCodes.has(signInCode))))
    return authenticationFault(cluster, at, signInCode === code.unsupportedSaslMechanism);
  const certificate = causes.find((c) => certificateCodes.has(codeOf(c)));
  if (certificate)
    return new OperatorFault(
      `The TLS certificate of broker ${at} of the ${cluster.side} cluster is not accepted: ${certificate.message}. Renew it, correct the broker's name, or add its authority to the trusted ones`,
    );
  const misuse = causes.find((c) => c instanceof UserError);
  if (misuse)
    return new OperatorFault(
      `Broker ${at} of the ${cluster.side} cluster: ${misuse.message} Set tls and sasl of this cluster as its listener expects them`,
    );
  if (causes.some((c) => c instanceof TimeoutError))
    return new RetryableFault(`Broker ${at} of the ${cluster.side} cluster did not answer in time`);
  const innermost = causes.at(-1)?.message ?? String(error);
  return new RetryableFault(`Broker ${at} of the ${cluster.side} cluster cannot be reached: ${innermost}`);
}

function authenticationFault(cluster: ClusterIdentity, at: string, isMechanism: boolean): OperatorFault {
  const cure = isMechanism
    ? `use a mechanism the listener at ${at} offers`
    : `correct the user name and password in ${cluster.secret === undefined ? "the secret of this cluster" : `secret ${cluster.secret}`}, or set them on the cluster with kafka-configs --alter --entity-type users`;
  return new OperatorFault(
    `${cluster.principal} cannot sign in to the ${cluster.side} cluster (${cluster.bootstrapServers}) with ${cluster.mechanism}: ${cure}`,
  );
}

/** An error, then its causes and parts, outermost first. */
function* causesOf(error: unknown, depth = 0): Generator<Error> {
  if (!(error instanceof Error) || depth > 6) return;
  yield error;
  if (error instanceof AggregateError) for (const part of error.errors) yield* causesOf(part, depth + 1);
  yield* causesOf(error.cause, depth + 1);
}

const signInCodes: ReadonlySet<number> = new Set([code.unsupportedSaslMechanism, code.saslAuthenticationFailed]);

const apiCodeOf = (error: Error): number | undefined =>
  "apiCode" in error && typeof error.apiCode === "number" ? error.apiCode : undefined;

const codeOf = (error: Error): string => ("code" in error && typeof error.code === "string" ? error.code : "");

const certificateCodes: ReadonlySet<string> = new Set([
  "CERT_HAS_EXPIRED",
  "CERT_NOT_YET_VALID",
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "ERR_TLS_CERT_ALTNAME_INVALID",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
]);
