import type { ApplicationAutoScalingClient } from "@aws-sdk/client-application-auto-scaling";
import type { CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import type { KafkaClient } from "@aws-sdk/client-kafka";
import { brokerStorageScaling } from "#adapters/autoscaling/broker-storage.ts";
import { cloudWatchMentions } from "#adapters/cloudwatch/mentions.ts";
import { clusterNames } from "#core/inventory/cluster-names.ts";
import type { OperationsReader } from "#use-cases/ports/operations-reader.ts";
import { mskObjects } from "./operating-objects.ts";

/** Of an MSK cluster all that AWS tells, asked for in its region; of another the alarms and dashboards of this region. */
export const operationsReader = (o: {
  readonly kafkaIn: (region: string) => KafkaClient;
  readonly scalingIn: (region: string) => ApplicationAutoScalingClient;
  readonly cloudWatchIn: (region: string | undefined) => CloudWatchClient;
}): OperationsReader => ({
  async read(cluster) {
    const arn = cluster.msk?.arn;
    const region = arn?.split(":")[3];
    const found = await Promise.all([
      cloudWatchMentions(o.cloudWatchIn(region), clusterNames(cluster)),
      ...(arn === undefined || region === undefined
        ? []
        : [mskObjects(o.kafkaIn(region), arn), brokerStorageScaling(o.scalingIn(region), arn)]),
    ]);
    return { items: found.flatMap(({ items }) => items), gaps: found.flatMap(({ gaps }) => gaps) };
  },
});
