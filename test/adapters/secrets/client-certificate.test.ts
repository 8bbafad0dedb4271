import { createPrivateKey } from "node:crypto";
import { beforeAll, describe, expect, it } from "vitest";
import { parseClientCertificate } from "#adapters/secrets/client-certificate.ts";
import { OperatorFault } from "#core/fault.ts";
import { type Certificate, makeCertificates } from "../../certificates/make-certificates.ts";

let own: Certificate;
let other: Certificate;
beforeAll(async () => {
  ({ own, other } = await makeCertificates([
    { name: "own", subject: [["CN", "sluice"]] },
    { name: "other", subject: [["CN", "other"]] },
  ]));
});

describe("a client certificate in a secret", () => {
  it("is taken as it is, with the chain behind it", () => {
    expect(parseClientCertificate("shop/c", own)).toEqual(own);
    const chain = { certificate: own.certificate + other.certificate, key: own.key };
    expect(parseClientCertificate("shop/c", chain)).toEqual(chain);
  });

  it.each<[string, () => unknown, RegExp]>([
    [
      "a password instead",
      () => ({ username: "u", password: "planted" }),
      /holds no certificate and key; expected a JSON object \{"certificate"/,
    ],
    ["no JSON", () => undefined, /holds no certificate and key/],
    [
      "a key that Kafka's clients cannot read",
      () => ({ ...own, key: createPrivateKey(own.key).export({ type: "sec1", format: "pem" }) }),
      /not an unencrypted PKCS#8 key .*openssl pkcs8 -topk8 -nocrypt/,
    ],
    [
      "a key with a password",
      () => ({ ...own, key: own.key.replaceAll("PRIVATE", "ENCRYPTED PRIVATE") }),
      /not an unencrypted PKCS#8 key/,
    ],
    [
      "no key but its frame",
      () => ({ ...own, key: "-----BEGIN PRIVATE KEY-----\nplanted\n-----END PRIVATE KEY-----\n" }),
      /the key in secret shop\/c cannot be read/,
    ],
    [
      "no certificate but its frame",
      () => ({ ...own, certificate: "-----BEGIN CERTIFICATE-----\nplanted\n" }),
      /the certificate in secret shop\/c cannot be read/,
    ],
    [
      "another's key",
      () => ({ ...own, key: other.key }),
      /do not belong together; expected the key for which the certificate was issued/,
    ],
    [
      "the chain in the wrong order",
      () => ({ certificate: other.certificate + own.certificate, key: own.key }),
      /do not belong together; .*first in the chain/,
    ],
  ])("with %s is refused without a word of what it holds", (_what, value, sentence) => {
    const refusal = (() => {
      try {
        return parseClientCertificate("shop/c", value());
      } catch (error) {
        return error;
      }
    })();
    expect(refusal).toBeInstanceOf(OperatorFault);
    expect(String(refusal)).toMatch(sentence);
    expect(String(refusal)).not.toMatch(/planted|MIG|MII/);
  });
});
