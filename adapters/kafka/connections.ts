import { isIP } from "node:net";
import type { ConnectionOptions as TLSConnectionOptions } from "node:tls";
import {
  type API,
  apiVersionsV3,
  Connection,
  type ConnectionOptions,
  NetworkError,
  ResponseError,
  type SASLOptions,
} from "@platformatic/kafka";
import { OperatorFault, RetryableFault } from "#core/fault.ts";
import { addressKey, type BrokerAddress } from "./broker-address.ts";
import {
  type ClusterIdentity,
  type ClusterSettings,
  requestTimeoutOf,
  type ScramSettings,
  type TlsSettings,
  type TokenSettings,
} from "./cluster-settings.ts";
import { code } from "./faults.ts";
import { RefusedToken, transportFault } from "./transport-faults.ts";

/** A broker speaks an older protocol than is needed. */
export class TooOldFault extends OperatorFault {}

/** What a broker offers: Kafka's requests by number, and the features that its cluster has finalised. */
export type Offer = {
  readonly versions: ReadonlyMap<number, { readonly min: number; readonly max: number }>;
  readonly features: ReadonlyMap<string, number>;
};

type Opened = Offer & {
  readonly connection: Connection;
  hasAnswered: boolean;
  lastUsedAt: number;
};

/** Gateways on the way (AWS NAT: 350 s) forget idle connections silently; older ones are not trusted with a request. */
const maxIdleMilliseconds = 240_000;

/** One connection per broker, opened when first needed, kept, and opened again when it broke. */
export class Connections {
  readonly #cluster: ClusterIdentity;
  readonly #settings: ClusterSettings;
  readonly #open = new Map<string, Promise<Opened>>();
  #isClosed = false;

  constructor(cluster: ClusterIdentity, settings: ClusterSettings) {
    this.#cluster = cluster;
    this.#settings = settings;
  }

