import type { Snapshot } from "#core/inventory/snapshot.ts";
import { isUnknown } from "#core/inventory/unknown.ts";

/** What Amazon MSK told of a cluster that it runs; undefined where it runs none, or was not asked. */
export type MskFacts = {
  readonly instanceType?: string;
  readonly brokers?: number;
  readonly volumeGibibytes?: number;
  readonly kafkaVersion?: string;
  readonly subnets?: readonly string[];
  readonly securityGroups?: readonly string[];
};

export function mskFacts(snapshot: Snapshot | undefined): MskFacts | undefined {
  const found = snapshot?.listings.operations.items.find(({ kind }) => kind === "msk-cluster");
  if (found === undefined || isUnknown(found.facts)) return undefined;
  const { instanceType, brokers, volumeGiBPerBroker, kafkaVersion, subnets, securityGroups } = found.facts;
  return {
    ...(instanceType === undefined ? {} : { instanceType }),
    ...(brokers === undefined ? {} : { brokers: Number(brokers) }),
    ...(volumeGiBPerBroker === undefined ? {} : { volumeGibibytes: Number(volumeGiBPerBroker) }),
    ...(kafkaVersion === undefined ? {} : { kafkaVersion }),
    ...(subnets === undefined ? {} : { subnets: subnets.split(", ") }),
    ...(securityGroups === undefined ? {} : { securityGroups: securityGroups.split(", ") }),
  };
}
