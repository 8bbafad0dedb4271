import { describe, expect, it } from "vitest";
import { migrationSchema } from "#core/migration/migration.ts";
import {
  isBoundByAcls,
  mirrorIdentity,
  mirrorSignIn,
  ownSignIn,
  principalsOf,
  secretsOf,
} from "#core/migration/sign-in.ts";
import { migration, migrationFile } from "../../in-memory/migration.ts";

const arn = "arn:aws:kafka:eu-central-1:123456789012:cluster/shop/1a2b3c4d-5e6f-1a2b-3c4d-5e6f1a2b3c4d-7";
const role = "arn:aws:iam::123456789012:role/service/sluice";
const ca = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";
const none = { type: "none" };
const iam = { type: "iam", role };
const mtls = { type: "mtls", secret: "shop/certificate" };
const scram = { type: "scram", mechanism: "SCRAM-SHA-512", secret: "shop/sluice" };
const servers = { bootstrapServers: ["old-1:9094"] };
const mirror = (name: string, changes: Readonly<Record<string, unknown>> = {}) => ({
  principal: `User:${name}`,
  auth: none,
  ...changes,
});
const withReplicator = (forward: unknown, reverse: unknown = mirror("back")) =>
  migrationFile({ replicator: { forward, reverse } });

const findings = (file: unknown): [string, string][] => {
  const parsed = migrationSchema.safeParse(file);
  if (parsed.success) return [];
  return parsed.error.issues.map((issue) => [
    issue.path.map(String).join("."),
    issue.code === "unrecognized_keys" ? `unknown ${issue.keys.join()}` : issue.message,
  ]);
};

describe("a cluster", () => {
  it.each<[string, Readonly<Record<string, unknown>>]>([
    ["bootstrap servers and none", { ...servers, auth: none }],
    ["bootstrap servers, TLS and SCRAM", { ...servers, tls: true, auth: scram }],
    ["bootstrap servers and authorities of its own", { ...servers, ca, auth: none }],
    ["bootstrap servers and a client certificate", { ...servers, ca: ca + ca, auth: mtls }],
    ["bootstrap servers of MSK and IAM", { ...servers, auth: { ...iam, region: "eu-central-1" } }],
    ["MSK and SCRAM", { msk: { arn }, auth: scram }],
    ["MSK and IAM", { msk: { arn, access: "public" }, auth: { ...iam, sessionName: "mine" } }],
    ["MSK and a client certificate", { msk: { arn }, auth: mtls }],
    ["MSK without TLS and sign-in", { msk: { arn }, tls: false, auth: none }],
  ])("may be named and signed in to by %s", (_what, source) => {
    expect(findings(migrationFile({ source }))).toEqual([]);
  });

  it.each<[string, Readonly<Record<string, unknown>>, string, RegExp]>([
    [
      "no name",
      { auth: none },
      "source.bootstrapServers",
      /is missing; expected bootstrapServers .*or msk with the ARN/,
    ],
    ["two names", { ...servers, msk: { arn }, auth: none }, "source.msk", /leave the other out/],
    [
      "an ARN of something else",
      { msk: { arn: "arn:aws:sns:eu-west-1:1:t" }, auth: none },
      "source.msk.arn",
      /expected the ARN of an MSK cluster/,
    ],
    [
      "another way in",
      { msk: { arn, access: "vpn" }, auth: none },
      "source.msk.access",
      /"private"\|"public"\|"multi-vpc"/,
    ],
    ["an unknown sign-in", { ...servers, auth: { type: "kerberos" } }, "source.auth.type", /none, scram, mtls or iam/],
    [
      "a client certificate without TLS",
      { ...servers, tls: false, auth: mtls },
      "source.tls",
      /auth mtls of this cluster goes over TLS only; leave tls out/,
    ],
    [
      "IAM without TLS",
      { msk: { arn }, tls: false, auth: iam },
      "source.tls",
      /auth iam of this cluster goes over TLS only/,
    ],
    ["SCRAM without TLS on MSK", { msk: { arn }, tls: false, auth: scram }, "source.tls", /auth scram .*TLS only/],
    [
      "SCRAM that MSK does not know",
      { msk: { arn }, auth: { ...scram, mechanism: "SCRAM-SHA-256" } },
      "source.auth.mechanism",
      /no other than SCRAM-SHA-512/,
    ],
    [
      "IAM nobody knows the region of",
      { ...servers, auth: iam },
      "source.auth.region",
      /expected the cluster's AWS region/,
    ],
    [
      "a user instead of a role",
      { msk: { arn }, auth: { type: "iam", role: "arn:aws:iam::123456789012:user/olga" } },
      "source.auth.role",
      /expected the ARN of an IAM role/,
    ],
    [
      "a session's name that IAM does not take",
      { msk: { arn }, auth: { ...iam, sessionName: "a b" } },
      "source.auth.sessionName",
      /2 to 64/,
    ],
    ["authorities without TLS", { ...servers, tls: false, ca, auth: none }, "source.tls", /leave ca out/],
    [
      "a key in place of authorities",
      { ...servers, ca: "-----BEGIN PRIVATE KEY-----\nMII\n-----END PRIVATE KEY-----", auth: none },
      "source.ca",
      /a private key belongs into the secret/,
    ],
    [
      "a key among the authorities",
      { ...servers, ca: `${ca}-----BEGIN PRIVATE KEY-----\nMII\n-----END PRIVATE KEY-----`, auth: none },
      "source.ca",
      /nothing else/,
    ],
    [
      "a certificate in the file",
      { ...servers, auth: { ...mtls, certificate: ca } },
      "source.auth",
      /unknown certificate/,
    ],
  ])("with %s is refused by field and cure", (_what, source, path, message) => {
    expect(findings(migrationFile({ source }))).toEqual([[path, expect.stringMatching(message)]]);
  });

  it("speaks TLS where its sign-in, its authorities or MSK say so, and else where the file does", () => {
    const tls = (source: Readonly<Record<string, unknown>>) => ownSignIn(migration({ source }), "source").tls;
    expect(tls({ ...servers, auth: scram })).toBe(false);
    expect(tls({ ...servers, tls: true, auth: scram })).toBe(true);
    expect(tls({ ...servers, ca, auth: none })).toBe(true);
    expect(tls({ ...servers, auth: mtls })).toBe(true);
    expect(tls({ msk: { arn }, auth: none })).toBe(true);
    expect(tls({ msk: { arn }, tls: false, auth: none })).toBe(false);
  });
});

