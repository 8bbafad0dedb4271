import type { CreateClusterV2CommandInput, CreateConfigurationCommandInput } from "@aws-sdk/client-kafka";
import { expect, test } from "vitest";
import { isUnknown } from "#core/inventory/unknown.ts";
import type { Candidate } from "#core/planning/sizing/target-size.ts";
import {
  clusterInput,
  configurationInput,
  serverProperties,
  type TargetSpec,
  targetSpec,
} from "#core/planning/sizing/target-spec.ts";
import { migration, migrationFile } from "../../in-memory/migration.ts";
import { broker, configs } from "../inventory/estates.ts";
import { listing } from "../inventory/snapshots.ts";

const CANDIDATE: Candidate = {
  instance: "kafka.m7g.large",
  kind: "standard",
  brokers: 3,
  boundBy: "zones",
  used: { ingress: 0, egress: 0, partitions: 0, storage: 0 },
  partitionsPerBroker: 0,
  volumeGibibytes: 100,
  vcpus: 6,
  costPerDay: 1,
};
const TARGET = { kafkaVersion: "3.9.x", subnets: ["subnet-a", "subnet-b", "subnet-c"], securityGroups: ["sg-1"] };

const specOf = (
  file: Readonly<Record<string, unknown>> = { planning: { target: TARGET } },
  chosen: Candidate = CANDIDATE,
  known?: {
    readonly kafkaVersion: string;
    readonly subnets: readonly string[];
    readonly securityGroups: readonly string[];
  },
) => targetSpec(migration(file), chosen, { replicas: 3, brokers: listing([broker(1)]), known });

const whole = (spec: ReturnType<typeof specOf>): TargetSpec => {
  if (isUnknown(spec)) throw new Error(spec.unknown.why);
  return spec;
};

test("the spec is what the SDK's commands take, field by field", () => {
  const spec = whole(specOf());
  // Each constant keeps the compiler's eye on it: a field that the SDK does not know is an error here.
  const configuration: CreateConfigurationCommandInput = configurationInput(spec.createConfiguration) satisfies {
    [K in keyof CreateConfigurationCommandInput]-?: unknown;
  };
  const cluster: CreateClusterV2CommandInput = clusterInput(spec.createClusterV2, { Arn: "arn:a", Revision: 1 });
  type Known = NonNullable<CreateClusterV2CommandInput["Provisioned"]>;
  const provisioned: Exclude<keyof TargetSpec["createClusterV2"]["Provisioned"], keyof Known> extends never
    ? true
    : false = true;
  const nodes: Exclude<
    keyof TargetSpec["createClusterV2"]["Provisioned"]["BrokerNodeGroupInfo"],
    keyof NonNullable<Known["BrokerNodeGroupInfo"]>
  > extends never
    ? true
    : false = true;
  expect([provisioned, nodes]).toEqual([true, true]);
  expect(configuration).toEqual({
    Name: "shop",
    Description: "Target of the migration shop",
    KafkaVersions: ["3.9.x"],
    ServerProperties: new TextEncoder().encode(
      "auto.create.topics.enable=false\ndefault.replication.factor=3\nmin.insync.replicas=2\nunclean.leader.election.enable=false\n",
    ),
  });
  expect(cluster).toEqual({
    ClusterName: "shop",
    Tags: { "sluice:migration": "shop" },
    Provisioned: {
      BrokerNodeGroupInfo: {
        InstanceType: "kafka.m7g.large",
        ClientSubnets: ["subnet-a", "subnet-b", "subnet-c"],
        SecurityGroups: ["sg-1"],
        StorageInfo: { EbsStorageInfo: { VolumeSize: 100 } },
      },
      ClientAuthentication: { Sasl: { Scram: { Enabled: true } }, Unauthenticated: { Enabled: true } },
      EncryptionInfo: { EncryptionInTransit: { ClientBroker: "TLS_PLAINTEXT", InCluster: true } },
      EnhancedMonitoring: "PER_BROKER",
      KafkaVersion: "3.9.x",
      NumberOfBrokerNodes: 3,
      ConfigurationInfo: { Arn: "arn:a", Revision: 1 },
    },
  });
});

