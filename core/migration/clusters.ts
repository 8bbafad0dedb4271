import * as z from "#core/schema.ts";
import { httpServersOfCluster } from "./http-servers.ts";
import { certificates, secretOf } from "./references.ts";

export const principal = z.string().check(z.regex(/^User:.+$/, 'expected "User:" and a name'));

const region = z
  .string()
  .check(
    z.regex(/^[a-z]{2}(-[a-z]+)+-\d$/, "expected an AWS region such as eu-west-1"),
    z.describe("The cluster's AWS region; read from msk.arn where the cluster is named by that"),
  );

export const authSchema = z.discriminatedUnion(
  "type",
  [
    z.strictObject({ type: z.literal("none") }),
    z.strictObject({
      type: z.literal("scram"),
      mechanism: z.enum(["SCRAM-SHA-256", "SCRAM-SHA-512"]),
      secret: secretOf("{ username, password }"),
    }),
    z.strictObject({
      type: z.literal("mtls"),
      secret: secretOf("{ certificate, key }, both PEM, the key in PKCS#8 without a password"),
    }),
    z.strictObject({
      type: z.literal("iam"),
      role: z
        .string()
        .check(
          z.regex(
            /^arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@/-]+$/,
            "expected the ARN of an IAM role such as arn:aws:iam::123456789012:role/sluice",
          ),
          z.describe("Assumed to sign in; the cluster's rights are this role's policies"),
        ),
      sessionName: z
        .optional(z.string().check(z.regex(/^[\w+=,.@-]{2,64}$/, "expected 2 to 64 of letters, digits and _+=,.@-")))
        .check(z.describe("Part of the principal, so it never changes; named after the migration unless given")),
      region: z.optional(region),
    }),
  ],
  { error: "expected a type of none, scram, mtls or iam" },
);

const bootstrapServers = z
  .array(z.string().check(z.regex(/^[^\s:/]+:\d{1,5}$/, "expected host:port")))
  .check(z.minLength(1));

const mskSchema = z.strictObject({
  arn: z
    .string()
    .check(
      z.regex(
        /^arn:aws[a-z-]*:kafka:[a-z0-9-]+:\d{12}:cluster\/[^/\s]+\/[^/\s]+$/,
        "expected the ARN of an MSK cluster such as arn:aws:kafka:eu-west-1:123456789012:cluster/shop/1a2b3c4d-5e6f-1a2b-3c4d-5e6f1a2b3c4d-7",
      ),
    ),
  access: z
    ._default(z.enum(["private", "public", "multi-vpc"]), "private")
    .check(
      z.describe(
        "Which of the cluster's addresses: inside its VPC, on the internet, or by private connectivity from another VPC",
      ),
    ),
});

export const clusterSchema = z.strictObject({
  bootstrapServers: z
    .optional(bootstrapServers)
    .check(z.describe("host:port of one listener; or name the cluster by msk")),
  msk: z.optional(mskSchema),
  tls: z
    .optional(z.boolean())
    .check(
      z.describe(
        "Whether the listener speaks TLS: for mtls, iam, ca and msk it does, else it does not unless this says so",
      ),
    ),
  ca: z
    .optional(certificates)
    .check(
      z.describe(
        "PEM of the authorities that signed the brokers' certificates; unless given, those that every system trusts",
      ),
    ),
  auth: authSchema.check(z.describe("How Sluice itself signs in")),
  /** `allow.everyone.if.no.acl.found` of the brokers; it cannot be read from them. */
  brokersAllowEveryone: z._default(z.enum(["yes", "no", "unknown"]), "unknown"),
  superUsers: z._default(z.array(principal), []),
  ...httpServersOfCluster,
});

const mirrorPrincipal = principal.check(
  z.describe(
    "Used by this direction's mirror and by nothing else; left out for auth iam, where it is the role's session",
  ),
);

const mirrorEndSchema = z.strictObject({
  principal: z.optional(mirrorPrincipal),
  auth: authSchema,
  bootstrapServers: z
    .optional(bootstrapServers)
    .check(z.describe("The listener for this sign-in, where it is not the one by which the cluster is named")),
});

export const mirrorSchema = z.strictObject({
  principal: z.optional(mirrorPrincipal),
  auth: z.optional(authSchema).check(z.describe("How this direction's mirror signs in on both clusters")),
  onSource: z.optional(mirrorEndSchema).check(z.describe("How it signs in on the source, where that differs")),
  onTarget: z.optional(mirrorEndSchema).check(z.describe("How it signs in on the target, where that differs")),
});

export type Auth = z.output<typeof authSchema>;
export type Cluster = z.output<typeof clusterSchema>;
export type Mirror = z.output<typeof mirrorSchema>;