describe("a mirror", () => {
  it("signs in alike on both sides, or on one as that says", () => {
    const file = migrationSchema.parse(
      withReplicator(
        mirror("fwd", {
          auth: scram,
          onTarget: { principal: "User:CN=fwd", auth: mtls, bootstrapServers: ["new-1:9094"] },
        }),
      ),
    );
    expect(mirrorSignIn(file, "forward", "source")).toMatchObject({
      auth: scram,
      principal: "User:fwd",
      bootstrapServers: ["old-1:9092"],
      tls: false,
    });
    expect(mirrorSignIn(file, "forward", "target")).toMatchObject({
      auth: mtls,
      principal: "User:CN=fwd",
      bootstrapServers: ["new-1:9094"],
      tls: true,
    });
    expect(secretsOf(file)).toEqual(["shop/source", "shop/sluice", "shop/target", "shop/certificate"]);
    expect(mirrorIdentity(file, "forward")).toEqual({
      principal: "User:fwd and User:CN=fwd",
      secret: "shop/sluice and shop/certificate",
    });
  });

  it("that signs in by IAM is its role's session, always of the same name, which no ACL binds", () => {
    const target = { msk: { arn }, auth: iam };
    const end = (changes = {}) => ({ ...mirror("x"), onTarget: { auth: { ...iam, ...changes } } });
    const file = migrationSchema.parse({
      ...withReplicator(
        { ...end(), principal: "User:fwd" },
        { ...end({ sessionName: "back" }), principal: "User:back" },
      ),
      target,
    });
    const forward = mirrorSignIn(file, "forward", "target");
    expect(forward.session).toEqual({ role, name: "sluice-shop-forward", region: "eu-central-1" });
    expect(forward.principal).toBe("IAM:arn:aws:sts::123456789012:assumed-role/sluice/sluice-shop-forward");
    expect([isBoundByAcls(forward), isBoundByAcls(mirrorSignIn(file, "forward", "source"))]).toEqual([false, true]);
    expect(principalsOf(file)).toEqual({
      sluice: { target: "IAM:arn:aws:sts::123456789012:assumed-role/sluice/sluice-shop" },
      forward: { source: "User:fwd", target: forward.principal },
      reverse: { source: "User:back", target: "IAM:arn:aws:sts::123456789012:assumed-role/sluice/back" },
    });
  });

  it.each<[string, unknown, string, RegExp]>([
    [
      "no sign-in",
      { principal: "User:fwd" },
      "replicator.forward.auth",
      /is missing; expected how the forward mirror signs in on the source/,
    ],
    [
      "a sign-in for one side only",
      { principal: "User:fwd", onSource: { auth: none } },
      "replicator.forward.auth",
      /on the target, here for both clusters or under onTarget/,
    ],
    [
      "no principal",
      { auth: none },
      "replicator.forward.principal",
      /is missing; expected who the forward mirror is on the source/,
    ],
    [
      "a principal that IAM makes up itself",
      mirror("fwd", { onTarget: { principal: "User:x", auth: { ...iam, region: "eu-central-1" } } }),
      "replicator.forward.onTarget.principal",
      /the principal is the role's session; leave it out/,
    ],
    [
      "IAM on both sides and a principal",
      mirror("fwd", { auth: { ...iam, region: "eu-central-1" } }),
      "replicator.forward.principal",
      /is used on neither cluster/,
    ],
    [
      "IAM nobody knows the region of",
      mirror("fwd", { onTarget: { auth: iam } }),
      "replicator.forward.onTarget.auth.region",
      /AWS region/,
    ],
    [
      "the other's principal on one side",
      mirror("fwd", { onSource: { principal: "User:back", auth: none } }),
      "replicator.reverse.principal",
      /also the forward mirror's principal/,
    ],
  ])("with %s is refused by field and cure", (_what, forward, path, message) => {
    const found = findings(withReplicator(forward));
    expect(found[0]).toEqual([path, expect.stringMatching(message)]);
    // The same sign-in can be missing on both sides.
    expect(new Set(found.map(([at]) => at)).size).toBe(1);
  });

  it("is nobody else's on either side", () => {
    const own = { principal: "User:payments-api", auth: none };
    expect(findings(withReplicator(mirror("fwd", { onTarget: own })))).toEqual([
      ["waves.0.clients.0.principal", expect.stringContaining("mirror's principal")],
    ]);
  });
});
