import * as z from "#core/schema.ts";

/** A secret by its name, of whatever server. */
export const secretOf = (what: string) =>
  z
    .string()
    .check(
      z.minLength(1),
      z.maxLength(512),
      z.describe(`Name or ARN of a Secrets Manager secret that holds ${what}; never the value itself`),
    );

/** Certificates only: a key pasted here would be stored and shown with the file. */
export const certificates = z
  .string()
  .check(
    z.regex(
      /^\s*(?:-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----\s*)+$/,
      "expected one or more PEM blocks that begin with -----BEGIN CERTIFICATE----- and nothing else; a private key belongs into the secret of auth mtls",
    ),
  );
