import type { Side } from "#core/kafka/offset.ts";

/** How to reach one cluster. `bootstrapServers` are `host:port`. */
export type ClusterSettings = {
  readonly bootstrapServers: readonly string[];
  readonly tls: boolean;
  readonly sasl?: {
    readonly mechanism: "SCRAM-SHA-256" | "SCRAM-SHA-512";
    readonly username: string;
    readonly password: string;
    /** Name of the secret that these come from, for faults. */
    readonly secret?: string;
  };
  readonly clientId: string;
  /** Longest wait for one answer, connecting included, and for retries of one call. Default 10 000. */
  readonly requestTimeoutMilliseconds?: number;
};

/** What a fault may say about a cluster: everything but the password. */
export type ClusterIdentity = {
  readonly side: Side;
  readonly bootstrapServers: string;
  readonly principal: string;
  readonly mechanism: string;
  readonly secret?: string;
};

export const identityOf = (side: Side, settings: ClusterSettings): ClusterIdentity => ({
  side,
  bootstrapServers: settings.bootstrapServers.join(","),
  principal: `User:${settings.sasl?.username ?? "ANONYMOUS"}`,
  mechanism: settings.sasl?.mechanism ?? "none",
  ...(settings.sasl?.secret !== undefined && { secret: settings.sasl.secret }),
});

export const requestTimeoutOf = (settings: ClusterSettings): number => settings.requestTimeoutMilliseconds ?? 10_000;
