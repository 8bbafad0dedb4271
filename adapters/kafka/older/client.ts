import { type Admin, Kafka, type KafkaConfig, logLevel } from "kafkajs";
import type { Source } from "#core/inventory/source.ts";
import { type OrUnknown, type Unknown, unknown } from "#core/inventory/unknown.ts";
import { type ClusterIdentity, type ClusterSettings, requestTimeoutOf } from "../cluster-settings.ts";
import type { NeededRight } from "../faults.ts";
import { refusal } from "../inventory/refusal.ts";

/** kafkajs as it reads an old cluster: signed in as the settings say, and silent. */
export const adminOf = (settings: ClusterSettings): Admin =>
  new Kafka({
    clientId: settings.clientId,
    brokers: [...settings.bootstrapServers],
    ssl:
      settings.tls === false
        ? false
        : settings.tls === true
          ? true
          : { ...settings.tls, cert: settings.tls.certificate },
    ...saslOf(settings),
    connectionTimeout: requestTimeoutOf(settings),
    authenticationTimeout: requestTimeoutOf(settings),
    requestTimeout: requestTimeoutOf(settings),
    retry: { retries: 2, initialRetryTime: 100 },
    logLevel: logLevel.NOTHING,
  }).admin();

const saslOf = ({ sasl }: ClusterSettings): Pick<KafkaConfig, "sasl"> => {
  if (sasl === undefined) return {};
  if (sasl.mechanism === "OAUTHBEARER")
    return {
      sasl: { mechanism: "oauthbearer", oauthBearerProvider: async () => ({ value: await sasl.token() }) },
    };
  const { username, password } = sasl;
  return sasl.mechanism === "SCRAM-SHA-256"
    ? { sasl: { mechanism: "scram-sha-256", username, password } }
    : { sasl: { mechanism: "scram-sha-512", username, password } };
};

export type Doing = {
  readonly cluster: ClusterIdentity;
  readonly source: Source;
  readonly doing: string;
  readonly needs: NeededRight;
};

/** What kafkajs answers; what it throws instead is unknown, with the ACL that would cure it where a right is missing. */
export async function asked<T>(what: Doing, ask: () => Promise<T>): Promise<OrUnknown<T>> {
  try {
    return await ask();
  } catch (error) {
    return whyNot(what, error);
  }
}

const whyNot = ({ cluster, source, doing, needs }: Doing, error: unknown): Unknown => {
  for (let cause = error; cause instanceof Error; cause = cause.cause)
    if ("code" in cause && typeof cause.code === "number" && cause.code > 0)
      return refusal(source, { cluster, doing, needs }, cause.code);
  return unknown(source, `no answer while ${doing}: ${error instanceof Error ? error.message : String(error)}`);
};

/** Many at once, and where that is refused one by one, so that one that may not be read hides no other. */
export async function askedForEach<T>(
  names: readonly string[],
  size: number,
  what: (name: string) => Doing,
  ask: (names: readonly string[]) => Promise<ReadonlyMap<string, T>>,
): Promise<ReadonlyMap<string, OrUnknown<T>>> {
  const found = new Map<string, OrUnknown<T>>();
  for (let i = 0; i < names.length; i += size) {
    const chunk = names.slice(i, i + size);
    try {
      for (const [name, value] of await ask(chunk)) found.set(name, value);
    } catch {
      for (const name of chunk) {
        const one = await asked(what(name), () => ask([name]));
        if (one instanceof Map) for (const [n, value] of one) found.set(n, value);
        else found.set(name, one as Unknown);
      }
    }
  }
  return found;
}

/** So many requests at once; kafkajs sends each for one thing only. */
export async function manyAtOnce<T>(
  items: readonly T[],
  width: number,
  each: (item: T) => Promise<void>,
): Promise<void> {
  const rest = items.values();
  await Promise.all(
    Array.from({ length: width }, async () => {
      for (const item of rest) await each(item);
    }),
  );
}
