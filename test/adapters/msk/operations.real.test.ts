import { ApplicationAutoScalingClient } from "@aws-sdk/client-application-auto-scaling";
import { CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import { CreateClusterV2Command, KafkaClient } from "@aws-sdk/client-kafka";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { storageScaling } from "#adapters/autoscaling/broker-storage.ts";
import { cloudWatchOperations } from "#adapters/cloudwatch/mentions.ts";
import { mskObjects, mskOperations, propertiesIn } from "#adapters/msk/operating-objects.ts";
import type { OperatingObjects } from "#core/inventory/operation.ts";
import { isUnknown } from "#core/inventory/unknown.ts";
import { estateScanner } from "#use-cases/scan-estate.ts";
import { standingClock } from "../../in-memory/clock.ts";
import { migration } from "../../in-memory/migration.ts";
import { startMskEdge } from "./msk-edge.ts";
import { arnOf, at, region, startOperationsLab } from "./operations-lab.ts";

let lab: Awaited<ReturnType<typeof startOperationsLab>>;
beforeAll(async () => {
  lab = await startOperationsLab();
});
afterAll(() => lab?.stop());

/** As AWS refuses who may not: in the answer itself, before it is parsed. */
function refusing<C extends KafkaClient | CloudWatchClient | ApplicationAutoScalingClient>(
  client: C,
  operation: string,
): C {
  const stack = (client as KafkaClient).middlewareStack;
  stack.add(
    (next, context) => async (args) => {
      if (context["commandName"] !== `${operation}Command`) return next(args);
      throw Object.assign(new Error("User: sluice is not authorized"), {
        name: "AccessDeniedException",
        $metadata: { httpStatusCode: 403 },
      });
    },
    { step: "initialize", name: "refusing" },
  );
  return client;
}

const readerThatIsRefused = (operation = "nothing") => {
  const regions: (string | undefined)[] = [];
  const counted = (asked: string | undefined) => {
    regions.push(asked);
    return at(lab.url);
  };
  const readers = [
    mskOperations({ clientIn: (asked) => refusing(new KafkaClient(counted(asked)), operation) }),
    storageScaling({ clientIn: (asked) => refusing(new ApplicationAutoScalingClient(counted(asked)), operation) }),
    cloudWatchOperations({ clientIn: (asked) => refusing(new CloudWatchClient(counted(asked)), operation) }),
  ];
  const read = async (arn: string): Promise<OperatingObjects> => {
    const auth = { type: "iam", role: "arn:aws:iam::123456789012:role/sluice" };
    const found = await estateScanner(
      { operations: readers, clock: standingClock() },
      noCluster,
      migration({ source: { msk: { arn }, auth } }),
      "source",
    ).scan({ part: "operations" });
    if (found.operations === undefined) throw new Error("no operating objects were listed");
    // What people declare is the same whoever is asked.
    const items = found.operations.items.filter(({ source }) => source !== "migration file");
    expect(items.length).toBeLessThan(found.operations.items.length);
    return { items, gaps: found.operations.gaps };
  };
  return { regions, read };
};
const noCluster = {
  pages: async () => [],
  scan: async () => ({}),
  sweep: () => Promise.reject(new Error("no cluster")),
};
const named = ({ items }: OperatingObjects) => items.map(({ kind, name }) => `${kind}/${name}`);
const factsOf = ({ items }: OperatingObjects, kind: string) => items.find((item) => item.kind === kind)?.facts;

describe("what AWS tells of an MSK cluster from its ARN alone", () => {
  it("is the cluster, its configuration's revision, every node, how its storage grows, and what watches it", async () => {
    const { read, regions } = readerThatIsRefused();
    const found = await read(arnOf("shop"));
    expect(found.gaps).toEqual([]);
    expect([...new Set(regions)]).toEqual([region]);
    expect(named(found).filter((name) => name.startsWith("msk-node/"))).toHaveLength(130);
    expect(
      named(found)
        .filter((name) => !name.startsWith("msk-node/"))
        .toSorted(),
    ).toEqual([
      "alarm/disk",
      "alarm/math",
      "dashboard/kafka-shop",
      "msk-cluster/shop",
      "msk-configuration/shop-settings",
      "msk-storage-scaling/broker storage",
    ]);
    expect(factsOf(found, "msk-cluster")).toMatchObject({
      kafkaVersion: "3.6.0",
      metadata: "KRaft",
      brokers: "130",
      configurationRevision: "3",
      authentication: "scram, iam, mtls",
      certificateAuthorities: "ca-1",
      encryptionAtRestKey: "key-1",
      encryptionInTransit: "TLS",
      encryptionBetweenBrokers: "true",
      brokerLogs: "CloudWatch kafka, S3 b/p",
      monitoring: "PER_BROKER",
      prometheus: "JMX exporter",
      publicAccess: "DISABLED",
      privateConnectivity: "mtls",
    });
    expect(factsOf(found, "msk-configuration")).toMatchObject({
      revision: "3",
      latestRevision: "3",
      "auto.create.topics.enable": "false",
      "allow.everyone.if.no.acl.found": "false",
    });
    expect(factsOf(found, "msk-node")).toMatchObject({ role: "broker", instanceType: "m5.large", subnet: "subnet-1" });
    expect(factsOf(found, "msk-storage-scaling")).toEqual({
      leastGiB: "100",
      mostGiB: "2000",
      suspended: "false",
      policies: "grow at 60 % used",
    });
    expect(factsOf(found, "alarm")).toMatchObject({
      metric: "AWS/Kafka KafkaDataLogsDiskUsed",
      dimensions: "Cluster Name=shop",
      rule: "Maximum GreaterThanThreshold 85",
      datapoints: "2 of 2",
      actions: "none",
    });
    expect(factsOf(found, "dashboard")).toEqual({ widgets: "1" });
  });

  it("of a serverless one has no brokers, no configuration and no storage of its own", async () => {
    const found = await readerThatIsRefused().read(arnOf("light"));
    expect(found.gaps).toEqual([]);
    expect(named(found)).toEqual(["msk-cluster/light"]);
    expect(factsOf(found, "msk-cluster")).toMatchObject({
      type: "SERVERLESS",
      authentication: "iam",
      subnets: "subnet-2",
      securityGroups: "sg-1",
    });
  });

  it.each([
    ["DescribeClusterV2", "kafka:DescribeClusterV2"],
    ["ListNodes", "kafka:ListNodes"],
    ["DescribeConfiguration", "kafka:DescribeConfiguration"],
    ["DescribeConfigurationRevision", "kafka:DescribeConfigurationRevision"],
    ["DescribeScalableTargets", "application-autoscaling:DescribeScalableTargets"],
    ["DescribeScalingPolicies", "application-autoscaling:DescribeScalingPolicies"],
    ["DescribeAlarms", "cloudwatch:DescribeAlarms"],
    ["ListDashboards", "cloudwatch:ListDashboards"],
    ["GetDashboard", "cloudwatch:GetDashboard"],
  ])("leaves out what %s tells where it is refused, and names %s; all else is there", async (operation, action) => {
    const whole = await readerThatIsRefused().read(arnOf("shop"));
    const found = await readerThatIsRefused(operation).read(arnOf("shop"));
    const unknowns = [...found.gaps, ...found.items.flatMap(({ facts }) => (isUnknown(facts) ? [facts] : []))];
    expect(unknowns).toHaveLength(1);
    expect(unknowns[0]?.unknown.why).toMatch(/was refused \(AccessDeniedException/);
    expect(unknowns[0]?.unknown.cure).toMatch(
      new RegExp(`^allow ${action} on \\S+ to the role of the function inventory-take-snapshot`),
    );
    const lost = named(whole).filter((name) => !named(found).includes(name));
    expect(lost.length).toBeLessThan(operation === "DescribeClusterV2" || operation === "ListNodes" ? 133 : 3);
    expect(found.items.length).toBeGreaterThan(2);
  });

  it("says in a sentence what happened where nobody answers, or no cluster has the ARN", async () => {
    const gone = await readerThatIsRefused().read(arnOf("gone"));
    expect(gone.gaps.map(({ unknown }) => unknown.why)).toEqual([
      expect.stringMatching(/describing MSK cluster .*gone.* failed \(NotFoundException: The cluster wasn't found/),
    ]);
    const silent = await mskObjects(new KafkaClient(at("http://127.0.0.1:9")), arnOf("shop"));
    expect(silent.gaps.map(({ unknown }) => unknown.why)).toEqual([expect.stringMatching(/ECONNREFUSED/)]);
  });

  it("is understood as another implementation of MSK writes it", async () => {
    const client = new KafkaClient(at(lab.motoUrl));
    const { ClusterArn = "" } = await client.send(
      new CreateClusterV2Command({
        ClusterName: "theirs",
        Tags: { team: "flow", "api-token": "t0ps3cret" },
        Provisioned: {
          KafkaVersion: "3.6.0",
          NumberOfBrokerNodes: 3,
          StorageMode: "TIERED",
          BrokerNodeGroupInfo: {
            InstanceType: "kafka.m7g.large",
            ClientSubnets: ["subnet-a", "subnet-b"],
            SecurityGroups: ["sg-k"],
            StorageInfo: {
              EbsStorageInfo: { VolumeSize: 500, ProvisionedThroughput: { Enabled: true, VolumeThroughput: 250 } },
            },
          },
        },
      }),
    );
    // Its time of creation has no zone, which the SDK refuses; all else is passed on as it is written.
    const theirs = await fetch(`${lab.motoUrl}/api/v2/clusters/${encodeURIComponent(ClusterArn)}`, {
      headers: { authorization: `AWS4-HMAC-SHA256 Credential=local/20260101/${region}/kafka/aws4_request` },
    });
    const { clusterInfo } = (await theirs.json()) as { readonly clusterInfo: Readonly<Record<string, unknown>> };
    const relay = await startMskEdge({
      [ClusterArn]: { brokers: {}, info: { ...clusterInfo, creationTime: "2026-01-01T00:00:00Z" } },
    });
    const found = await mskObjects(relay.clientIn(region), ClusterArn);
    await relay.stop();
    expect(factsOf(found, "msk-cluster")).toMatchObject({
      brokers: "3",
      instanceType: "kafka.m7g.large",
      volumeGiBPerBroker: "500",
      provisionedThroughput: "250 MiB/s",
      storageMode: "TIERED",
      "tag team": "flow",
      "tag api-token": "masked",
    });
    expect(JSON.stringify(found)).not.toContain("t0ps3cret");
  });

  it("reads properties as Kafka does: comments, blanks, and = in values", () => {
    expect(propertiesIn("# c\r\n! c\n\na = b\nc=d=e\n f:g\nempty=\n")).toEqual({ a: "b", c: "d=e", f: "g", empty: "" });
  });
});