  /**
   * Sends one request and returns the parsed answer; error codes of single entries stay in the answer for the caller.
   * A connection that breaks under a request is opened again and the request sent once more, so it must be repeatable.
   */
  async ask<Arguments extends unknown[], Answer>(
    broker: BrokerAddress,
    api: API<Arguments, Answer>,
    ...args: Arguments
  ): Promise<Answer> {
    for (let isRepeat = false; ; isRepeat = true) {
      const opened = await this.#connectionTo(broker);
      const isProven = opened.hasAnswered;
      try {
        return await this.#exchange(broker, opened, api, args);
      } catch (error) {
        if (!isProven || isRepeat || !(error instanceof NetworkError))
          throw transportFault(this.#cluster, broker, error);
      }
    }
  }

  /** As `ask`, but never sent twice. */
  async askOnce<Arguments extends unknown[], Answer>(
    broker: BrokerAddress,
    api: API<Arguments, Answer>,
    ...args: Arguments
  ): Promise<Answer> {
    const opened = await this.#connectionTo(broker);
    try {
      return await this.#exchange(broker, opened, api, args);
    } catch (error) {
      throw transportFault(this.#cluster, broker, error);
    }
  }

  async supports(broker: BrokerAddress, api: { readonly key: number; readonly version: number }): Promise<boolean> {
    return isOffered(await this.#connectionTo(broker), api);
  }

  offer(broker: BrokerAddress): Promise<Offer> {
    return this.#connectionTo(broker);
  }

  isOpen(broker: BrokerAddress): boolean {
    return this.#open.has(addressKey(broker));
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    const all = [...this.#open.values()];
    this.#open.clear();
    await Promise.all(all.map((opening) => opening.then((o) => shut(o.connection), isGone)));
  }

  async #exchange<Arguments extends unknown[], Answer>(
    broker: BrokerAddress,
    opened: Opened,
    api: API<Arguments, Answer>,
    args: Arguments,
  ): Promise<Answer> {
    if (!isOffered(opened, api)) throw this.#tooOld(broker, api);
    try {
      const answer = await api.async(opened.connection, ...args);
      opened.hasAnswered = true;
      opened.lastUsedAt = Date.now();
      return answer;
    } catch (error) {
      const partial = error instanceof ResponseError && "response" in error ? error.response : undefined;
      if (partial === undefined) throw error;
      opened.hasAnswered = true;
      opened.lastUsedAt = Date.now();
      return partial as Answer;
    }
  }

  async #connectionTo(broker: BrokerAddress): Promise<Opened> {
    if (this.#isClosed)
      throw new RetryableFault(`The connections to the ${this.#cluster.side} cluster were closed; connect again`);
    const key = addressKey(broker);
    const existing = this.#open.get(key);
    if (existing) {
      const opened = await existing;
      if (Date.now() - opened.lastUsedAt <= maxIdleMilliseconds) {
        // Signing in again (connections.max.reauth.ms) bars other requests until it is done.
        if (!opened.connection.isConnected()) await this.#untilReady(broker, opened.connection);
        return opened;
      }
      if (this.#open.get(key) === existing) this.#open.delete(key);
      void shut(opened.connection);
      return this.#connectionTo(broker);
    }
    const opening = this.#openTo(broker);
    this.#open.set(key, opening);
    const forget = (): void => {
      if (this.#open.get(key) === opening) this.#open.delete(key);
    };
    opening.then(({ connection }) => {
      const end = (): void => {
        forget();
        // The library leaves its timer for signing in again running after the broker closed the connection.
        void shut(connection);
      };
      connection.once("close", end);
      connection.once("error", end);
      // It may have closed before the listeners were there.
      if (!connection.isConnected()) end();
    }, forget);
    return opening;
  }

  async #untilReady(broker: BrokerAddress, connection: Connection): Promise<void> {
    try {
      await connection.ready();
    } catch (error) {
      throw transportFault(this.#cluster, broker, error);
    }
  }

  async #openTo(broker: BrokerAddress): Promise<Opened> {
    const connection = new Connection(this.#settings.clientId, this.#options(broker));
    // An "error" event nobody listens to ends the process; and what a broker says of a certificate comes only by it.
    let heard: Error | undefined;
    connection.on("error", (error) => {
      heard ??= error;
    });
    try {
      await connection.connect(broker.host, broker.port);
      const answer = await apiVersionsV3.api.async(connection, "sluice", "1");
      const versions = new Map(answer.apiKeys.map((a) => [a.apiKey, { min: a.minVersion, max: a.maxVersion }]));
      const features = new Map((answer.finalizedFeatures ?? []).map((f) => [f.name, f.maxVersionLevel]));
      return { connection, versions, features, hasAnswered: false, lastUsedAt: Date.now() };
    } catch (error) {
      void shut(connection);
      if (error instanceof ResponseError && error.findBy("apiCode", code.unsupportedVersion) !== null)
        throw this.#tooOld(broker, apiVersionsV3.api);
      throw transportFault(this.#cluster, broker, heard ?? error);
    }
  }

  #options(broker: BrokerAddress): ConnectionOptions {
    const { tls, sasl } = this.#settings;
    const timeout = requestTimeoutOf(this.#settings);
    return {
      connectTimeout: timeout,
      requestTimeout: timeout,
      // The library starts a request's clock when it is queued but holds back all beyond this number.
      maxInflights: 1000,
      ...(tls === false ? {} : { tls: tlsOptions(tls), ...(isIP(broker.host) ? {} : { tlsServerName: broker.host }) }),
      ...(sasl ? { sasl: saslOptions(sasl) } : {}),
    };
  }

  #tooOld(broker: BrokerAddress, api: { readonly key: number; readonly version: number }): TooOldFault {
    return new TooOldFault(
      `Broker ${addressKey(broker)} of the ${this.#cluster.side} cluster does not offer version ${api.version} of Kafka's request ${api.key}; expected Apache Kafka 2.8 or later, or a platform compatible with it`,
    );
  }
}

const tlsOptions = (tls: true | TlsSettings): TLSConnectionOptions =>
  tls === true
    ? {}
    : {
        ...(tls.ca === undefined ? {} : { ca: tls.ca }),
        ...(tls.certificate === undefined ? {} : { cert: tls.certificate, key: tls.key }),
      };

const saslOptions = (sasl: ScramSettings | TokenSettings): SASLOptions =>
  sasl.mechanism === "OAUTHBEARER"
    ? {
        mechanism: "OAUTHBEARER",
        token: sasl.token,
        // A refused token is first answered with why, and no error: taken for a success, the connection would only break later.
        authBytesValidator: (authBytes, callback) =>
          authBytes.length === 0 ? callback(null, authBytes) : callback(new RefusedToken(authBytes.toString("utf8"))),
      }
    : { mechanism: sasl.mechanism, username: sasl.username, password: sasl.password };

const isOffered = (opened: Opened, api: { readonly key: number; readonly version: number }): boolean => {
  const range = opened.versions.get(api.key);
  return range !== undefined && api.version >= range.min && api.version <= range.max;
};

const isGone = (): void => undefined;

/** Ends a connection in whatever state it is; the library's close leaves sockets of failed sign-ins half open. */
async function shut(connection: Connection): Promise<void> {
  await connection.close().catch(isGone);
  connection.socket?.destroy();
}
