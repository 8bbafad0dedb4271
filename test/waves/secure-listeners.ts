import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { OPERATING } from "#local/demo/estate-declaration.ts";
import type { MigrationFile } from "#local/demo/migration-file.ts";
import type { Secrets } from "#local/home/seed-secrets.ts";
import type { Listener } from "#local/kafka/broker-properties.ts";
import { freePort } from "#local/setup/free-port.ts";
import { makeCertificates } from "../certificates/make-certificates.ts";

const ARN = "arn:aws:kafka:eu-west-1:123456789012:cluster/lab/1a2b3c4d-5e6f-1a2b-3c4d-5e6f1a2b3c4d-7";
const certificateOf = (user: string): string => `lab/${user}-certificate`;

export type SecureListeners = {
  readonly listeners: Readonly<Record<"source" | "target", Listener>>;
  readonly secrets: Secrets;
  readonly mskClustersFile: string;
  /** The same file, with Sluice and its mirrors going by SCRAM over TLS on the source, by certificates on the target, which is MSK's. */
  secured(file: MigrationFile): MigrationFile;
};

/** A TLS listener beside the usual one on each side: for SCRAM on the source, for client certificates on the target. */
export async function secureListeners(directory: string): Promise<SecureListeners> {
  const users = Object.values(OPERATING);
  const certificates = await makeCertificates([
    { name: "authority", subject: [["CN", "lab authority"]], isAuthority: true },
    { name: "broker", subject: [["CN", "broker"]], signedBy: "authority", hosts: ["127.0.0.1"] },
    ...users.map((user) => ({
      name: `user ${user}`,
      subject: [
        ["O", "lab"],
        ["CN", user],
      ] as const,
      signedBy: "authority",
    })),
  ]);
  const { authority, broker } = certificates;
  if (authority === undefined || broker === undefined) throw new Error("certificates were made");
  const ca = authority.certificate;
  const shown = {
    "ssl.keystore.type": "PEM",
    "ssl.keystore.certificate.chain": broker.certificate,
    "ssl.keystore.key": broker.key,
    "ssl.truststore.type": "PEM",
    "ssl.truststore.certificates": ca,
  };
  const [sourcePort, targetPort] = [await freePort(), await freePort()];
  const mskClustersFile = join(directory, "msk-clusters.json");
  const brokers = { bootstrapBrokerStringTls: `127.0.0.1:${targetPort}` };
  await writeFile(mskClustersFile, JSON.stringify({ [ARN]: { takesCertificates: true, brokers } }));
  const byCertificate = (user: string) => ({ type: "mtls", secret: certificateOf(user) }) as const;
  return {
    listeners: {
      source: {
        name: "SCRAMTLS",
        port: sourcePort,
        protocol: "SASL_SSL",
        properties: {
          ...shown,
          "sasl.enabled.mechanisms": "SCRAM-SHA-256",
          "scram-sha-256.sasl.jaas.config": "org.apache.kafka.common.security.scram.ScramLoginModule required;",
        },
      },
      target: {
        name: "MTLS",
        port: targetPort,
        protocol: "SSL",
        // Of the subject only its name counts, so that ACLs stay as they are.
        properties: {
          ...shown,
          "ssl.client.auth": "required",
          "ssl.principal.mapping.rules": "RULE:^CN=([^,]+),O=lab$/$1/",
        },
      },
    },
    secrets: Object.fromEntries(
      users.map((user) => {
        const made = certificates[`user ${user}`];
        if (made === undefined) throw new Error(`no certificate for ${user}`);
        return [certificateOf(user), made];
      }),
    ),
    mskClustersFile,
    secured: (file) => {
      const { bootstrapServers: _, ...target } = file.target;
      const { forward, reverse } = file.replicator;
      return {
        ...file,
        source: { ...file.source, bootstrapServers: [`127.0.0.1:${sourcePort}`], ca },
        target: { ...target, msk: { arn: ARN }, ca, auth: byCertificate(OPERATING.sluice) },
        replicator: {
          ...file.replicator,
          forward: { ...forward, onTarget: { auth: byCertificate(OPERATING.forward) } },
          reverse: { ...reverse, onTarget: { auth: byCertificate(OPERATING.reverse) } },
        },
      };
    },
  };
}
