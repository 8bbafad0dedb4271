import type { Configs } from "./config.ts";
import type { OrUnknown } from "./unknown.ts";

export type ClusterFacts = {
  /** Kafka's own id of the cluster. */
  readonly clusterId: string | null;
  /** The broker that takes changes. */
  readonly controllerId: number;
  /** Features as finalised for the cluster (`metadata.version`, `group.version`…); none with ZooKeeper. */
  readonly features: OrUnknown<Readonly<Record<string, number>>>;
  /** The release that the features or the brokers' protocol settings stand for, such as "4.1"; unknown where neither tells. */
  readonly release: OrUnknown<string>;
  /** "none": brokers without an authoriser, where nothing can be barred. */
  readonly authorizer: OrUnknown<"none" | "present">;
};

export type Broker = {
  readonly id: number;
  readonly host: string;
  readonly port: number;
  readonly rack: string | null;
  /** Unknown: it did not answer. */
  readonly configs: OrUnknown<Configs>;
  /** Kafka's requests that it offers: lowest and highest version by the request's number. */
  readonly requests: OrUnknown<Readonly<Record<string, readonly [min: number, max: number]>>>;
};
