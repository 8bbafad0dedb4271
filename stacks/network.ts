import type { Stage } from "./read-stage.ts";

export type Network = ReturnType<typeof network>;

const REST_PORT = 8083;
const METRICS_PORT = 9404;
/** What is called from inside the VPC, beside the two that gateways lead to. */
const INTERFACES = [
  "application-autoscaling",
  "ecr.api",
  "ecr.dkr",
  "ecs",
  "kafka",
  "kms",
  "lambda",
  "logs",
  "monitoring",
  "scheduler",
  "secretsmanager",
  "sns",
  "sqs",
  "ssm",
  "states",
  "sts",
  "xray",
] as const;
/** S3 holds the layers of the workers' image. */
const GATEWAYS = ["dynamodb", "s3"] as const;

/** An existing VPC: what may be reached from functions and workers, and nothing may reach them but each other. */
export function network({ prefix, settings, place }: Stage) {
  const { vpc, kafka } = settings;
  const inVpc = { vpcId: vpc.id };
  const functions = new aws.ec2.SecurityGroup("FunctionsGroup", {
    ...inVpc,
    name: `${prefix}-functions`,
    description: "Sluice functions that reach Kafka and Connect",
  });
  const workers = new aws.ec2.SecurityGroup("WorkersGroup", {
    ...inVpc,
    name: `${prefix}-workers`,
    description: "Sluice Connect workers",
  });
  const groups = [
    ["Functions", functions],
    ["Workers", workers],
  ] as const;
  type To = {
    readonly cidrIpv4?: string;
    readonly prefixListId?: $util.Input<string>;
    readonly referencedSecurityGroupId?: $util.Input<string>;
  };
  const out = (name: string, securityGroupId: $util.Input<string>, port: number, to: To) =>
    new aws.vpc.SecurityGroupEgressRule(name, {
      securityGroupId,
      ipProtocol: "tcp",
      fromPort: port,
      toPort: port,
      ...to,
    });
  const inwards = (
    name: string,
    securityGroupId: $util.Input<string>,
    port: number,
    referencedSecurityGroupId: $util.Input<string>,
  ) =>
    new aws.vpc.SecurityGroupIngressRule(name, {
      securityGroupId,
      ipProtocol: "tcp",
      fromPort: port,
      toPort: port,
      referencedSecurityGroupId,
    });

  for (const [who, group] of groups) {
    for (const [index, cidrIpv4] of kafka.cidrs.entries())
      for (const port of kafka.ports) out(`${who}ToKafka${index}On${port}`, group.id, port, { cidrIpv4 });
    out(`${who}ToWorkers`, group.id, REST_PORT, { referencedSecurityGroupId: workers.id });
    inwards(`WorkersFrom${who}`, workers.id, REST_PORT, group.id);
  }

  for (const [index, reader] of settings.metricsReaders.entries())
    inwards(`WorkersFromMetricsReader${index}`, workers.id, METRICS_PORT, reader);

  if (vpc.reachesAws) {
    // AWS's own addresses are many and change; only their port is known.
    for (const [who, group] of groups) out(`${who}ToAws`, group.id, 443, { cidrIpv4: "0.0.0.0/0" });
    return { functions, workers, subnets: vpc.privateSubnets };
  }

  const endpoints = new aws.ec2.SecurityGroup("EndpointsGroup", {
    ...inVpc,
    name: `${prefix}-endpoints`,
    description: "AWS services as called from Sluice",
  });
  for (const [who, group] of groups) {
    out(`${who}ToEndpoints`, group.id, 443, { referencedSecurityGroupId: endpoints.id });
    inwards(`EndpointsFrom${who}`, endpoints.id, 443, group.id);
  }
  for (const service of INTERFACES)
    new aws.ec2.VpcEndpoint(`EndpointOf${inCapitals(service)}`, {
      ...inVpc,
      serviceName: `com.amazonaws.${place.region}.${service}`,
      vpcEndpointType: "Interface",
      privateDnsEnabled: true,
      subnetIds: vpc.privateSubnets,
      securityGroupIds: [endpoints.id],
      tags: { Name: `${prefix}-${service}` },
    });
  const routeTableIds = aws.ec2.getRouteTablesOutput({
    vpcId: vpc.id,
    filters: [{ name: "association.subnet-id", values: vpc.privateSubnets }],
  }).ids;
  for (const service of GATEWAYS) {
    const gateway = new aws.ec2.VpcEndpoint(`EndpointOf${inCapitals(service)}`, {
      ...inVpc,
      serviceName: `com.amazonaws.${place.region}.${service}`,
      vpcEndpointType: "Gateway",
      routeTableIds,
      tags: { Name: `${prefix}-${service}` },
    });
    for (const [who, group] of groups)
      out(`${who}To${inCapitals(service)}`, group.id, 443, { prefixListId: gateway.prefixListId });
  }
  return { functions, workers, subnets: vpc.privateSubnets };
}

const inCapitals = (service: string): string =>
  service.replaceAll(/(^|\.)([a-z])/g, (_all, _dot, letter: string) => letter.toUpperCase());
