import { protocolErrors, protocolErrorsCodesById } from "@platformatic/kafka";
import { OperatorFault, RetryableFault } from "#core/fault.ts";
import type { ClusterIdentity } from "./cluster-settings.ts";

/** The right a request needs, as `kafka-acls` spells it. */
export type NeededRight = {
  readonly resource: "topic" | "group" | "cluster" | "transactional-id";
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
  illegalSaslState: 34,
  unsupportedVersion: 35,
  invalidRequest: 42,
  topicAlreadyExists: 36,
  notController: 41,
  securityDisabled: 54,
  kafkaStorageError: 56,
  transactionalIdAuthorizationFailed: 53,
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
  code.transactionalIdAuthorizationFailed,
]);

export const isLackOfRight = (errorCode: number): boolean => authorizationCodes.has(errorCode);

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

/** The command that gives the right. */
export const grant = ({ cluster, needs }: Pick<Attempt, "cluster" | "needs">): string => {
  const resource = needs.resource === "cluster" ? "--cluster" : `--${needs.resource} '${needs.name ?? "*"}'`;
  return `kafka-acls --bootstrap-server ${cluster.bootstrapServers} --add --allow-principal ${cluster.principal} --operation ${needs.operation} ${resource}`;
};
