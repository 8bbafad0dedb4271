import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { connectorConfig, expectedTasks } from "#adapters/connect/connector-config.ts";
import type { MirrorEnd } from "#adapters/connect/mirror-end.ts";

const scram = { type: "scram", mechanism: "SCRAM-SHA-512", username: 'm"i\\r' } as const;
const source: MirrorEnd = {
  bootstrapServers: ["s1:9092", "s2:9092"],
  tls: false,
  hasOwnAuthorities: false,
  signIn: scram,
};
const target: MirrorEnd = { bootstrapServers: ["t1:9093"], tls: true, hasOwnAuthorities: false, signIn: scram };
const settings = { ends: { source, target }, tasksPerConnector: 4 };
const spec = {
  name: "c",
  topics: ["orders.v1", "a-b"],
  partitions: 3,
  maxMessageBytes: 1_048_588,
  emitsOffsetSyncs: false,
};

describe("a connector's configuration", () => {
  it("reads from the source and writes to the target when forward, the other way round when reverse", () => {
    const forward = connectorConfig("forward", spec, settings);
    expect(forward).toMatchObject({
      "source.cluster.alias": "source",
      "source.cluster.bootstrap.servers": "s1:9092,s2:9092",
      "source.cluster.security.protocol": "SASL_PLAINTEXT",
      "target.cluster.alias": "target",
      "target.cluster.bootstrap.servers": "t1:9093",
      "target.cluster.security.protocol": "SASL_SSL",
    });
    expect(forward["source.cluster.sasl.jaas.config"]).toBe(
      'org.apache.kafka.common.security.scram.ScramLoginModule required username="m\\"i\\\\r" password="${env:SOURCE_PASSWORD}";',
    );
    const reverse = connectorConfig("reverse", spec, settings);
    expect(reverse).toMatchObject({
      "source.cluster.alias": "target",
      "target.cluster.alias": "source",
      "source.cluster.bootstrap.servers": "t1:9093",
    });
    expect(reverse["source.cluster.sasl.jaas.config"]).toContain("${env:TARGET_PASSWORD}");
    expect(reverse["target.cluster.sasl.jaas.config"]).toContain("${env:SOURCE_PASSWORD}");
  });

  it("says nothing of signing in where the mirror does not", () => {
    const none = { signIn: { type: "none" } } as const;
    const ends = { source: { ...source, ...none }, target: { ...target, ...none } };
    const config = connectorConfig("forward", spec, { ...settings, ends });
    expect(Object.keys(config).filter((key) => key.includes("sasl"))).toEqual([]);
    expect(config["source.cluster.security.protocol"]).toBe("PLAINTEXT");
    expect(config["target.cluster.security.protocol"]).toBe("SSL");
  });

  it("signs in by certificate on one side and by IAM on the other, with no secret and no PEM in it", () => {
    const config = connectorConfig("forward", spec, {
      ...settings,
      ends: {
        source: { ...source, tls: true, hasOwnAuthorities: true, signIn: { type: "mtls" } },
        target: {
          ...target,
          signIn: {
            type: "iam",
            role: "arn:aws:iam::1:role/mirror",
            session: "sluice-shop-forward",
            region: "eu-west-1",
          },
        },
      },
    });
    const of = (prefix: string) => {
      const named = Object.entries(config).filter(([key]) => key.startsWith(`${prefix}.cluster.s`));
      return Object.fromEntries(named.map(([key, value]) => [key.slice(`${prefix}.cluster.`.length), value]));
    };
    expect(of("source")).toEqual({
      "security.protocol": "SSL",
      "ssl.truststore.type": "PEM",
      "ssl.truststore.certificates": "${env:SOURCE_CA}",
      "ssl.keystore.type": "PEM",
      "ssl.keystore.certificate.chain": "${env:SOURCE_CERTIFICATE}",
      "ssl.keystore.key": "${env:SOURCE_KEY}",
    });
    expect(of("target")).toEqual({
      "security.protocol": "SASL_SSL",
      "sasl.mechanism": "AWS_MSK_IAM",
      "sasl.jaas.config":
        'software.amazon.msk.auth.iam.IAMLoginModule required awsRoleArn="arn:aws:iam::1:role/mirror" awsRoleSessionName="sluice-shop-forward" awsStsRegion="eu-west-1";',
      "sasl.client.callback.handler.class": "software.amazon.msk.auth.iam.IAMClientCallbackHandler",
    });
  });

  it("matches each topic and no other of all that a topic may be called", () => {
    const name = fc.string({ unit: fc.constantFrom(..."ab.-_Z0"), minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(name, name, (topic, other) => {
        const pattern = connectorConfig("forward", { ...spec, topics: [topic] }, settings)["topics"];
        expect(new RegExp(`^(?:${pattern})$`).test(other)).toBe(topic === other);
      }),
    );
  });

  it("asks for as many tasks as will run", () => {
    expect(connectorConfig("forward", spec, settings)["tasks.max"]).toBe("3");
    expect(expectedTasks(2, 50)).toBe(2);
  });

  it("mentions the topic of offset syncs only where they are written, as MirrorMaker demands", () => {
    const syncs = (emitsOffsetSyncs: boolean) =>
      Object.keys(connectorConfig("forward", { ...spec, emitsOffsetSyncs }, settings)).filter((key) =>
        key.startsWith("offset-syncs."),
      );
    expect(syncs(false)).toEqual([]);
    expect(syncs(true)).toEqual(["offset-syncs.topic.location", "offset-syncs.topic.replication.factor"]);
  });
});
