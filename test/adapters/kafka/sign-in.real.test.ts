import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ClusterSettings } from "#adapters/kafka/cluster-settings.ts";
import { connectCluster } from "#adapters/kafka/connect-cluster.ts";
import { settingsOf } from "#adapters/kafka/settings-of.ts";
import { clusterAddresses } from "#adapters/msk/cluster-addresses.ts";
import { OperatorFault, RetryableFault } from "#core/fault.ts";
import { ownSignIn } from "#core/migration/sign-in.ts";
import {
  type Certificates,
  madeCertificates,
  type SecureBroker,
  startSecureBroker,
  type Way,
} from "../../certificates/secure-broker.ts";
import { unsecuredToken } from "../../certificates/unsecured-token.ts";
import { migration } from "../../in-memory/migration.ts";
import { heldSecrets } from "../../workers/worker-task.ts";
import { startMskEdge } from "../msk/msk-edge.ts";

const client = "User:CN=sluice,O=shop";
const password = "admin-planted";
let certificates: Certificates;
let secure: SecureBroker;
const opened: { close(): Promise<void> }[] = [];

beforeAll(async () => {
  certificates = await madeCertificates();
  secure = await startSecureBroker({
    name: "secure",
    certificates,
    users: { admin: password, reader: "reader-planted" },
    superUsers: ["admin"],
    superPrincipals: [client],
  });
});
afterAll(async () => {
  await Promise.all(opened.map((cluster) => cluster.close()));
  await secure.stop();
});

type Changes = Partial<Omit<ClusterSettings, "clientId">>;
const connectTo = (way: Way | "PLAINTEXT", changes: Changes = {}) => {
  const cluster = connectCluster("source", {
    bootstrapServers: [way === "PLAINTEXT" ? secure.broker.bootstrapServers : secure.at[way]],
    tls: { ca: certificates.authority.certificate },
    clientId: "sluice-test",
    requestTimeoutMilliseconds: 5000,
    ...changes,
  });
  opened.push(cluster);
  return cluster;
};
const scram = (secret = password, mechanism: "SCRAM-SHA-256" | "SCRAM-SHA-512" = "SCRAM-SHA-256"): Changes => ({
  sasl: { mechanism, username: "admin", password: secret },
  secret: "kafka/source",
});
const showing = (name: "client" | "unknown-client" | "expired-client"): Changes => ({
  tls: { ca: certificates.authority.certificate, ...certificates[name] },
  secret: "kafka/source",
});
const bearing = (token: () => Promise<string>): Changes => ({
  sasl: { mechanism: "OAUTHBEARER", principal: "IAM:sluice", token },
});
const refusal = async (way: Way | "PLAINTEXT", changes: Changes = {}): Promise<OperatorFault> => {
  const error = await connectTo(way, changes)
    .warm()
    .then(
      () => new Error("it was let in"),
      (thrown: unknown) => thrown,
    );
  expect(error).toBeInstanceOf(OperatorFault);
  expect(String(error)).not.toContain("planted");
  return error as OperatorFault;
};

describe("a cluster is signed in to", () => {
  it.each<[string, Way, () => Changes]>([
    ["with SCRAM over TLS", "SCRAM", () => scram()],
    ["with a client certificate", "MTLS", () => showing("client")],
    ["with a token", "BEARER", () => bearing(async () => unsecuredToken("admin", 60))],
  ])("%s, as whom ACLs say, and its topics are made and read", async (what, way, changes) => {
    const cluster = connectTo(way, changes());
    const name = what.replaceAll(" ", "-");
    await cluster.topics.create([{ name, partitions: 1, replicationFactor: -1, configs: {} }]);
    expect((await cluster.topics.describe([name])).get(name)?.partitions).toBe(1);
    expect(await cluster.rights.list()).toEqual([]);
  });

  it("over TLS as nobody, who has no rights here, by whichever authority of several", async () => {
    const nobody = connectTo("TLS", {
      tls: { ca: certificates.stranger.certificate + certificates.authority.certificate },
    });
    await nobody.warm();
    await expect(nobody.rights.list()).rejects.toThrow(/User:ANONYMOUS lacks a right/);
  });

  it("by a host's name, where the certificate has it", async () => {
    const bootstrapServers = [secure.at.SCRAM.replace("127.0.0.1", "localhost")];
    expect(await connectTo("SCRAM", { ...scram(), bootstrapServers }).rights.list()).toEqual([]);
  });

  it("by its MSK ARN, with what the file, its secret and MSK say", async () => {
    const arn = "arn:aws:kafka:eu-west-1:123456789012:cluster/shop/1a2b3c4d-5e6f-1a2b-3c4d-5e6f1a2b3c4d-7";
    const edge = await startMskEdge({
      [arn]: { takesCertificates: true, brokers: { bootstrapBrokerStringTls: secure.at.MTLS } },
    });
    try {
      const ca = certificates.authority.certificate;
      const file = migration({ source: { msk: { arn }, ca, auth: { type: "mtls", secret: "shop/certificate" } } });
      const settings = await settingsOf(ownSignIn(file, "source"), {
        addresses: clusterAddresses({ clientIn: (region) => edge.clientIn(region) }),
        secrets: heldSecrets({ "shop/certificate": certificates.client }),
        iamToken: () => Promise.reject(new Error("nobody signs in by IAM here")),
      });
      const cluster = connectCluster("source", settings);
      opened.push(cluster);
      expect(cluster.bootstrapServers).toEqual([secure.at.MTLS]);
      expect(await cluster.rights.list()).toEqual([]);
    } finally {
      await edge.stop();
    }
  });

  it("anew with a fresh token before the session ends, on the connection that stands", async () => {
    let asked = 0;
    const cluster = connectTo(
      "BEARER",
      bearing(async () => {
        asked += 1;
        return unsecuredToken("admin", 3);
      }),
    );
    await cluster.warm();
    const before = asked;
    const until = Date.now() + 10_000;
    while (asked === before && Date.now() < until) await new Promise((resolve) => setTimeout(resolve, 50));
    expect(asked).toBe(before + 1);
    expect(await cluster.rights.list()).toEqual([]);
  });
});

