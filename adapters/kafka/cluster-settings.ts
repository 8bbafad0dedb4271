import { X509Certificate } from "node:crypto";
import { OperatorFault } from "#core/fault.ts";
import type { Side } from "#core/kafka/offset.ts";

/** PEM, each. */
export type TlsSettings = {
  /** Whom to trust; unless given, the authorities that Node ships. */
  readonly ca?: string;
  readonly certificate?: string;
  readonly key?: string;
};

export type ScramSettings = {
  readonly mechanism: "SCRAM-SHA-256" | "SCRAM-SHA-512";
  readonly username: string;
  readonly password: string;
};

export type TokenSettings = {
  readonly mechanism: "OAUTHBEARER";
  /** Who the token is for, for faults. */
  readonly principal: string;
  /** Asked at each sign-in, also at those that renew a session. */
  readonly token: () => Promise<string>;
};

/** How to reach one cluster. `bootstrapServers` are `host:port`. */
export type ClusterSettings = {
  readonly bootstrapServers: readonly string[];
  readonly tls: boolean | TlsSettings;
  readonly sasl?: ScramSettings | TokenSettings;
  /** Name of the secret that user name and password, or certificate and key, come from; for faults. */
  readonly secret?: string;
  readonly clientId: string;
  /** Longest wait for one answer, connecting included, and for retries of one call. Default 10 000. */
  readonly requestTimeoutMilliseconds?: number;
};

/** What a fault may say about a cluster: everything but passwords, keys and tokens. */
export type ClusterIdentity = {
  readonly side: Side;
  readonly bootstrapServers: string;
  readonly principal: string;
  readonly signIn: "none" | "TLS" | "mTLS" | "SCRAM-SHA-256" | "SCRAM-SHA-512" | "OAUTHBEARER";
  readonly isEncrypted?: boolean;
  readonly hasOwnAuthorities?: boolean;
  /** Of the client's own. */
  readonly certificateEndsAt?: Date;
  readonly secret?: string;
};

export const identityOf = (side: Side, settings: ClusterSettings): ClusterIdentity => ({
  side,
  bootstrapServers: settings.bootstrapServers.join(","),
  principal: principalOf(settings),
  signIn: signInOf(settings),
  isEncrypted: settings.tls !== false,
  hasOwnAuthorities: typeof settings.tls === "object" && settings.tls.ca !== undefined,
  ...certificateEnd(settings),
  ...(settings.secret !== undefined && { secret: settings.secret }),
});

export const requestTimeoutOf = (settings: ClusterSettings): number => settings.requestTimeoutMilliseconds ?? 10_000;

const signInOf = ({ sasl, tls }: ClusterSettings): ClusterIdentity["signIn"] => {
  if (sasl !== undefined) return sasl.mechanism;
  if (typeof tls === "object" && tls.certificate !== undefined) return "mTLS";
  return tls === false ? "none" : "TLS";
};

const principalOf = ({ sasl, tls }: ClusterSettings): string => {
  if (sasl?.mechanism === "OAUTHBEARER") return sasl.principal;
  if (sasl !== undefined) return `User:${sasl.username}`;
  const certificate = ownCertificate(tls);
  // As brokers write it unless `ssl.principal.mapping.rules` says otherwise: the last part first.
  return certificate === undefined
    ? "User:ANONYMOUS"
    : `User:${certificate.subject.split("\n").toReversed().join(",")}`;
};

const certificateEnd = ({ tls }: ClusterSettings): { readonly certificateEndsAt?: Date } => {
  const certificate = ownCertificate(tls);
  return certificate === undefined ? {} : { certificateEndsAt: new Date(certificate.validTo) };
};

const ownCertificate = (tls: ClusterSettings["tls"]): X509Certificate | undefined => {
  if (typeof tls !== "object" || tls.certificate === undefined) return undefined;
  try {
    return new X509Certificate(tls.certificate);
  } catch (error) {
    throw new OperatorFault("The client certificate cannot be read; expected PEM", { cause: error });
  }
};
