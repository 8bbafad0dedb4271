import {
  DescribeClusterV2Command,
  DescribeConfigurationCommand,
  DescribeConfigurationRevisionCommand,
  type KafkaClient,
  ListNodesCommand,
  type NodeInfo,
} from "@aws-sdk/client-kafka";
import { askAws } from "#adapters/aws/ask-aws.ts";
import { factsOf } from "#core/inventory/facts.ts";
import type { OperatingObject, OperatingObjects } from "#core/inventory/operation.ts";
import { isUnknown, unknown } from "#core/inventory/unknown.ts";
import type { OperationsReader } from "#use-cases/ports/operations-reader.ts";
import { clusterFacts, nodeFacts } from "./cluster-facts.ts";

const source = "Amazon MSK";
const NODES_AT_ONCE = 100;
/** More than any cluster may have; a list without an end must not hold up a snapshot. */
const MOST_PAGES = 20;

export const mskOperations = (o: { readonly clientIn: (region: string) => KafkaClient }): OperationsReader => ({
  read: async ({ msk }) =>
    msk === undefined ? { items: [], gaps: [] } : mskObjects(o.clientIn(msk.arn.split(":")[3] ?? ""), msk.arn),
});

/** What MSK tells from the cluster's ARN alone: the cluster, its configuration and its nodes. */
export async function mskObjects(client: KafkaClient, arn: string): Promise<OperatingObjects> {
  const described = await askAws(
    { source, doing: `describing MSK cluster ${arn}`, action: "kafka:DescribeClusterV2", on: arn },
    () => client.send(new DescribeClusterV2Command({ ClusterArn: arn })),
  );
  if (isUnknown(described)) return { items: [], gaps: [described] };
  const cluster = described.ClusterInfo;
  if (cluster === undefined) return { items: [], gaps: [unknown(source, `MSK said nothing of cluster ${arn}`)] };
  const name = cluster.ClusterName ?? arn;
  const item: OperatingObject = { kind: "msk-cluster", name, source, facts: clusterFacts(cluster) };
  // What a serverless one runs on is AWS's own.
  if (cluster.Provisioned === undefined) return { items: [item], gaps: [] };
  const { ConfigurationArn, ConfigurationRevision, KafkaVersion } = cluster.Provisioned.CurrentBrokerSoftwareInfo ?? {};
  const [configuration, nodes] = await Promise.all([
    configurationOf(client, ConfigurationArn, ConfigurationRevision, KafkaVersion),
    nodesOf(client, arn),
  ]);
  return {
    items: [item, configuration, ...nodes.items],
    gaps: nodes.gaps,
  };
}

/** As set by its revision: a property that is not there has the value that MSK gives it. */
async function configurationOf(
  client: KafkaClient,
  arn: string | undefined,
  revision: number | undefined,
  kafkaVersion: string | undefined,
): Promise<OperatingObject> {
  const kind = "msk-configuration";
  if (arn === undefined || revision === undefined)
    return {
      kind,
      name: "default",
      source,
      facts: factsOf({ is: `MSK's own for Kafka ${kafkaVersion ?? "of its version"}` }),
    };
  const name = arn.split("/")[1] ?? arn;
  const [configuration, set] = await Promise.all([
    askAws({ source, doing: `describing configuration ${name}`, action: "kafka:DescribeConfiguration", on: arn }, () =>
      client.send(new DescribeConfigurationCommand({ Arn: arn })),
    ),
    askAws(
      {
        source,
        doing: `reading revision ${revision} of configuration ${name}`,
        action: "kafka:DescribeConfigurationRevision",
        on: arn,
      },
      () => client.send(new DescribeConfigurationRevisionCommand({ Arn: arn, Revision: revision })),
    ),
  ]);
  if (isUnknown(set)) return { kind, name, source, facts: set };
  if (isUnknown(configuration)) return { kind, name, source, facts: configuration };
  const properties = propertiesIn(Buffer.from(set.ServerProperties ?? []).toString("utf8"));
  return {
    kind,
    name,
    source,
    facts: factsOf({
      arn,
      revision,
      latestRevision: configuration.LatestRevision?.Revision,
      state: configuration.State,
      ...properties,
    }),
  };
}

/** `name=value` by line, as Kafka's own server.properties; comments begin with # or !. */
export const propertiesIn = (text: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    text
      .split(/\r?\n/)
      .map((line) => /^\s*([^#!\s=:][^\s=:]*)\s*[=:]?\s*(.*?)\s*$/.exec(line))
      .flatMap((found) => (found === null ? [] : [[found[1] ?? "", found[2] ?? ""]])),
  );

async function nodesOf(client: KafkaClient, arn: string): Promise<OperatingObjects> {
  const nodes: NodeInfo[] = [];
  let next: string | undefined;
  for (let page = 0; page < MOST_PAGES; page++) {
    const answer = await askAws(
      { source, doing: `listing the nodes of MSK cluster ${arn}`, action: "kafka:ListNodes", on: arn },
      () =>
        client.send(
          new ListNodesCommand({
            ClusterArn: arn,
            MaxResults: NODES_AT_ONCE,
            ...(next === undefined ? {} : { NextToken: next }),
          }),
        ),
    );
    if (isUnknown(answer)) return { items: itemsOf(nodes), gaps: [answer] };
    nodes.push(...(answer.NodeInfoList ?? []));
    next = answer.NextToken;
    if (next === undefined || next === "") return { items: itemsOf(nodes), gaps: [] };
  }
  return { items: itemsOf(nodes), gaps: [unknown(source, `the nodes beyond ${nodes.length} were not listed`)] };
}

const itemsOf = (nodes: readonly NodeInfo[]): readonly OperatingObject[] =>
  nodes.map((node, n) => {
    const id = node.BrokerNodeInfo?.BrokerId;
    const name = id === undefined ? (node.NodeARN?.split("/").at(-1) ?? `node ${n}`) : `broker ${id}`;
    return { kind: "msk-node", name, source, facts: nodeFacts(node) };
  });
