import {
  type ApplicationAutoScalingClient,
  DescribeScalableTargetsCommand,
  DescribeScalingPoliciesCommand,
  type ScalableTarget,
  type ScalingPolicy,
} from "@aws-sdk/client-application-auto-scaling";
import { askAws } from "#adapters/aws/ask-aws.ts";
import { type Facts, factsOf } from "#core/inventory/facts.ts";
import type { OperatingObjects } from "#core/inventory/operation.ts";
import { isUnknown } from "#core/inventory/unknown.ts";
import type { OperationsReader } from "#use-cases/ports/operations-reader.ts";

const source = "Application Auto Scaling";
const BROKER_STORAGE = { ServiceNamespace: "kafka", ScalableDimension: "kafka:broker-storage:VolumeSize" } as const;

export const storageScaling = (o: {
  readonly clientIn: (region: string) => ApplicationAutoScalingClient;
}): OperationsReader => ({
  read: async ({ msk }) =>
    msk === undefined
      ? { items: [], gaps: [] }
      : brokerStorageScaling(o.clientIn(msk.arn.split(":")[3] ?? ""), msk.arn),
});

/** How the storage of an MSK cluster's brokers grows by itself: one object, or none where it does not. */
async function brokerStorageScaling(client: ApplicationAutoScalingClient, arn: string): Promise<OperatingObjects> {
  const asking = (action: string) => ({
    source,
    doing: `asking how the storage of MSK cluster ${arn} scales`,
    action: `application-autoscaling:${action}`,
    // AWS knows no narrower resource for either.
    on: "*",
  });
  const [targets, policies] = await Promise.all([
    askAws({ ...asking("DescribeScalableTargets"), source }, () =>
      client.send(new DescribeScalableTargetsCommand({ ...BROKER_STORAGE, ResourceIds: [arn] })),
    ),
    askAws({ ...asking("DescribeScalingPolicies"), source }, () =>
      client.send(new DescribeScalingPoliciesCommand({ ...BROKER_STORAGE, ResourceId: arn })),
    ),
  ]);
  if (isUnknown(targets)) return { items: [], gaps: [targets] };
  return {
    items: (targets.ScalableTargets ?? []).map((target) => ({
      kind: "msk-storage-scaling",
      name: "broker storage",
      source,
      facts: isUnknown(policies) ? policies : scalingFacts(target, policies.ScalingPolicies ?? []),
    })),
    gaps: [],
  };
}

function scalingFacts(target: ScalableTarget, policies: readonly ScalingPolicy[]): Facts {
  const { SuspendedState: suspended } = target;
  return factsOf({
    leastGiB: target.MinCapacity,
    mostGiB: target.MaxCapacity,
    suspended: suspended?.DynamicScalingOutSuspended ?? false,
    policies: policies.map(({ PolicyName, TargetTrackingScalingPolicyConfiguration: tracked }) =>
      tracked?.TargetValue === undefined ? PolicyName : `${PolicyName} at ${tracked.TargetValue} % used`,
    ),
    ...(policies.length === 0 ? { policies: "none: the storage does not grow" } : {}),
  });
}