describe("a sign-in that fails says which part and the cure", () => {
  it.each<[string, Way | "PLAINTEXT", () => Changes, RegExp]>([
    [
      "a wrong password",
      "SCRAM",
      () => scram("wrong-planted"),
      /User:admin cannot sign in to the source cluster .* with SCRAM-SHA-256: correct the user name and password in secret kafka\/source/,
    ],
    [
      "another mechanism",
      "SCRAM",
      () => scram(password, "SCRAM-SHA-512"),
      /with SCRAM-SHA-512: use a mechanism the listener at 127/,
    ],
    [
      "an authority that is not trusted",
      "TLS",
      () => ({ tls: true }),
      /not signed by an authority that every system trusts: .*Give the certificate of the authority that signed it as source\.ca/,
    ],
    [
      "the wrong authority",
      "TLS",
      () => ({ tls: { ca: certificates.stranger.certificate } }),
      /broker 127\.0\.0\.1:\d+ of the source cluster is not signed by an authority of source\.ca: .*Put the certificate of the authority/,
    ],
    [
      "an expired certificate of the broker",
      "EXPIRED",
      () => ({}),
      /broker 127\.0\.0\.1:\d+ .*certificate has expired\. Renew it on the broker/,
    ],
    [
      "a certificate for another host",
      "ELSEWHERE",
      () => ({}),
      /is for another host than 127\.0\.0\.1: .*Issue it for that name/,
    ],
    [
      "no client certificate",
      "MTLS",
      () => ({}),
      /demands a client certificate .*auth gives none; set it to \{ type: mtls, secret: … \}/,
    ],
    [
      "a client certificate of a stranger",
      "MTLS",
      () => showing("unknown-client"),
      /User:CN=nobody,O=shop cannot sign in .*does not accept its client certificate of secret kafka\/source .*authority that the brokers trust/,
    ],
    [
      "an expired client certificate",
      "MTLS",
      () => showing("expired-client"),
      /its client certificate of secret kafka\/source expired on \d{4}-\d\d-\d\dT.*renew it/,
    ],
    [
      "no TLS where there is some",
      "TLS",
      () => ({ tls: false }),
      /Broker requires TLS\. Set tls and auth of this cluster/,
    ],
    [
      "TLS where there is none",
      "PLAINTEXT",
      () => ({}),
      /verify the broker supports TLS\. Set tls and auth of this cluster/,
    ],
    [
      "a password where none is asked for",
      "TLS",
      () => scram(),
      /the listener at .* takes no user names or tokens; set auth to none or mtls/,
    ],
    [
      "a token whose time is over",
      "BEARER",
      () => bearing(async () => unsecuredToken("admin", -60)),
      /IAM:sluice cannot sign in .* refuse the token .*kafka-cluster:Connect/,
    ],
  ])("%s", async (_what, way, changes, sentence) => {
    expect((await refusal(way, changes())).message).toMatch(sentence);
  });

  it("a broker that closes at once is asked again, with a hint at the listener", async () => {
    const silent = connectTo("SCRAM", {}).warm();
    await expect(silent).rejects.toBeInstanceOf(RetryableFault);
    await expect(silent).rejects.toThrow(/its listener expects another sign-in than none over TLS/);
  });

  it("a token that cannot be made fails as what made it said", async () => {
    const denied = new OperatorFault("role sluice cannot be assumed");
    expect(
      await refusal(
        "BEARER",
        bearing(() => Promise.reject(denied)),
      ),
    ).toBe(denied);
  });
});
