import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Broker, startBroker } from "#local/kafka/start-broker.ts";
import { freePort } from "#local/setup/free-port.ts";
import { type Certificate, makeCertificates } from "./make-certificates.ts";

const subject = (name: string) =>
  [
    ["O", "shop"],
    ["CN", name],
  ] as const;

export const madeCertificates = () =>
  makeCertificates([
    { name: "authority", subject: subject("authority"), isAuthority: true },
    { name: "stranger", subject: subject("stranger"), isAuthority: true },
    { name: "broker", subject: subject("broker"), signedBy: "authority", hosts: ["127.0.0.1", "localhost"] },
    { name: "expired", subject: subject("broker"), signedBy: "authority", hosts: ["127.0.0.1"], days: -1 },
    { name: "elsewhere", subject: subject("broker"), signedBy: "authority", hosts: ["b-1.example.com"] },
    { name: "client", subject: subject("sluice"), signedBy: "authority" },
    { name: "mirror", subject: subject("mirror"), signedBy: "authority" },
    { name: "unknown-client", subject: subject("nobody"), signedBy: "stranger" },
    { name: "expired-client", subject: subject("sluice"), signedBy: "authority", days: -1 },
  ]);
export type Certificates = Awaited<ReturnType<typeof madeCertificates>>;

/** How a listener shows itself and whom it trusts, by PEM in the broker's properties. */
const showing = ({ certificate, key }: Certificate, trusted: Certificate) => ({
  "ssl.keystore.type": "PEM",
  "ssl.keystore.certificate.chain": certificate,
  "ssl.keystore.key": key,
  "ssl.truststore.type": "PEM",
  "ssl.truststore.certificates": trusted.certificate,
});

export const WAYS = ["SCRAM", "TLS", "MTLS", "BEARER", "EXPIRED", "ELSEWHERE"] as const;
export type Way = (typeof WAYS)[number];
export type SecureBroker = {
  readonly broker: Broker;
  readonly certificates: Certificates;
  readonly at: Readonly<Record<Way, string>>;
  stop(): Promise<void>;
};

/** One broker with a listener for each way to sign in, and two whose certificates are wrong. */
export async function startSecureBroker(o: {
  readonly name: string;
  readonly certificates: Certificates;
  readonly users: Readonly<Record<string, string>>;
  readonly superUsers: readonly string[];
  /** Principals by certificate or token, whom no ACL binds. */
  readonly superPrincipals: readonly string[];
}): Promise<SecureBroker> {
  const directory = await mkdtemp(join(tmpdir(), "sluice-secure-"));
  const ports = Object.fromEntries(await Promise.all(WAYS.map(async (way) => [way, await freePort()] as const)));
  const { authority, broker, elsewhere, expired } = o.certificates;
  const bearer = "org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule";
  const properties: Readonly<Record<Way, Readonly<Record<string, string>>>> = {
    SCRAM: {
      ...showing(broker, authority),
      "sasl.enabled.mechanisms": "SCRAM-SHA-256",
      "scram-sha-256.sasl.jaas.config": "org.apache.kafka.common.security.scram.ScramLoginModule required;",
    },
    TLS: showing(broker, authority),
    MTLS: { ...showing(broker, authority), "ssl.client.auth": "required" },
    BEARER: {
      ...showing(broker, authority),
      "sasl.enabled.mechanisms": "OAUTHBEARER",
      "oauthbearer.sasl.jaas.config": `${bearer} required unsecuredLoginStringClaim_sub="broker";`,
      "connections.max.reauth.ms": "60000",
    },
    EXPIRED: showing(expired, authority),
    ELSEWHERE: showing(elsewhere, authority),
  };
  const started = await startBroker({
    name: o.name,
    directory,
    users: o.users,
    superUsers: o.superUsers,
    allowEveryone: false,
    listeners: WAYS.map((name) => ({
      name,
      port: ports[name] ?? 0,
      protocol: name === "SCRAM" || name === "BEARER" ? "SASL_SSL" : "SSL",
      properties: properties[name],
    })),
    properties: {
      "super.users": ["broker", "controller", ...o.superUsers]
        .map((name) => `User:${name}`)
        .concat(o.superPrincipals)
        .join(";"),
    },
  }).catch(async (error: unknown) => {
    await rm(directory, { recursive: true, force: true });
    throw error;
  });
  return {
    broker: started,
    certificates: o.certificates,
    at: Object.fromEntries(WAYS.map((way) => [way, `127.0.0.1:${ports[way]}`])) as Record<Way, string>,
    stop: async () => {
      await started.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
