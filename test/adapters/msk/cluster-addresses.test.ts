import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { clusterAddresses } from "#adapters/msk/cluster-addresses.ts";
import { OperatorFault, RetryableFault } from "#core/fault.ts";
import { mirrorSignIn, ownSignIn } from "#core/migration/sign-in.ts";
import { migration } from "../../in-memory/migration.ts";
import { startMskEdge } from "./msk-edge.ts";

const arnOf = (name: string) =>
  `arn:aws:kafka:eu-central-1:123456789012:cluster/${name}/1a2b3c4d-5e6f-1a2b-3c4d-5e6f1a2b3c4d-7`;
const role = "arn:aws:iam::123456789012:role/sluice";
const auths = {
  none: { type: "none" },
  scram: { type: "scram", mechanism: "SCRAM-SHA-512", secret: "AmazonMSK_sluice" },
  mtls: { type: "mtls", secret: "shop/certificate" },
  iam: { type: "iam", role },
} as const;
let edge: Awaited<ReturnType<typeof startMskEdge>>;

beforeAll(async () => {
  const state = (name: string) => ({ state: name, brokers: { bootstrapBrokerStringSaslIam: "b-1:9098" } });
  edge = await startMskEdge({
    [arnOf("all")]: {
      takesCertificates: true,
      brokers: {
        bootstrapBrokerString: "b-1:9092",
        bootstrapBrokerStringTls: "b-1:9094",
        bootstrapBrokerStringSaslScram: "b-1:9096,b-2:9096",
        bootstrapBrokerStringSaslIam: "b-1:9098",
        bootstrapBrokerStringPublicSaslIam: "b-1-public:9198",
        bootstrapBrokerStringVpcConnectivitySaslScram: "b-1-vpc:14001",
      },
    },
    [arnOf("iam-only")]: {
      brokers: { bootstrapBrokerStringSaslIam: "b-1:9098", bootstrapBrokerStringTls: "b-1:9094" },
    },
    [arnOf("creating")]: state("CREATING"),
    [arnOf("deleting")]: state("DELETING"),
    [arnOf("updating")]: state("UPDATING"),
    [arnOf("healing")]: state("HEALING"),
  });
});
afterAll(() => edge.stop());

const asked = (
  name: string,
  auth: keyof typeof auths,
  more: Readonly<Record<string, unknown>> = {},
  access?: string,
) => {
  const msk = { arn: arnOf(name), ...(access === undefined ? {} : { access }) };
  const file = migration({ target: { msk, auth: auths[auth], ...more } });
  return clusterAddresses({ clientIn: (region) => edge.clientIn(region) }).bootstrapServers(ownSignIn(file, "target"));
};

describe("the brokers of an MSK cluster", () => {
  it.each([
    ["scram", {}, undefined, ["b-1:9096", "b-2:9096"]],
    ["iam", {}, undefined, ["b-1:9098"]],
    ["mtls", {}, undefined, ["b-1:9094"]],
    ["none", {}, undefined, ["b-1:9094"]],
    ["none", { tls: false }, undefined, ["b-1:9092"]],
    ["iam", {}, "public", ["b-1-public:9198"]],
    ["scram", {}, "multi-vpc", ["b-1-vpc:14001"]],
  ] as const)("for auth %s %j by %s access", async (auth, more, access, brokers) => {
    expect(await asked("all", auth, more, access)).toEqual(brokers);
  });

  it("are asked for in the cluster's own region, and not at all where the file names them", async () => {
    const before = edge.regions.length;
    await asked("all", "iam");
    expect(edge.regions.slice(before)).toEqual(["eu-central-1"]);
    const addresses = clusterAddresses({ clientIn: (region) => edge.clientIn(region) });
    expect(await addresses.bootstrapServers(ownSignIn(migration(), "source"))).toEqual(["old-1:9092"]);
    expect(edge.regions).toHaveLength(before + 1);
  });

  it("are those of a mirror's own way to sign in, and of its own listener where it names one", async () => {
    const mirror = {
      principal: "User:mirror",
      auth: auths.none,
      onTarget: { auth: auths.iam },
      onSource: { auth: auths.none, bootstrapServers: ["old-1:9093"] },
    };
    const file = migration({
      target: { msk: { arn: arnOf("all") }, auth: auths.scram },
      replicator: {
        forward: mirror,
        reverse: { ...mirror, principal: "User:back", onTarget: { auth: { ...auths.iam, sessionName: "back" } } },
      },
    });
    const addresses = clusterAddresses({ clientIn: (region) => edge.clientIn(region) });
    expect(await addresses.bootstrapServers(mirrorSignIn(file, "forward", "target"))).toEqual(["b-1:9098"]);
    expect(await addresses.bootstrapServers(mirrorSignIn(file, "forward", "source"))).toEqual(["old-1:9093"]);
  });

  it.each([
    [
      "nowhere",
      "iam",
      undefined,
      OperatorFault,
      /no MSK cluster has the ARN arn:aws:kafka:eu-central-1:.*nowhere.*correct msk\.arn in the migration file/,
    ],
    [
      "iam-only",
      "scram",
      undefined,
      OperatorFault,
      /offers no brokers for auth scram inside its VPC; it offers iam, TLS \(none or mtls\): enable it on the cluster, or correct auth/,
    ],
    ["iam-only", "mtls", undefined, OperatorFault, /takes no client certificates; enable mTLS on it/],
    ["all", "scram", "public", OperatorFault, /auth scram from the internet \(access: public\); it offers iam:/],
    ["iam-only", "iam", "public", OperatorFault, /it offers none at all there/],
    ["creating", "iam", undefined, RetryableFault, /is CREATING and expected to be ACTIVE/],
    ["deleting", "iam", undefined, OperatorFault, /is DELETING and expected to be ACTIVE/],
  ] as const)(
    "of %s for auth %s by %s access are refused with the cure",
    async (name, auth, access, kind, sentence) => {
      const refusal = await asked(name, auth, {}, access).catch((error: unknown) => error);
      expect(refusal).toBeInstanceOf(kind);
      expect(String(refusal)).toMatch(sentence);
    },
  );

  it.each(["updating", "healing"])("serve while it is %s: a thaw must not wait for that", async (name) => {
    expect(await asked(name, "iam")).toEqual(["b-1:9098"]);
  });
});
