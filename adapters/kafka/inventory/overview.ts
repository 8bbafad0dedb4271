import { describeAclsV2 } from "@platformatic/kafka";
import type { Broker, ClusterFacts } from "#core/inventory/brokers.ts";
import { releaseOf } from "#core/inventory/release.ts";
import { isUnknown, type Listing, type OrUnknown, type Unknown, unknown } from "#core/inventory/unknown.ts";
import { clusterEntries } from "../acl-wire.ts";
import type { ClusterIdentity } from "../cluster-settings.ts";
import { code } from "../faults.ts";
import type { AskedBrokers } from "./asked-brokers.ts";
import type { ClusterPlace } from "./cluster-place.ts";
import { brokerSettings } from "./settings.ts";

/** The cluster and its brokers: what they are, offer and are set to. */
export async function scanOverview(
  brokers: AskedBrokers,
  cluster: ClusterIdentity,
  place: ClusterPlace,
): Promise<{ readonly cluster: Listing<ClusterFacts>; readonly brokers: Listing<Broker> }> {
  const readAt = Date.now();
  const [items, authorizer] = await Promise.all([
    Promise.all(
      place.brokers.map(async (broker): Promise<Broker> => {
        const [configs, requests] = await Promise.all([
          brokerSettings(brokers, cluster, broker.id),
          requestsOf(brokers, broker.id),
        ]);
        return { ...broker, configs, requests };
      }),
    ),
    authorizerOf(brokers),
  ]);
  const features = await featuresOf(brokers);
  const facts: ClusterFacts = {
    clusterId: place.clusterId,
    controllerId: place.controllerId,
    features,
    release: releaseOf(features, items),
    authorizer,
  };
  return {
    cluster: { source: "Metadata", readAt, items: [facts], gaps: [] },
    brokers: { source: "Metadata", readAt, items, gaps: [] },
  };
}

const requestsOf = async (brokers: AskedBrokers, broker: number): Promise<Broker["requests"]> => {
  const offer = await brokers.offer(broker);
  if (isUnknown(offer)) return offer;
  return Object.fromEntries([...offer.versions].map(([key, { min, max }]) => [String(key), [min, max] as const]));
};

/** They are the cluster's: every broker that answers tells the same. */
const featuresOf = async (brokers: AskedBrokers): Promise<ClusterFacts["features"]> => {
  let last: OrUnknown<never> = unknown("ApiVersions", "the cluster named no broker that could be asked");
  for (const broker of brokers.ids) {
    const offer = await brokers.offer(broker);
    if (!isUnknown(offer)) return Object.fromEntries(offer.features);
    last = offer;
  }
  return last;
};

const authorizerOf = async (brokers: AskedBrokers): Promise<OrUnknown<"none" | "present">> => {
  const answer: OrUnknown<{ errorCode: number }> | Unknown = await brokers.askAny(
    "DescribeAcls",
    describeAclsV2.api,
    clusterEntries,
  );
  if (isUnknown(answer)) return answer;
  // One that refuses to list its entries is there too.
  return answer.errorCode === code.securityDisabled ? "none" : "present";
};
