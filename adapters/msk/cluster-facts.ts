import type { Cluster, NodeInfo, Provisioned, Serverless } from "@aws-sdk/client-kafka";
import { type Facts, factsOf } from "#core/inventory/facts.ts";

/** What MSK says of a cluster, but for addresses and what changes by itself: those would be drift each night. */
export function clusterFacts(cluster: Cluster): Facts {
  const tags = Object.entries(cluster.Tags ?? {}).map(([name, value]) => [`tag ${name}`, value] as const);
  return {
    ...factsOf({ arn: cluster.ClusterArn, type: cluster.ClusterType, state: cluster.State }),
    ...(cluster.Provisioned === undefined ? {} : provisionedFacts(cluster.Provisioned)),
    ...(cluster.Serverless === undefined ? {} : serverlessFacts(cluster.Serverless)),
    ...factsOf(Object.fromEntries(tags)),
  };
}

function provisionedFacts(p: Provisioned): Facts {
  const { BrokerNodeGroupInfo: nodes, ClientAuthentication: auth, EncryptionInfo: encryption } = p;
  const ebs = nodes?.StorageInfo?.EbsStorageInfo;
  const throughput = ebs?.ProvisionedThroughput;
  const { CloudWatchLogs, Firehose, S3 } = p.LoggingInfo?.BrokerLogs ?? {};
  const prometheus = p.OpenMonitoring?.Prometheus;
  const multiVpc = nodes?.ConnectivityInfo?.VpcConnectivity?.ClientAuthentication;
  return factsOf({
    kafkaVersion: p.CurrentBrokerSoftwareInfo?.KafkaVersion,
    metadata: p.ZookeeperConnectString === undefined ? "KRaft" : "ZooKeeper",
    brokers: p.NumberOfBrokerNodes,
    instanceType: nodes?.InstanceType,
    volumeGiBPerBroker: ebs?.VolumeSize,
    provisionedThroughput: throughput?.Enabled === true ? `${throughput.VolumeThroughput} MiB/s` : "off",
    storageMode: p.StorageMode ?? "not told",
    // A cluster that was made without a word of it takes everyone.
    authentication: listOr("unauthenticated", [
      auth?.Sasl?.Scram?.Enabled === true && "scram",
      auth?.Sasl?.Iam?.Enabled === true && "iam",
      auth?.Tls?.Enabled === true && "mtls",
      auth?.Unauthenticated?.Enabled === true && "unauthenticated",
    ]),
    certificateAuthorities: auth?.Tls?.CertificateAuthorityArnList,
    encryptionAtRestKey: encryption?.EncryptionAtRest?.DataVolumeKMSKeyId,
    encryptionInTransit: encryption?.EncryptionInTransit?.ClientBroker,
    encryptionBetweenBrokers: encryption?.EncryptionInTransit?.InCluster,
    brokerLogs: listOr("none", [
      CloudWatchLogs?.Enabled === true && `CloudWatch ${CloudWatchLogs.LogGroup ?? ""}`.trim(),
      S3?.Enabled === true && `S3 ${[S3.Bucket, S3.Prefix].filter(Boolean).join("/")}`.trim(),
      Firehose?.Enabled === true && `Firehose ${Firehose.DeliveryStream ?? ""}`.trim(),
    ]),
    monitoring: p.EnhancedMonitoring,
    prometheus: listOr("none", [
      prometheus?.JmxExporter?.EnabledInBroker === true && "JMX exporter",
      prometheus?.NodeExporter?.EnabledInBroker === true && "node exporter",
    ]),
    publicAccess: nodes?.ConnectivityInfo?.PublicAccess?.Type,
    privateConnectivity: listOr("none", [
      multiVpc?.Sasl?.Scram?.Enabled === true && "scram",
      multiVpc?.Sasl?.Iam?.Enabled === true && "iam",
      multiVpc?.Tls?.Enabled === true && "mtls",
    ]),
    subnets: nodes?.ClientSubnets,
    securityGroups: nodes?.SecurityGroups,
    zones: nodes?.ZoneIds,
    configuration: p.CurrentBrokerSoftwareInfo?.ConfigurationArn,
    configurationRevision: p.CurrentBrokerSoftwareInfo?.ConfigurationRevision,
  });
}

/** Brokers, storage, versions and their settings are AWS's own there. */
const serverlessFacts = ({ ClientAuthentication: auth, VpcConfigs }: Serverless): Facts =>
  factsOf({
    authentication: listOr("none", [auth?.Sasl?.Iam?.Enabled === true && "iam"]),
    subnets: VpcConfigs?.flatMap(({ SubnetIds }) => SubnetIds ?? []),
    securityGroups: VpcConfigs?.flatMap(({ SecurityGroupIds }) => SecurityGroupIds ?? []),
  });

export function nodeFacts(node: NodeInfo): Facts {
  const { BrokerNodeInfo: broker, ControllerNodeInfo: controller } = node;
  return factsOf({
    role: node.NodeType?.toLowerCase(),
    instanceType: node.InstanceType,
    kafkaVersion: broker?.CurrentBrokerSoftwareInfo?.KafkaVersion,
    configurationRevision: broker?.CurrentBrokerSoftwareInfo?.ConfigurationRevision,
    subnet: broker?.ClientSubnet,
    address: broker?.ClientVpcIpAddress,
    networkInterface: broker?.AttachedENIId,
    endpoints: broker?.Endpoints ?? controller?.Endpoints,
    addedAt: node.AddedToClusterTime,
  });
}

const listOr = (otherwise: string, names: readonly (string | false)[]): string =>
  names.filter(Boolean).join(", ") || otherwise;