const secured = (type: "iam" | "mtls") => {
  const auth =
    type === "iam" ? { type, role: "arn:aws:iam::123456789012:role/sluice" } : { type, secret: "shop/mirror" };
  const mirror = (direction: string) => (type === "iam" ? { auth } : { auth, principal: `User:mirror-${direction}` });
  return {
    source: { ...migrationFile().source, tls: true },
    target: { msk: { arn: "arn:aws:kafka:eu-west-1:123456789012:cluster/new/1a2b" }, auth },
    replicator: {
      forward: {
        ...mirror("forward"),
        onSource: { auth: migrationFile().source.auth, principal: "User:mirror-forward" },
      },
      reverse: {
        ...mirror("reverse"),
        onSource: { auth: migrationFile().source.auth, principal: "User:mirror-reverse" },
      },
    },
  };
};

test("clients sign in as the file says, over TLS only where everyone does", () => {
  const iam = whole(specOf({ ...secured("iam"), planning: { target: TARGET } })).createClusterV2.Provisioned;
  expect(iam.ClientAuthentication).toEqual({ Sasl: { Iam: { Enabled: true } }, Unauthenticated: { Enabled: false } });
  expect(iam.EncryptionInfo.EncryptionInTransit.ClientBroker).toBe("TLS");
  const bare = specOf({ ...secured("mtls"), planning: { target: TARGET } });
  expect(bare).toMatchObject({
    unknown: {
      why: "the file does not say certificateAuthorities of the target",
      cure: "set planning.target.certificateAuthorities",
    },
  });
  const certificateAuthorities = ["arn:aws:acm-pca:eu-west-1:123456789012:certificate-authority/1"];
  const mtls = whole(specOf({ ...secured("mtls"), planning: { target: { ...TARGET, certificateAuthorities } } }));
  expect(mtls.createClusterV2.Provisioned.ClientAuthentication).toEqual({
    Tls: { Enabled: true, CertificateAuthorityArnList: certificateAuthorities },
    Unauthenticated: { Enabled: false },
  });
});

test("Express brokers have no volumes", () => {
  const { volumeGibibytes: _, ...rest } = CANDIDATE;
  const spec = whole(specOf(undefined, { ...rest, instance: "express.m7g.large", kind: "express" }));
  expect(spec.createClusterV2.Provisioned.BrokerNodeGroupInfo).not.toHaveProperty("StorageInfo");
  expect(spec.createConfiguration.ServerProperties).toBe("auto.create.topics.enable=false\n");
});

test("what only people know is asked for by its field; what MSK told of a target that is there is taken", () => {
  expect(specOf({})).toEqual({
    unknown: {
      source: "migration file",
      why: "the file does not say kafkaVersion, subnets, securityGroups of the target",
      cure: "set planning.target.kafkaVersion, planning.target.subnets, planning.target.securityGroups",
    },
  });
  const known = { kafkaVersion: "4.1.x.kraft", subnets: ["subnet-1", "subnet-2"], securityGroups: ["sg-9"] };
  const { Provisioned } = whole(specOf({}, CANDIDATE, known)).createClusterV2;
  expect(Provisioned).toMatchObject({
    KafkaVersion: "4.1.x.kraft",
    BrokerNodeGroupInfo: { ClientSubnets: ["subnet-1", "subnet-2"] },
  });
});

test("settings that people chose on every broker of the source are carried, others are MSK's own", () => {
  const chosen = configs({
    "offsets.retention.minutes": "20160",
    "message.max.bytes": "2000000",
    "super.users": "User:root",
  });
  const other = configs({ "offsets.retention.minutes": "20160", "message.max.bytes": "3000000" });
  const byDefault = configs({ "num.partitions": "1" }, "default");
  const brokers = listing([
    broker(1, { configs: new Map([...chosen, ...byDefault]) }),
    broker(2, { configs: new Map([...other, ...byDefault]) }),
  ]);
  const lines = serverProperties("standard", 2, brokers).split("\n");
  expect(lines).toContain("offsets.retention.minutes=20160");
  expect(lines).toContain("default.replication.factor=2");
  expect(lines).toContain("min.insync.replicas=1");
  expect(lines.some((line) => /message\.max|super\.users|num\.partitions/.test(line))).toBe(false);
});
