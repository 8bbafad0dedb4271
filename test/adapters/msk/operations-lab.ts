import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  ApplicationAutoScalingClient,
  PutScalingPolicyCommand,
  RegisterScalableTargetCommand,
} from "@aws-sdk/client-application-auto-scaling";
import { CloudWatchClient, PutDashboardCommand, PutMetricAlarmCommand } from "@aws-sdk/client-cloudwatch";
import { startMoto } from "#local/processes/start-moto.ts";
import { startMskEdge } from "./msk-edge.ts";

export const region = "eu-central-1";
export const arnOf = (name: string) =>
  `arn:aws:kafka:${region}:123456789012:cluster/${name}/1a2b3c4d-5e6f-1a2b-3c4d-5e6f1a2b3c4d-7`;
const configurationArn = `arn:aws:kafka:${region}:123456789012:configuration/shop-settings/0f0f-3`;
const scaling = {
  ServiceNamespace: "kafka",
  ResourceId: arnOf("shop"),
  ScalableDimension: "kafka:broker-storage:VolumeSize",
} as const;

export const at = (endpoint: string) => ({
  region,
  endpoint,
  credentials: { accessKeyId: "local", secretAccessKey: "local" },
  maxAttempts: 1,
});
const broker = (id: number) => ({
  nodeType: "BROKER",
  instanceType: "m5.large",
  nodeARN: `${arnOf("shop")}/${id}`,
  brokerNodeInfo: {
    brokerId: id,
    clientSubnet: "subnet-1",
    clientVpcIpAddress: `10.0.0.${id}`,
    endpoints: [`b-${id}`],
  },
});

/**
 * The MSK cluster `shop` of 130 nodes and the serverless one `light`, as the edge answers for them; in front of a moto that has
 * their alarms, dashboards and scaling.
 */
export async function startOperationsLab() {
  const directory = await mkdtemp(join(tmpdir(), "sluice-operations-"));
  const moto = await startMoto({ name: "moto-operations", directory, region });
  const edge = await startMskEdge(
    {
      [arnOf("shop")]: {
        brokers: {},
        info: {
          provisioned: {
            brokerNodeGroupInfo: {
              clientSubnets: ["subnet-1"],
              instanceType: "kafka.m5.large",
              connectivityInfo: {
                publicAccess: { type: "DISABLED" },
                vpcConnectivity: { clientAuthentication: { tls: { enabled: true } } },
              },
            },
            clientAuthentication: {
              sasl: { scram: { enabled: true }, iam: { enabled: true } },
              tls: { enabled: true, certificateAuthorityArnList: ["ca-1"] },
            },
            encryptionInfo: {
              encryptionAtRest: { dataVolumeKMSKeyId: "key-1" },
              encryptionInTransit: { clientBroker: "TLS", inCluster: true },
            },
            loggingInfo: {
              brokerLogs: {
                cloudWatchLogs: { enabled: true, logGroup: "kafka" },
                s3: { enabled: true, bucket: "b", prefix: "p" },
              },
            },
            enhancedMonitoring: "PER_BROKER",
            openMonitoring: { prometheus: { jmxExporter: { enabledInBroker: true } } },
            numberOfBrokerNodes: 130,
            currentBrokerSoftwareInfo: { kafkaVersion: "3.6.0", configurationArn, configurationRevision: 3 },
          },
        },
        nodes: Array.from({ length: 130 }, (_, n) => broker(n + 1)),
        configuration: {
          arn: configurationArn,
          name: "shop-settings",
          revision: 3,
          serverProperties: "# ours\nauto.create.topics.enable=false\nallow.everyone.if.no.acl.found = false\n",
        },
      },
      [arnOf("light")]: {
        brokers: {},
        info: {
          clusterType: "SERVERLESS",
          serverless: {
            vpcConfigs: [{ subnetIds: ["subnet-2"], securityGroupIds: ["sg-1"] }],
            clientAuthentication: { sasl: { iam: { enabled: true } } },
          },
        },
      },
    },
    moto.url,
  );
  await putWatchers(new CloudWatchClient(at(moto.url)));
  const autoscaling = new ApplicationAutoScalingClient(at(moto.url));
  await autoscaling.send(new RegisterScalableTargetCommand({ ...scaling, MinCapacity: 100, MaxCapacity: 2000 }));
  await autoscaling.send(
    new PutScalingPolicyCommand({
      ...scaling,
      PolicyName: "grow",
      PolicyType: "TargetTrackingScaling",
      TargetTrackingScalingPolicyConfiguration: {
        TargetValue: 60,
        PredefinedMetricSpecification: { PredefinedMetricType: "KafkaBrokerStorageUtilization" },
      },
    }),
  );
  return {
    url: edge.url,
    motoUrl: moto.url,
    stop: async () => {
      await edge.stop();
      await moto.process.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

async function putWatchers(cloudwatch: CloudWatchClient): Promise<void> {
  const rule = { EvaluationPeriods: 2, Threshold: 85, ComparisonOperator: "GreaterThanThreshold" } as const;
  const metric = (cluster: string) => ({
    Namespace: "AWS/Kafka",
    MetricName: "KafkaDataLogsDiskUsed",
    Dimensions: [{ Name: "Cluster Name", Value: cluster }],
  });
  const measured = { ...rule, Period: 300, Statistic: "Maximum" } as const;
  await cloudwatch.send(new PutMetricAlarmCommand({ AlarmName: "disk", ...measured, ...metric("shop") }));
  await cloudwatch.send(new PutMetricAlarmCommand({ AlarmName: "workshop-disk", ...measured, ...metric("workshop") }));
  await cloudwatch.send(
    new PutMetricAlarmCommand({
      AlarmName: "math",
      ...rule,
      Metrics: [
        {
          Id: "e",
          Expression: `SEARCH('{AWS/Kafka,"Cluster Name"} "Cluster Name"="shop"', 'Sum', 300)`,
          ReturnData: true,
        },
      ],
    }),
  );
  const board = (name: string, cluster: string) => ({
    DashboardName: name,
    DashboardBody: JSON.stringify({
      widgets: [{ type: "metric", properties: { metrics: [["AWS/Kafka", "CpuUser", "Cluster Name", cluster]] } }],
    }),
  });
  for (const [name, cluster] of [
    ["kafka-shop", "shop"],
    ["other", "shop-2"],
  ] as const)
    await cloudwatch.send(new PutDashboardCommand(board(name, cluster)));
}
