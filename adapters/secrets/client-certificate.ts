import { createPrivateKey, X509Certificate } from "node:crypto";
import { OperatorFault } from "#core/fault.ts";
import * as z from "#core/schema.ts";

/** PEM, both; the key in PKCS#8, the one form that Kafka's own clients read. */
export type ClientCertificate = { readonly certificate: string; readonly key: string };

const schema = z.object({ certificate: z.string().check(z.minLength(1)), key: z.string().check(z.minLength(1)) });

export const clientCertificateShape =
  '{"certificate":"-----BEGIN CERTIFICATE-----…","key":"-----BEGIN PRIVATE KEY-----…"}, PEM with its line ends';

/** What a secret holds for auth mtls. What is wrong with it is told, never what it holds. */
export const parseClientCertificate = (secret: string, value: unknown): ClientCertificate => {
  const parsed = schema.safeParse(value);
  if (!parsed.success)
    throw new OperatorFault(
      `secret ${secret} holds no certificate and key; expected a JSON object ${clientCertificateShape}`,
    );
  const { certificate, key } = parsed.data;
  if (!/^\s*-----BEGIN PRIVATE KEY-----\s/.test(key))
    throw new OperatorFault(
      `the key in secret ${secret} is not an unencrypted PKCS#8 key that begins with -----BEGIN PRIVATE KEY-----; convert it: openssl pkcs8 -topk8 -nocrypt -in key.pem`,
    );
  const read = (what: string, how: () => unknown) => {
    try {
      return how();
    } catch {
      // The library's message may quote what it reads.
      throw new OperatorFault(`the ${what} in secret ${secret} cannot be read; expected ${clientCertificateShape}`);
    }
  };
  const x509 = read("certificate", () => new X509Certificate(certificate)) as X509Certificate;
  const privateKey = read("key", () => createPrivateKey(key)) as ReturnType<typeof createPrivateKey>;
  if (!x509.checkPrivateKey(privateKey))
    throw new OperatorFault(
      `certificate and key in secret ${secret} do not belong together; expected the key for which the certificate was issued, and the client's certificate first in the chain`,
    );
  return { certificate, key };
};
